import { decodeBase64, encodeBase64 } from './base64.ts'

/** Structured field values (RFC 8941), as far as signatures and digests need them: dictionaries of items and inner lists. */
export type BareItem =
  | { readonly kind: 'integer' | 'decimal'; readonly value: number }
  | { readonly kind: 'string' | 'token'; readonly value: string }
  | { readonly kind: 'bytes'; readonly value: Uint8Array }
  | { readonly kind: 'boolean'; readonly value: boolean }
export type Parameters = ReadonlyMap<string, BareItem>
export interface Item {
  readonly kind: 'item'
  readonly value: BareItem
  readonly params: Parameters
}
export interface InnerList {
  readonly kind: 'list'
  readonly items: readonly Item[]
  readonly params: Parameters
}
export type Dictionary = ReadonlyMap<string, Item | InnerList>

interface Cursor {
  readonly text: string
  at: number
}

/**
 * Parses a dictionary. Stricter than the RFC in one thing: a key that comes twice is refused, in the dictionary and in
 * parameters, where the RFC lets the last one win. Two readers must never see two values.
 */
export function parseDictionary(text: string): Dictionary {
  const c: Cursor = { text, at: 0 }
  const all = new Map<string, Item | InnerList>()
  skip(c, ' ')
  while (c.at < text.length) {
    const key = readKey(c)
    if (all.has(key)) throw wrong(c, `a second member named ${key}`)
    if (take(c, '=')) all.set(key, peek(c) === '(' ? readInnerList(c) : readItem(c))
    else all.set(key, { kind: 'item', value: { kind: 'boolean', value: true }, params: readParameters(c) })
    skip(c, ' \t')
    if (c.at === text.length) return all
    if (!take(c, ',')) throw wrong(c, 'a comma between members')
    skip(c, ' \t')
    if (c.at === text.length) throw wrong(c, 'a member after the comma')
  }
  return all
}

export function serializeItem(item: Item): string {
  return serializeBare(item.value) + serializeParameters(item.params)
}
export function serializeInnerList(list: InnerList): string {
  return `(${list.items.map(serializeItem).join(' ')})${serializeParameters(list.params)}`
}

function serializeParameters(params: Parameters): string {
  let out = ''
  for (const [key, value] of params)
    out += value.kind === 'boolean' && value.value ? `;${key}` : `;${key}=${serializeBare(value)}`
  return out
}

function serializeBare(item: BareItem): string {
  switch (item.kind) {
    case 'integer':
      if (!Number.isInteger(item.value) || Math.abs(item.value) > 999_999_999_999_999)
        throw new TypeError('an integer of a structured field has at most 15 digits')
      return String(item.value)
    case 'decimal': {
      const text = item.value.toFixed(3).replace(/0{1,2}$/, '')
      return text
    }
    case 'string':
      if (!/^[\x20-\x7e]*$/.test(item.value)) throw new TypeError('a string of a structured field is printable ASCII')
      return `"${item.value.replace(/[\\"]/g, '\\$&')}"`
    case 'token':
      return item.value
    case 'bytes':
      return `:${encodeBase64(item.value)}:`
    case 'boolean':
      return item.value ? '?1' : '?0'
  }
}

const wrong = (c: Cursor, expected: string): SyntaxError =>
  new SyntaxError(
    `expected ${expected.startsWith('a second') ? `no ${expected.slice(2)}` : expected} at position ${c.at}`,
  )
const peek = (c: Cursor): string => c.text[c.at] ?? ''
const take = (c: Cursor, what: string): boolean => {
  if (peek(c) !== what) return false
  c.at += 1
  return true
}
const skip = (c: Cursor, what: string): void => {
  while (c.at < c.text.length && what.includes(peek(c))) c.at += 1
}
/** Takes what a sticky pattern matches here. */
const match = (c: Cursor, pattern: RegExp): string | null => {
  pattern.lastIndex = c.at
  const found = pattern.exec(c.text)?.[0] ?? null
  if (found !== null) c.at += found.length
  return found
}

function readKey(c: Cursor): string {
  const key = match(c, /[a-z*][a-z0-9_.*-]*/y)
  if (key === null) throw wrong(c, 'a key in lower case')
  return key
}

function readParameters(c: Cursor): Parameters {
  const all = new Map<string, BareItem>()
  while (take(c, ';')) {
    skip(c, ' ')
    const key = readKey(c)
    if (all.has(key)) throw wrong(c, `a second parameter named ${key}`)
    all.set(key, take(c, '=') ? readBare(c) : { kind: 'boolean', value: true })
  }
  return all
}

function readInnerList(c: Cursor): InnerList {
  c.at += 1
  const items: Item[] = []
  for (;;) {
    skip(c, ' ')
    if (take(c, ')')) return { kind: 'list', items, params: readParameters(c) }
    items.push(readItem(c))
    if (peek(c) !== ' ' && peek(c) !== ')') throw wrong(c, 'a space or ) in the list')
  }
}

function readItem(c: Cursor): Item {
  const value = readBare(c)
  return { kind: 'item', value, params: readParameters(c) }
}

function readBare(c: Cursor): BareItem {
  const first = peek(c)
  if (first === '"') {
    const text = match(c, /"(?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"/y)
    if (text === null) throw wrong(c, 'a whole string of printable ASCII')
    return { kind: 'string', value: text.slice(1, -1).replace(/\\(["\\])/g, '$1') }
  }
  if (first === ':') {
    const text = match(c, /:[A-Za-z0-9+/]*={0,2}:/y)
    const value = text === null ? null : decodeBase64(text.slice(1, -1))
    if (value === null) throw wrong(c, 'bytes in base64 between colons')
    return { kind: 'bytes', value }
  }
  if (first === '?') {
    const text = match(c, /\?[01]/y)
    if (text === null) throw wrong(c, '?0 or ?1')
    return { kind: 'boolean', value: text === '?1' }
  }
  if (/[-0-9]/.test(first)) {
    const text = match(c, /-?(?:[0-9]{1,12}\.[0-9]{1,3}|[0-9]{1,15})(?![0-9.])/y)
    if (text === null) throw wrong(c, 'a number of at most 15 digits')
    return { kind: text.includes('.') ? 'decimal' : 'integer', value: Number(text) }
  }
  const token = match(c, /[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]*/y)
  if (token === null) throw wrong(c, 'a value')
  return { kind: 'token', value: token }
}
