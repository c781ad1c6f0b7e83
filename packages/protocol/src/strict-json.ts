import { Refusal } from './errors.ts'
import type { Json, JsonObject } from './json.ts'
import { cut, jsonPath } from './json-path.ts'
import { utf8Length } from './utf8.ts'

/**
 * JSON from raw bytes, or a refusal that names the place. Two programs must never read different things in what a
 * person approves, so everything that parsers are known to differ in is refused, not repaired: invalid UTF-8, a byte
 * order mark, duplicate keys, lone surrogates, NUL, numbers that a double can't hold, `__proto__`, deep nesting.
 */
export function parseStrict(bytes: Uint8Array, options: StrictOptions = {}): Json {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw notUtf8(bytes, options)
  }
  return new Reader(text, options).document()
}

export interface StrictOptions {
  /** How many objects and arrays may stand in each other. */
  maxDepth?: number
  /** True for what a service returned and we only keep: any double and NUL are taken as they came. */
  service?: boolean
}

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const colon = 0x3a
const zero = 0x30
const nine = 0x39
const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}
/** 2^53: every integer up to here is a double of its own. */
const most = 2 ** 53

const isDigit = (code: number): boolean => code >= zero && code <= nine
const isHigh = (code: number): boolean => code >= 0xd800 && code <= 0xdbff
const isLow = (code: number): boolean => code >= 0xdc00 && code <= 0xdfff
const hex4 = (code: number): string => code.toString(16).padStart(4, '0')

/** One pass over well-formed UTF-16: checks and builds at once. */
class Reader {
  readonly #text: string
  readonly #maxDepth: number
  readonly #service: boolean
  /** Where we are: a key or an index for each open object or array. */
  readonly #path: (string | number)[] = []
  #at = 0

  constructor(text: string, { maxDepth = 32, service = false }: StrictOptions) {
    this.#text = text
    this.#maxDepth = maxDepth
    this.#service = service
  }

  get path(): string {
    return jsonPath(this.#path)
  }

  document(): Json {
    if (this.#text.charCodeAt(0) === 0xfeff) throw this.#refuse('JSON without a byte order mark', 'a byte order mark')
    this.#space()
    const value = this.#value(0)
    this.#space()
    if (this.#at < this.#text.length) throw this.#refuse('the end after one JSON value', this.#seen())
    return value
  }

  #refuse(expected: string, got: string): Refusal {
    const field = this.path
    return new Refusal('invalid_json', `${field}: expected ${expected}, got ${got}.`, {
      fields: [{ field, expected, got }],
    })
  }

  /** What stands at the current place, in words. */
  #seen(): string {
    const code = this.#text.codePointAt(this.#at)
    if (code === undefined) return 'the end'
    if (code < 0x20 || code === 0x7f || code === 0xfeff) return `the character U+${hex4(code).toUpperCase()}`
    return `\`${String.fromCodePoint(code)}\``
  }

  #space(): void {
    let at = this.#at
    for (let c = this.#text.charCodeAt(at); c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09; ) {
      c = this.#text.charCodeAt(++at)
    }
    this.#at = at
  }

