import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { canonical, isCanonical } from '../src/canonical.ts'
import { Refusal } from '../src/errors.ts'
import type { Json } from '../src/json.ts'
import { parseStrict, type StrictOptions } from '../src/strict-json.ts'

const utf8 = new TextEncoder()
const parse = (text: string, options?: StrictOptions) => parseStrict(utf8.encode(text), options)
function refusal(bytes: Uint8Array | string): { field: string; expected: string; got: string } {
  try {
    parseStrict(typeof bytes === 'string' ? utf8.encode(bytes) : bytes)
  } catch (error) {
    if (error instanceof Refusal && error.code === 'invalid_json' && error.fields[0]) return error.fields[0]
    throw error
  }
  throw new Error('it was taken')
}

describe('strict JSON', () => {
  test('takes every well-formed value and reads what JSON.parse reads', () => {
    const value = fc
      .jsonValue({ maxDepth: 8 })
      .filter((v) => !JSON.stringify(v).includes('__proto__') && !JSON.stringify(v).includes('\\u0000'))
    fc.assert(
      fc.property(value, fc.constantFrom(undefined, 1, '\t'), (v, space) => {
        const text = JSON.stringify(v, null, space)
        if (/\\ud[89a-f]/i.test(text)) return
        const numbers: number[] = []
        JSON.parse(text, (_, n) => typeof n === 'number' && numbers.push(n))
        if (numbers.some((n) => Math.abs(n) > 2 ** 53)) return
        expect(parse(text)).toEqual(JSON.parse(text))
      }),
      { numRuns: 500 },
    )
  })

  test('takes nothing that JSON.parse refuses, and then reads the same', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '\\',
      'a',
      '"a"',
      '"b":',
      '1',
      '-',
      '0',
      '.5',
      'e3',
      'true',
      'nul',
      'null',
      ' ',
      '\\u00e9',
      '\\ud83d',
      '\\ude00',
      '\n',
      '\u0001',
      '﻿',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join('')
        let strict: Json
        try {
          strict = parse(text)
        } catch {
          return
        }
        expect(strict).toEqual(JSON.parse(text) as Json)
      }),
      { numRuns: 20_000 },
    )
  })

  test('what it took is the same after canonical JSON and back', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        let value: Json
        try {
          value = parse(text)
        } catch {
          return
        }
        const once = canonical(value)
        expect(canonical(parse(once))).toBe(once)
      }),
      { numRuns: 1000 },
    )
  })

  const cases: [string, string | Uint8Array, string, string, string][] = [
    ['a duplicate key', '{"params":{"a":1,"a":2}}', 'params', 'each key once', '"a" twice'],
    ['a duplicate key in another spelling', '{"a":1,"\\u0061":2}', '$', 'each key once', '"a" twice'],
    ['__proto__', '{"params":{"a":[{"__proto__":{}}]}}', 'params.a[0]', 'another key', '`__proto__`'],
    ['__proto__ in another spelling', '{"\\u005f_proto__":1}', '$', 'another key', '`__proto__`'],
    [
      'a lone high surrogate',
      '{"params":{"a":[1,2,3,"\\ud83d x"]}}',
      'params.a[3]',
      'whole characters',
      'the lone surrogate `\\ud83d`',
    ],
    ['a lone low surrogate', '["\\ude00"]', '$[0]', 'whole characters', 'the lone surrogate `\\ude00`'],
    ['two high surrogates', '["\\ud83d\\ud83d"]', '$[0]', 'whole characters', 'the lone surrogate `\\ud83d`'],
    ['NUL', '{"a":"x\\u0000"}', 'a', 'text without NUL', '`\\u0000`'],
    ['a raw control character', '{"a":"x\u0007"}', 'a', 'control characters escaped', 'the character U+0007'],
    [
      'an integer that a double can’t hold',
      '{"n":9007199254740993}',
      'n',
      'a number of at most 2^53 (send larger ones as text)',
      '`9007199254740993`',
    ],
    [
      'a negative one',
      '{"n":-9007199254740993}',
      'n',
      'a number of at most 2^53 (send larger ones as text)',
      '`-9007199254740993`',
    ],
    ['a number that overflows', '{"n":1e400}', 'n', 'a number of at most 2^53 (send larger ones as text)', '`1e400`'],
    ['a number that would become zero', '{"n":1e-400}', 'n', 'a number that is not too small to hold', '`1e-400`'],
    ['a leading zero', '[01]', '$[0]', 'a number without leading zeros', '`1`'],
    ['a byte order mark', '\ufeff{}', '$', 'JSON without a byte order mark', 'a byte order mark'],
    ['trailing bytes', '{} {}', '$', 'the end after one JSON value', '`{`'],
    ['a trailing comma', '{"a":[1,]}', 'a[1]', 'a JSON value', '`]`'],
    ['an unfinished text', '{"a":"x', 'a', 'a closing `"`', 'the end'],
    ['nothing', '', '$', 'a JSON value', 'the end'],
    [
      'bytes that are not UTF-8',
      Uint8Array.of(...utf8.encode('{"a":{"b":"x'), 0xff, ...utf8.encode('"}}')),
      'a.b',
      'UTF-8',
      'the byte 0xff at offset 12',
    ],
    ['an overlong character', Uint8Array.of(0x22, 0xc0, 0xaf, 0x22), '$', 'UTF-8', 'the byte 0xc0 at offset 1'],
    ['a surrogate in UTF-8', Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22), '$', 'UTF-8', 'the byte 0xa0 at offset 2'],
    ['a character that is cut off', Uint8Array.of(0x22, 0xe2, 0x82), '$', 'UTF-8', 'a character that is cut off'],
    ['a key that is no plain name, in its path', '{"a b":{"c":[tru]}}', '$["a b"].c[0]', 'a JSON value', '`t`'],
  ]
  for (const [name, bytes, field, expected, got] of cases) {
    test(`refuses ${name}, saying where`, () => expect(refusal(bytes)).toEqual({ field, expected, got }))
  }

  test('32 levels are taken, 33 are refused; whoever needs more says so', () => {
    const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`
    expect(JSON.stringify(parse(nested(32)))).toBe(nested(32))
    expect(refusal(nested(33)).expected).toBe('at most 32 levels')
    expect(refusal('{"a":'.repeat(33)).expected).toBe('at most 32 levels')
    expect(refusal('['.repeat(100_000)).expected).toBe('at most 32 levels')
    expect(JSON.stringify(parse(nested(100), { maxDepth: 100 }))).toBe(nested(100))
  })

  test('every integer up to 2^53 is taken as it is', () => {
    for (const n of [0, 2 ** 53, -(2 ** 53), 2 ** 53 - 1]) expect(parse(String(n))).toBe(n)
  })

  test('what a service returned may hold any double and NUL, and nothing else more', () => {
    expect(parse('[1e300,"\\u0000"]', { service: true })).toEqual([1e300, '\u0000'])
    for (const text of ['[1e400]', '["\\ud800"]', '{"a":1,"a":1}', '{"__proto__":1}']) {
      expect(() => parse(text, { service: true })).toThrow(Refusal)
    }
  })

  test('keys that objects have anyway are keys like others', () => {
    const value = parse('{"constructor":1,"toString":2,"hasOwnProperty":3}') as Record<string, Json>
    expect(Object.entries(value)).toEqual([
      ['constructor', 1],
      ['toString', 2],
      ['hasOwnProperty', 3],
    ])
  })
})

describe('canonical JSON', () => {
  test('sorts by UTF-16 units and writes numbers as RFC 8785 does', () => {
    // RFC 8785, sections 3.2.2 and 3.2.3.
    expect(
      canonical({
        numbers: [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
        literals: [null, true, false],
      }),
    ).toBe('{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27]}')
    const keys = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\u{1f600}': 5, '\u0080': 6, '\u00f6': 7 }
    expect(Object.keys(JSON.parse(canonical(keys)) as object)).toEqual([
      '1',
      '\r',
      '\u0080',
      '\u00f6',
      '\u20ac',
      '\u{1f600}',
      '\ufb33',
    ])
    expect(canonical('\u20ac$\u000f\nA\'B"\\\\"/')).toBe('"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"')
  })

  test('knows its own spelling from every other', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.boolean(), (value, own) => {
        const parsed = JSON.parse(JSON.stringify(value)) as Json
        let written: string
        try {
          written = canonical(parsed)
        } catch {
          return
        }
        const text = own ? written : JSON.stringify(parsed)
        expect(isCanonical(text, JSON.parse(text) as Json)).toBe(text === written)
      }),
      { numRuns: 1000 },
    )
    for (const text of ['{"b":1,"a":2}', '{"a":1,"a":1}', '{"a": 1}', '[1.0]', '"\\u0061"', '{"a":{"c":1,"b":2}}']) {
      expect(isCanonical(text, JSON.parse(text) as Json)).toBe(false)
    }
    expect(isCanonical('{"10":1,"9":2}', JSON.parse('{"10":1,"9":2}') as Json)).toBe(true)
    expect(() => isCanonical('"\\ud800"', '\ud800')).toThrow('lone surrogate')
  })

  test('refuses what JSON can’t say', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, '\ud800', [undefined], { a: undefined }, () => 1]) {
      expect(() => canonical(value as Json)).toThrow(TypeError)
    }
  })
})
