import { describe, expect, test } from 'bun:test'
import { hash, verify } from 'node:crypto'
import { canonical } from '@permission-slip/protocol/canonical.ts'
import type { Json, JsonObject } from '@permission-slip/protocol/json.ts'
import { LogKey } from '../../src/log/keys.ts'
import { publicKeyObject } from '../../src/log/public-key.ts'
import { readEntry } from '../../src/log/read-entry.ts'
import { contentDigest, type EntryFields, sealEntry } from '../../src/log/seal.ts'

const key = LogKey.create()
const prev = `sha256:${'0'.repeat(64)}`
const fields = (more: Partial<EntryFields> = {}): EntryFields => ({
  log: key.origin,
  seq: 7,
  time: Date.parse('2026-01-02T03:04:05.678Z'),
  type: 'log.refused',
  actor: { kind: 'server' },
  subject: null,
  data: { count: 3 },
  prev,
  ...more,
})

describe('a sealed entry', () => {
  test('is canonical JSON, signed over all but its signature, hashed as leaf and as predecessor', () => {
    const { leaf, digest, leafHash } = sealEntry(fields(), key)
    const { sig, ...rest } = JSON.parse(leaf) as JsonObject & { sig: string }
    expect(canonical(JSON.parse(leaf) as Json)).toBe(leaf)
    expect(rest).toEqual({ v: 1, ...fields(), time: '2026-01-02T03:04:05.678Z', key: key.id } as JsonObject)
    expect(
      verify(null, Buffer.from(canonical(rest)), publicKeyObject(key.publicKey), Buffer.from(sig, 'base64url')),
    ).toBe(true)
    expect(digest).toBe(`sha256:${hash('sha256', leaf)}`)
    expect(Buffer.from(leafHash).toString('hex')).toBe(
      hash('sha256', Buffer.concat([Uint8Array.of(0), Buffer.from(leaf)])),
    )
  })

  test('is read back with the bytes that were signed', () => {
    const read = readEntry(Buffer.from(sealEntry(fields(), key).leaf))
    if (typeof read === 'string') throw new Error(read)
    expect(read.entry.data).toEqual({ count: 3 })
    expect(verify(null, read.signed, publicKeyObject(key.publicKey), read.signature)).toBe(true)
  })

  test('never leaves the vocabulary, whatever the types said', () => {
    const bad: [Partial<Record<keyof EntryFields, unknown>>, string][] = [
      [{ type: 'log.forged' }, 'no type log.forged'],
      [{ data: { count: 3, note: 'free text' } }, 'log.refused'],
      [{ data: { count: -1 } }, 'log.refused: count'],
      [{ actor: { kind: 'agent', id: 'agt_1' } }, 'actor'],
      [{ subject: 'Some words' }, 'subject'],
      [{ log: 'example.com/log' }, 'log'],
      [{ prev: null }, 'the first, and only the first'],
      [{ seq: 0 }, 'the first, and only the first'],
    ]
    for (const [more, why] of bad) expect(() => sealEntry({ ...fields(), ...more } as EntryFields, key)).toThrow(why)
  })

  test('a content digest is over the content and its salt', () => {
    const salt = new Uint8Array(32).fill(1)
    expect(contentDigest({ a: 1, b: 2 }, salt)).toBe(contentDigest({ b: 2, a: 1 }, salt))
    expect(contentDigest({ a: 1 }, salt)).not.toBe(contentDigest({ a: 2 }, salt))
    expect(contentDigest({ a: 1 }, salt)).not.toBe(contentDigest({ a: 1 }, new Uint8Array(32).fill(2)))
    expect(() => contentDigest({ a: 1 }, new Uint8Array(31))).toThrow('32 bytes')
  })
})

describe('reading a leaf refuses', () => {
  const { leaf } = sealEntry(fields(), key)
  const cases: [string, string, string][] = [
    ['another spelling', leaf.replace('"count":3', '"count": 3'), 'not canonical'],
    ['a duplicate key', leaf.replace('"count":3', '"count":3,"count":3'), 'not canonical'],
    ['an unknown type', leaf.replace('log.refused', 'log.retired'), 'no log entry: type'],
    ['an unknown member', leaf.replace('"v":1', '"v":1,"w":1'), 'no log entry'],
    ['data that its type does not have', leaf.replace('"count"', '"total"'), 'not in the vocabulary'],
    [
      'a signature spelled differently',
      leaf.replace(/"sig":"[^"]+"/, (m) => `${m.slice(0, -1)}="`),
      'signature is not 64 bytes',
    ],
    ['what is cut off', leaf.slice(0, -1), 'not JSON'],
    ['more than 16 KiB', `${leaf}${' '.repeat(16_384)}`, 'at most 16384'],
  ]
  for (const [name, text, why] of cases) test(name, () => expect(readEntry(Buffer.from(text))).toContain(why))
})