  #value(depth: number): Json {
    switch (this.#text.charCodeAt(this.#at)) {
      case quote:
        return this.#string()
      case 0x7b:
        return this.#object(depth + 1)
      case 0x5b:
        return this.#array(depth + 1)
      case 0x74:
        return this.#word('true', true)
      case 0x66:
        return this.#word('false', false)
      case 0x6e:
        return this.#word('null', null)
      default:
        return this.#number()
    }
  }

  #word<T extends Json>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) throw this.#refuse('a JSON value', this.#seen())
    this.#at += word.length
    return value
  }

  #open(depth: number): void {
    if (depth > this.#maxDepth) throw this.#refuse(`at most ${this.#maxDepth} levels`, 'another level')
    this.#at++
    this.#space()
  }

  #object(depth: number): JsonObject {
    this.#open(depth)
    const object: JsonObject = {}
    if (this.#text.charCodeAt(this.#at) === 0x7d) {
      this.#at++
      return object
    }
    for (;;) {
      if (this.#text.charCodeAt(this.#at) !== quote) throw this.#refuse('a key in double quotes', this.#seen())
      const key = this.#string()
      if (key === '__proto__') throw this.#refuse('another key', '`__proto__`')
      if (Object.hasOwn(object, key)) throw this.#refuse('each key once', `${JSON.stringify(cut(key))} twice`)
      this.#space()
      if (this.#text.charCodeAt(this.#at) !== colon)
        throw this.#refuse(`\`:\` after ${JSON.stringify(cut(key))}`, this.#seen())
      this.#at++
      this.#space()
      this.#path.push(key)
      object[key] = this.#value(depth)
      this.#path.pop()
      if (this.#closed(0x7d, '`,` or `}`')) return object
    }
  }

  #array(depth: number): Json[] {
    this.#open(depth)
    const array: Json[] = []
    if (this.#text.charCodeAt(this.#at) === 0x5d) {
      this.#at++
      return array
    }
    for (;;) {
      this.#path.push(array.length)
      array.push(this.#value(depth))
      this.#path.pop()
      if (this.#closed(0x5d, '`,` or `]`')) return array
    }
  }

  /** After a member: true at the closing bracket, false after a comma. */
  #closed(bracket: number, expected: string): boolean {
    this.#space()
    const code = this.#text.charCodeAt(this.#at)
    if (code !== bracket && code !== comma) throw this.#refuse(expected, this.#seen())
    this.#at++
    if (code === bracket) return true
    this.#space()
    return false
  }

  #string(): string {
    const text = this.#text
    const start = this.#at + 1
    let at = start
    for (;;) {
      const code = text.charCodeAt(at)
      if (code === quote) {
        this.#at = at + 1
        return text.slice(start, at)
      }
      if (code === backslash) return this.#escaped(start, at)
      this.#plain(code, at)
      at++
    }
  }

  #plain(code: number, at: number): void {
    if (code >= 0x20) return
    this.#at = at
    throw this.#refuse(Number.isNaN(code) ? 'a closing `"`' : 'control characters escaped', this.#seen())
  }

  /** A string from its first backslash on. */
  #escaped(start: number, first: number): string {
    const text = this.#text
    const parts: string[] = []
    let from = start
    let at = first
    for (;;) {
      const code = text.charCodeAt(at)
      if (code === backslash) {
        parts.push(text.slice(from, at))
        this.#at = at
        parts.push(this.#escape())
        at = from = this.#at
      } else if (code === quote) {
        parts.push(text.slice(from, at))
        this.#at = at + 1
        return parts.join('')
      } else {
        this.#plain(code, at)
        at++
      }
    }
  }

  /** One escape, at the backslash; a pair of surrogates is one. Leaves the place behind it. */
  #escape(): string {
    const letter = this.#text.charAt(this.#at + 1)
    if (letter !== 'u') {
      const simple = Object.hasOwn(escapes, letter) ? escapes[letter] : undefined
      if (simple === undefined) throw this.#refuse('a JSON escape', letter === '' ? 'the end' : `\`\\${letter}\``)
      this.#at += 2
      return simple
    }
    const unit = this.#hex()
    if (unit === 0 && !this.#service) throw this.#refuse('text without NUL', '`\\u0000`')
    if (isLow(unit)) throw this.#refuse('whole characters', `the lone surrogate \`\\u${hex4(unit)}\``)
    if (!isHigh(unit)) return String.fromCharCode(unit)
    const low = this.#text.startsWith('\\u', this.#at) ? this.#hex() : 0
    if (!isLow(low)) throw this.#refuse('whole characters', `the lone surrogate \`\\u${hex4(unit)}\``)
    return String.fromCharCode(unit, low)
  }

  #hex(): number {
    const digits = this.#text.slice(this.#at + 2, this.#at + 6)
    if (!/^[0-9A-Fa-f]{4}$/.test(digits)) throw this.#refuse('four hex digits after `\\u`', `\`${digits}\``)
    this.#at += 6
    return Number.parseInt(digits, 16)
  }

  #digits(): boolean {
    const start = this.#at
    while (isDigit(this.#text.charCodeAt(this.#at))) this.#at++
    return this.#at > start
  }

  #number(): number {
    const text = this.#text
    const start = this.#at
    if (text.charCodeAt(this.#at) === 0x2d) this.#at++
    if (text.charCodeAt(this.#at) === zero) this.#at++
    else if (!this.#digits()) throw this.#refuse('a JSON value', this.#seen())
    if (isDigit(text.charCodeAt(this.#at))) throw this.#refuse('a number without leading zeros', this.#seen())
    if (text.charCodeAt(this.#at) === 0x2e) {
      this.#at++
      if (!this.#digits()) throw this.#refuse('a digit after the decimal point', this.#seen())
    }
    const letter = text.charCodeAt(this.#at) | 0x20
    if (letter === 0x65) {
      this.#at++
      const sign = text.charCodeAt(this.#at)
      if (sign === 0x2b || sign === 0x2d) this.#at++
      if (!this.#digits()) throw this.#refuse('a digit in the exponent', this.#seen())
    }
    return this.#held(text.slice(start, this.#at))
  }

  /** A number that a double holds: beyond 2^53 neighbours fall together, and further out it is infinite. */
  #held(literal: string): number {
    const value = Number(literal)
    const size = Math.abs(value)
    if (size < most && (value !== 0 || !/[1-9]/.test(literal.split(/e/i)[0] ?? ''))) return value
    if (size === most && /^-?9007199254740992$/.test(literal)) return value
    if (this.#service && Number.isFinite(value)) return value
    if (value === 0) throw this.#refuse('a number that is not too small to hold', `\`${cut(literal)}\``)
    throw this.#refuse('a number of at most 2^53 (send larger ones as text)', `\`${cut(literal)}\``)
  }
}

/** Says which byte can't be, and in which value. */
function notUtf8(bytes: Uint8Array, options: StrictOptions): Refusal {
  const bad = utf8Length(bytes)
  const byte = bytes[bad]
  const got =
    byte === undefined
      ? 'a character that is cut off'
      : `the byte 0x${byte.toString(16).padStart(2, '0')} at offset ${bad}`
  const before = new Reader(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(0, bad)), options)
  try {
    before.document()
  } catch {
    // It ends in the middle of a value: that is the place.
  }
  const field = before.path
  return new Refusal('invalid_json', `${field}: expected UTF-8, got ${got}.`, {
    fields: [{ field, expected: 'UTF-8', got }],
  })
}
