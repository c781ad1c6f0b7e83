import type { Json } from '@permission-slip/protocol/json.ts'

/** A decimal number: a double keeps 15 digits for certain; longer ones, and NaN, stay text. */
export function exactNumber(text: string): Json {
  const digits = text.replace(/[-.]/g, '').replace(/^0+/, '')
  const value = Number(text)
  return /^-?\d+(\.\d+)?$/.test(text) && digits.length <= 15 && Math.abs(value) <= 2 ** 53 ? value : text
}

/** JSON as it is, integers beyond 2^53 as text. */
export function exactJson(text: string): Json {
  const exact = (_key: string, value: Json, context?: { source?: string }): Json =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? '')
      ? (context?.source ?? value)
      : value
  return JSON.parse(text, exact) as Json
}
