import type { Json } from '@permission-slip/protocol/json.ts'

/** A body with its content type. Only the functions below make one, so that a plain object is always JSON. */
export class Body {
  readonly bytes: Uint8Array
  readonly type: string
  constructor(bytes: Uint8Array, type: string) {
    this.bytes = bytes
    this.type = type
  }
}

/** What a JSON body is built from: members that are undefined are left out. */
export type Loose = Json | undefined | readonly Loose[] | { readonly [key: string]: Loose }

const utf8 = new TextEncoder()

export const json = (value: Loose): Body => new Body(utf8.encode(JSON.stringify(value)), 'application/json')
export const raw = (bytes: Uint8Array, type: string): Body => new Body(bytes, type)
export const text = (value: string, type = 'text/plain; charset=utf-8'): Body => new Body(utf8.encode(value), type)

/** `a=1&b[c]=2&d[0]=3`: nested members and list items in brackets; null and an empty list unset a field. */
export function form(value: Readonly<Record<string, Loose>>): Body {
  const pairs: string[] = []
  const add = (name: string, v: Loose): void => {
    if (v === undefined) return
    if (v === null) pairs.push(`${name}=`)
    else if (typeof v !== 'object') pairs.push(`${name}=${encodeURIComponent(String(v))}`)
    else if (isList(v)) {
      if (v.length === 0) pairs.push(`${name}=`)
      v.forEach((item, i) => add(`${name}[${i}]`, item))
    } else for (const [key, member] of Object.entries(v)) add(`${name}[${encodeURIComponent(key)}]`, member)
  }
  for (const [key, member] of Object.entries(value)) add(encodeURIComponent(key), member)
  return new Body(utf8.encode(pairs.join('&')), 'application/x-www-form-urlencoded')
}
const isList = (v: Loose): v is readonly Loose[] => Array.isArray(v)

export type Part =
  | { readonly name: string; readonly value: string; readonly type?: string }
  | { readonly name: string; readonly filename: string; readonly type: string; readonly bytes: Uint8Array }

/** RFC 7578; names are escaped as browsers do. The boundary is fixed by the contents, in which it never occurs. */
export function multipart(parts: readonly Part[]): Body {
  const contents = parts.map((p) => ('bytes' in p ? p.bytes : utf8.encode(p.value)))
  let boundary = 'permission-slip-0'
  for (let n = 1; contents.some((c) => occurs(utf8.encode(boundary), c)); n++) boundary = `permission-slip-${n}`
  const chunks: Uint8Array[] = []
  parts.forEach((p, i) => {
    const filename = 'bytes' in p ? `; filename="${escapeName(p.filename)}"` : ''
    const type = p.type === undefined ? '' : `content-type: ${p.type.replace(/[\r\n]/g, '')}\r\n`
    const head = `--${boundary}\r\ncontent-disposition: form-data; name="${escapeName(p.name)}"${filename}\r\n${type}\r\n`
    chunks.push(utf8.encode(head), contents[i] ?? new Uint8Array(), utf8.encode('\r\n'))
  })
  chunks.push(utf8.encode(`--${boundary}--\r\n`))
  return new Body(join(chunks), `multipart/form-data; boundary=${boundary}`)
}

const escapeName = (s: string): string => s.replace(/\r/g, '%0D').replace(/\n/g, '%0A').replace(/"/g, '%22')

function occurs(needle: Uint8Array, hay: Uint8Array): boolean {
  const first = needle[0] ?? 0
  for (let at = hay.indexOf(first); at >= 0; at = hay.indexOf(first, at + 1))
    if (needle.every((b, i) => hay[at + i] === b)) return true
  return false
}

function join(chunks: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(chunks.reduce((n, c) => n + c.length, 0))
  let at = 0
  for (const c of chunks) {
    all.set(c, at)
    at += c.length
  }
  return all
}
