import type { Json } from './json.ts'

/**
 * Canonical JSON (RFC 8785): members sorted by UTF-16 code units, numbers as ECMAScript writes them, no white space.
 * Throws on what JSON can't say (NaN, infinities, lone surrogates, undefined).
 */
export function canonical(value: Json): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError('a JSON number is finite')
    return JSON.stringify(value)
  }
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new TypeError('a lone surrogate is not Unicode text')
    return JSON.stringify(value)
  }
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object') throw new TypeError(`not JSON: ${typeof value}`)
  const members = Object.keys(value).sort()
  return `{${members.map((key) => `${canonical(key)}:${canonical(value[key] as Json)}`).join(',')}}`
}
