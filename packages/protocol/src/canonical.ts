import type { Json } from './json.ts'

/** Text that stands in JSON as it is: no escape, and nothing that could be half a character. */
const plain = /^[ !#-[\]-~]*$/

/**
 * Canonical JSON (RFC 8785): members sorted by UTF-16 code units, numbers as ECMAScript writes them, no white space.
 * Throws on what JSON can't say (NaN, infinities, lone surrogates, undefined).
 */
export function canonical(value: Json): string {
  if (typeof value === 'string') {
    if (plain.test(value)) return `"${value}"`
    if (!value.isWellFormed()) throw new TypeError('a lone surrogate is not Unicode text')
    return JSON.stringify(value)
  }
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError('a JSON number is finite')
    return JSON.stringify(value)
  }
  if (typeof value !== 'object') throw new TypeError(`not JSON: ${typeof value}`)
  let text = ''
  if (Array.isArray(value)) {
    for (const item of value) text += text === '' ? canonical(item) : `,${canonical(item)}`
    return `[${text}]`
  }
  for (const key of Object.keys(value).sort()) {
    text += `${text === '' ? '' : ','}${canonical(key)}:${canonical(value[key] as Json)}`
  }
  return `{${text}}`
}

/**
 * Whether `text`, of which `value` was parsed, is its canonical spelling. The same answer as comparing with
 * `canonical(value)`, but the runtime's own writer does most of it.
 */
export function isCanonical(text: string, value: Json): boolean {
  // An escaped surrogate would come back as it was; `canonical` tells whether it is half a character.
  if (!text.includes('\\ud') && inOrder(value) && JSON.stringify(value) === text) return true
  return canonical(value) === text
}

/** True if the members of every object were written in canonical order. */
function inOrder(value: Json): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (Array.isArray(value)) return value.every(inOrder)
  let before: string | null = null
  for (const key in value) {
    if (before !== null && before > key) return false
    before = key
    if (!inOrder(value[key] as Json)) return false
  }
  return true
}
