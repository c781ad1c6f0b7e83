import { describe, expect, test } from 'bun:test'
import { summary } from '@permission-slip/protocol/action.ts'
import fc from 'fast-check'
import { maxValue, say, words } from '../kit/say.ts'

const spoils = /[\p{Cc}\u2028\u2029\u200b\u200e\u200f\u061c\u202a-\u202e\u2060-\u2069\ufeff\u00ad]/u
const nasty = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom(
        'a',
        '\n',
        '\r',
        '\u2028',
        '\u202e',
        '\u2066',
        '\u200b',
        '\t',
        '“',
        '”',
        '\ud83d\ude00',
        '\ud800',
        '\u{e0041}',
      ),
      { maxLength: 400 },
    )
    .map((p) => p.join('')),
)

describe('a summary', () => {
  test('keeps words and values apart: nothing in a value becomes a word', () => {
    fc.assert(
      fc.property(nasty, nasty, (a, b) => {
        const said = say`Send ${a} to ${b}.`
        expect(said.parts.filter((p) => 'text' in p)).toEqual([{ text: 'Send ' }, { text: ' to ' }, { text: '.' }])
        expect(said.parts.filter((p) => 'value' in p)).toHaveLength(2)
        expect(summary.safeParse(said).success).toBe(true)
      }),
    )
  })
  test('is one line, nothing turns it round or hides in it, and no value is longer than is shown', () => {
    fc.assert(
      fc.property(nasty, (value) => {
        const said = say`Send ${value} now`
        expect(said.text).not.toMatch(spoils)
        expect(said.text.isWellFormed()).toBe(true)
        for (const p of said.parts)
          if ('value' in p) {
            expect([...p.value].length).toBeLessThanOrEqual(maxValue)
            expect(p.value).not.toMatch(spoils)
          }
        // In the plain text exactly one pair of curly quotes is ours.
        expect(said.text.match(/[“”]/g)).toEqual(['“', '”'])
      }),
    )
  })
  test('says when a value was cut', () => {
    expect(say`Send ${'x'.repeat(maxValue)}`.parts).toEqual([{ text: 'Send ' }, { value: 'x'.repeat(maxValue) }])
    expect(say`Send ${'😀'.repeat(maxValue + 1)}`.parts[1]).toEqual({
      value: `${'😀'.repeat(maxValue - 1)}…`,
      cut: true,
    })
  })
  test('shows each item of a list as a value, and how many more there are', () => {
    expect(say`Read ${['a', 'b']}`.text).toBe('Read “a”, “b”')
    expect(say`Read ${Array.from({ length: 12 }, (_, i) => i)}`.parts.at(-1)).toEqual({ text: ' and 2 more' })
  })
  test('takes words only from the connector', () => {
    expect(say`Close it${words(' for good')}`.parts).toEqual([{ text: 'Close it for good' }])
    expect(say`Set ${{ parts: [{ text: 'harmless' }] }}`.parts[1]).toEqual({ value: '{"parts":[{"text":"harmless"}]}' })
  })
})
