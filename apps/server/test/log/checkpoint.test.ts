import { describe, expect, test } from 'bun:test'
import { claimed, openCheckpoint, signCheckpoint, verifierKey } from '../../src/log/checkpoint.ts'
import { LogKey } from '../../src/log/keys.ts'

/** The example of C2SP signed-note, whose key is published with it. */
const exampleKey = 'NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC'
const key = LogKey.create()
const { origin } = key
const made = signCheckpoint({ origin, size: 42, root: new Uint8Array(32).fill(7) }, key)
const open = (note: string) => openCheckpoint(note, origin, [key.publicKey])

describe('a checkpoint', () => {
  test('is a signed note of origin, size and root, and is read back', () => {
    expect(made.note).toMatch(
      /^permission-slip\/[0-9a-f]{16}\n42\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n\n— permission-slip\/[0-9a-f]{16} [A-Za-z0-9+/]{91}=\n$/,
    )
    const { size, root } = open(made.note)
    expect({ size, root: [...root] }).toEqual({ size: 42, root: Array(32).fill(7) })
  })

  test('its key is written as note tools read it', () => {
    const [, name, id, encoded] = /^([^+]+)\+([^+]+)\+(.+)$/.exec(verifierKey(origin, key.publicKey)) ?? []
    expect(name).toBe(origin)
    expect(id).toBe(
      Buffer.from((made.note.split(' ').at(-1) ?? '').trim(), 'base64')
        .subarray(0, 4)
        .toString('hex'),
    )
    expect(
      Buffer.from(encoded ?? '', 'base64')
        .subarray(1)
        .toString('base64url'),
    ).toBe(key.publicKey)
  })

  test('signatures of others beside it are ignored', () => {
    expect(open(`${made.note}— witness.example ${exampleKey}\n`).size).toBe(42)
    const other = LogKey.create()
    const foreign = signCheckpoint({ origin, size: 42, root: made.root }, other).note.split('\n').at(-2)
    expect(open(`${made.note}${foreign}\n`).size).toBe(42)
  })

  test('a signature under another key ID is not the log’s, even if it would hold', () => {
    const encoded = made.note.trim().split(' ').at(-1) ?? ''
    const bytes = Buffer.from(encoded, 'base64')
    bytes[0] = (bytes[0] ?? 0) ^ 1
    expect(() => open(made.note.replace(encoded, bytes.toString('base64')))).toThrow('signature')
  })

  test('nothing that the log’s key did not sign under its origin is believed', () => {
    const other = LogKey.create()
    const wrong: [string, string][] = [
      [made.note.replace('\n42\n', '\n43\n'), 'signature'],
      [made.note.replace('BwcH', 'BwcI'), 'signature'],
      [signCheckpoint({ origin, size: 42, root: made.root }, other).note, 'signature'],
      [signCheckpoint({ origin: other.origin, size: 42, root: made.root }, key).note, 'the origin'],
      [made.note.replace('\n\n', '\nextension\n\n'), 'signature'],
    ]
    for (const [note, why] of wrong) expect(() => open(note)).toThrow(why)
  })

  test('what is no such note is refused by name', () => {
    const wrong: [string, string][] = [
      ['', 'an empty line'],
      [made.note.trimEnd(), 'newline'],
      [made.note.replace('\n42\n', '\n042\n'), 'a tree size'],
      [made.note.replace('\n42\n', '\n-1\n'), 'a tree size'],
      [made.note.replace('\n42\n', `\n${'9'.repeat(16)}\n`), 'a tree size'],
      [made.note.replace('BwcHBwc=', 'BwcHBwd='), 'base64'],
      [made.note.replace('BwcH', ''), '32 bytes'],
      [made.note.replace('— ', '- '), 'signature lines'],
      [made.note.replace('\n42\n', '\n42\r\n'), 'control characters'],
      ['x'.repeat(20_000), 'at most'],
    ]
    for (const [note, why] of wrong) expect(() => claimed(note)).toThrow(why)
  })
})
