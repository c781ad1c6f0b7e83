import { Refusal } from '@permission-slip/protocol/errors.ts'

/** An encoded path. Only `path` makes one, so that text from a request can't become a path by itself. */
export class Path {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** A value that may stand for more than one segment, or holds characters that a plain value may not. */
class Special {
  readonly encoded: string
  constructor(encoded: string) {
    this.encoded = encoded
  }
}

/** Several segments in one value (`src/main.ts`): each is encoded and checked like a segment of its own. */
export const segments = (value: string): Special => new Special(value.split('/').map(segment).join('/'))

/** One segment whose ids hold slashes by the service's own rules (object names); they are sent as `%2F`. */
export const opaque = (value: string): Special => {
  for (const part of value.split('/')) if (part === '.' || part === '..') throw refuse(value)
  if (value === '') throw refuse(value)
  return new Special(encode(value))
}

/**
 * A path from words and values: each value is percent-encoded and can't leave its segment. Refused: an empty value,
 * `.` and `..`, slashes, backslashes, and their percent-encoded forms, since some services decode twice.
 */
export function path(words: TemplateStringsArray, ...values: readonly (string | number | Special)[]): Path {
  let all = words[0] ?? ''
  values.forEach((v, i) => {
    all += v instanceof Special ? v.encoded : segment(String(v))
    all += words[i + 1] ?? ''
  })
  if (!all.startsWith('/')) throw new TypeError(`a path begins with /: ${all}`)
  const parts = all.slice(1).split('/')
  parts.forEach((part, i) => {
    const emptyInside = part === '' && i < parts.length - 1
    if (part === '.' || part === '..' || emptyInside) throw refuse(all)
  })
  return new Path(all)
}

function segment(value: string): string {
  if (value === '' || value === '.' || value === '..' || /[/\\]|%(2e|2f|5c)/i.test(value)) throw refuse(value)
  return encode(value)
}

function encode(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (!value.isWellFormed() || /[\u0000-\u001f\u007f]/.test(value)) throw refuse(value)
  return encodeURIComponent(value)
}

function refuse(value: string): Refusal {
  const got = JSON.stringify(value.slice(0, 60))
  return new Refusal('invalid_params', `A value can not stand in a path: ${got}.`, {
    fields: [{ field: 'path', expected: 'a value without slashes that is not empty, "." or ".."', got }],
  })
}
