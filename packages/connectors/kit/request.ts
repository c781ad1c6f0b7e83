import type { Json } from '@permission-slip/protocol/json.ts'
import { Body, json, type Loose } from './body.ts'
import { Path } from './path.ts'
import type { HttpRequest, WireAnswer } from './types.ts'

type Scalar = string | number | boolean
/** Undefined and null are left out; a list repeats the name. */
export type Query = Readonly<Record<string, Scalar | readonly Scalar[] | null | undefined>>

export interface RequestOptions {
  readonly query?: Query
  readonly headers?: Readonly<Record<string, string | undefined>>
  /** Which of the connector's origins; `api` unless said. */
  readonly origin?: string
  readonly reads?: boolean
  readonly accept?: readonly number[]
  readonly decode?: (answer: WireAnswer) => Json
}

/** An address that an earlier answer gave, with the hosts it may be at (`*.example.com` for any below). */
export class Handoff {
  readonly url: string
  readonly hosts: readonly string[]
  constructor(url: string, hosts: readonly string[]) {
    this.url = url
    this.hosts = hosts
  }
}
export const handoff = (url: string, ...hosts: readonly [string, ...string[]]): Handoff => new Handoff(url, hosts)

export function queryText(query: Query): string {
  const pairs: string[] = []
  for (const [name, value] of Object.entries(query)) {
    const all = value === null || value === undefined ? [] : isList(value) ? value : [value]
    for (const v of all) pairs.push(`${encodeURIComponent(name)}=${encodeURIComponent(String(v))}`)
  }
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`
}
const isList = (v: Scalar | readonly Scalar[]): v is readonly Scalar[] => Array.isArray(v)

function build(
  method: HttpRequest['method'],
  to: Path | Handoff,
  body: Body | Loose,
  options: RequestOptions,
): HttpRequest {
  const made = body === undefined ? null : body instanceof Body ? body : json(body)
  const headers: Record<string, string> = made === null ? {} : { 'content-type': made.type }
  for (const [name, value] of Object.entries(options.headers ?? {}))
    if (value !== undefined) headers[name.toLowerCase()] = value
  if (to instanceof Handoff && options.query) throw new TypeError('a hand-off goes to the address as it was given')
  return {
    method,
    to: to instanceof Path ? { origin: options.origin ?? 'api' } : { handoff: to.url, hosts: to.hosts },
    path: to instanceof Path ? to.text + queryText(options.query ?? {}) : '',
    headers,
    body: made?.bytes ?? null,
    ...(options.reads === undefined ? {} : { reads: options.reads }),
    ...(options.accept === undefined ? {} : { accept: options.accept }),
    ...(options.decode === undefined ? {} : { decode: options.decode }),
  }
}

type To = Path | Handoff
export const get = (to: To, options: RequestOptions = {}): HttpRequest => build('GET', to, undefined, options)
export const head = (to: To, options: RequestOptions = {}): HttpRequest => build('HEAD', to, undefined, options)
export const post = (to: To, body?: Body | Loose, options: RequestOptions = {}): HttpRequest =>
  build('POST', to, body, options)
export const put = (to: To, body?: Body | Loose, options: RequestOptions = {}): HttpRequest =>
  build('PUT', to, body, options)
export const patch = (to: To, body?: Body | Loose, options: RequestOptions = {}): HttpRequest =>
  build('PATCH', to, body, options)
export const del = (to: To, body?: Body | Loose, options: RequestOptions = {}): HttpRequest =>
  build('DELETE', to, body, options)

/** One GraphQL operation. A query changes nothing; a mutation does. */
export function graphql(
  to: To,
  document: string,
  variables: Readonly<Record<string, Loose>> = {},
  options: RequestOptions = {},
): HttpRequest {
  const reads = !/^\s*(mutation|subscription)\b/m.test(document.replace(/#.*$/gm, ''))
  return post(to, { query: document, variables }, { reads, ...options })
}
