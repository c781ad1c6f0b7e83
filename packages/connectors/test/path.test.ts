import { describe, expect, test } from 'bun:test'
import { Refusal } from '@permission-slip/protocol/errors.ts'
import fc from 'fast-check'
import { opaque, path, segments } from '../kit/path.ts'

const made = (value: string): string | null => {
  try {
    return path`/a/${value}/z`.text
  } catch (error) {
    if (error instanceof Refusal) return null
    throw error
  }
}

describe('a path', () => {
  test('keeps every value in its own segment, whatever it holds, and gives it back unchanged', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .array(fc.constantFrom('.', '..', '/', '%2f', '%2E', '\\', '?', '#', '%', ' ', 'é', '\0', '\ud800'), {
          maxLength: 5,
        })
        .map((p) => p.join('')),
    )
    fc.assert(
      fc.property(hostile, (value) => {
        const text = made(value)
        if (text === null) return
        const url = new URL(`https://host.example${text}`)
        expect(url.pathname).toBe(text)
        const parts = text.split('/')
        expect(parts).toHaveLength(4)
        expect(decodeURIComponent(parts[2] ?? '')).toBe(value)
      }),
      { numRuns: 2000 },
    )
  })
  test('refuses what could leave its segment', () => {
    for (const value of ['', '.', '..', 'a/b', '../x', '%2f', 'a%2Fb', '%2e%2e', '%5c', 'a\\b', 'a\nb', '\0', '\ud800'])
      expect({ value, made: made(value) }).toEqual({ value, made: null })
  })
  test('refuses dots that words and value make together', () => {
    expect(() => path`/a/.${'.'}/b`).toThrow(Refusal)
    expect(() => path`/a/${'x'}//b`).toThrow(Refusal)
  })
  test('takes several segments only where the connector says so, and checks each', () => {
    expect(path`/contents/${segments('src/a b.ts')}`.text).toBe('/contents/src/a%20b.ts')
    expect(path`/o/${opaque('a/b')}`.text).toBe('/o/a%2Fb')
    for (const bad of ['', 'a//b', 'a/../b', '/a', 'a/']) expect(() => segments(bad)).toThrow(Refusal)
    for (const bad of ['', '..', 'a/../b']) expect(() => opaque(bad)).toThrow(Refusal)
  })
})
