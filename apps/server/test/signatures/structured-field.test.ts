import { expect, test } from 'bun:test'
import { decodeBase64, decodeBase64url, encodeBase64, encodeBase64url } from '@permission-slip/protocol/base64.ts'
import {
  type BareItem,
  type Item,
  parseDictionary,
  serializeInnerList,
  serializeItem,
} from '@permission-slip/protocol/structured-field.ts'
import fc from 'fast-check'
import * as independent from 'structured-headers'

const key = fc.stringMatching(/^[a-z*][a-z0-9_.*-]{0,6}$/)
const bare: fc.Arbitrary<BareItem> = fc.oneof(
  fc
    .integer({ min: -999_999_999_999_999, max: 999_999_999_999_999 })
    .map((value) => ({ kind: 'integer' as const, value })),
  fc.integer({ min: -999_999, max: 999_999 }).map((n) => ({ kind: 'decimal' as const, value: n / 1000 })),
  fc.stringMatching(/^[\x20-\x7e]{0,12}$/).map((value) => ({ kind: 'string' as const, value })),
  fc.stringMatching(/^[A-Za-z*][A-Za-z0-9:/._-]{0,6}$/).map((value) => ({ kind: 'token' as const, value })),
  fc.uint8Array({ maxLength: 12 }).map((value) => ({ kind: 'bytes' as const, value: new Uint8Array(value) })),
  fc.boolean().map((value) => ({ kind: 'boolean' as const, value })),
)
const params = fc
  .uniqueArray(fc.tuple(key, bare), { selector: ([name]) => name, maxLength: 3 })
  .map((all) => new Map(all))
const item: fc.Arbitrary<Item> = fc.record({ kind: fc.constant('item' as const), value: bare, params })
const list = fc.record({ kind: fc.constant('list' as const), items: fc.array(item, { maxLength: 4 }), params })

test('what is written is read again as it was, and the independent library structured-headers reads the same', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(key, fc.oneof(item, list)), { selector: ([name]) => name, minLength: 1, maxLength: 4 }),
      (members) => {
        const text = members
          .map(([name, value]) => `${name}=${value.kind === 'list' ? serializeInnerList(value) : serializeItem(value)}`)
          .join(', ')
        expect([...parseDictionary(text)]).toEqual(members)
        expect(independent.serializeDictionary(independent.parseDictionary(text))).toBe(
          independent.serializeDictionary(independent.parseDictionary(rewritten(text))),
        )
      },
    ),
    { numRuns: 300 },
  )
})
const rewritten = (text: string): string =>
  [...parseDictionary(text)]
    .map(([name, value]) => `${name}=${value.kind === 'list' ? serializeInnerList(value) : serializeItem(value)}`)
    .join(', ')

test('whatever comes, it is read or refused as a SyntaxError, and nothing is read that the library refuses', () => {
  const piece = fc.constantFrom(
    'a',
    'sig1',
    '=',
    '(',
    ')',
    '"',
    '\\',
    ';',
    ',',
    ' ',
    '\t',
    ':',
    '?1',
    '?',
    '1',
    '-',
    '.',
    'AA==',
    '"x"',
    '=?0',
    '\u00fc',
    '\n',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join('')
      try {
        parseDictionary(text)
      } catch (error) {
        expect(error).toBeInstanceOf(SyntaxError)
        return
      }
      independent.parseDictionary(text)
    }),
    { numRuns: 3000 },
  )
})

test.each([
  ['a key twice', 'a=1, a=2'],
  ['a parameter twice', 'a=1;b=1;b=2'],
  ['a comma at the end', 'a=1,'],
  ['an upper-case key', 'A=1'],
  ['an open list', 'a=("x"'],
  ['an open string', 'a="x'],
  ['base64 without its padding', 'a=:AA:'],
  ['base64 with unused bits set', 'a=:AB==:'],
  ['a number of 16 digits', 'a=1234567890123456'],
  ['a letter outside ASCII', 'a="ü"'],
  ['a newline', 'a="x\ny"'],
])('%s is refused', (_what, text) => {
  expect(() => parseDictionary(text)).toThrow(SyntaxError)
})

test('base64 has one spelling for each byte string', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (raw) => {
      const bytes = new Uint8Array(raw)
      expect(encodeBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'))
      expect(encodeBase64url(bytes)).toBe(Buffer.from(bytes).toString('base64url'))
      expect(decodeBase64(encodeBase64(bytes))).toEqual(bytes)
      expect(decodeBase64url(encodeBase64url(bytes))).toEqual(bytes)
    }),
  )
  for (const wrong of ['A', 'AB', 'A=', 'A===', 'AB==', 'AAB=', 'A A=', '-_=='])
    expect([wrong, decodeBase64(wrong)]).toEqual([wrong, null])
  for (const wrong of ['A', 'AB', 'AA=', 'A+', 'AAB']) expect([wrong, decodeBase64url(wrong)]).toEqual([wrong, null])
})
