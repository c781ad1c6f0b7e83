import type { Json } from '@permission-slip/protocol/json.ts'
import { ApiError, errorOf, Unreachable } from './errors.ts'
import type { Signer } from './keys.ts'
import { signRequest } from './sign.ts'

/** How a caller proves itself: a key that signs, a token, or not at all. */
export type Credential = { readonly signer: Signer } | { readonly token: string } | null
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

export interface TransportOptions {
  /** `https://slip.example.org`, without a path. */
  readonly url: string
  readonly credential: Credential
  readonly fetch?: Fetch
}
export interface Ask {
  readonly query?: Readonly<Record<string, string | number | null | undefined>>
  readonly json?: unknown
  readonly bytes?: { readonly type: string; readonly body: Uint8Array<ArrayBuffer> }
  readonly headers?: Readonly<Record<string, string>>
  /** Seconds to wait for the answer; null for a stream that stays open. */
  readonly timeout?: number | null
  readonly signal?: AbortSignal | undefined
}

/** Sends one request, once: it never tries again by itself, and follows no redirect, since that would carry a credential. */
export interface Transport {
  readonly url: string
  response(method: string, path: string, ask?: Ask): Promise<Response>
  json<T>(method: string, path: string, ask?: Ask): Promise<T>
  text(method: string, path: string, ask?: Ask): Promise<string>
}

export function createTransport(options: TransportOptions): Transport {
  const base = originOf(options.url)
  const send: Fetch = options.fetch ?? ((url, init) => fetch(url, init))

  const response = async (method: string, path: string, ask: Ask = {}): Promise<Response> => {
    const url = new URL(path, base)
    for (const [name, value] of Object.entries(ask.query ?? {}))
      if (value !== null && value !== undefined) url.searchParams.set(name, String(value))
    const body = ask.bytes?.body ?? (ask.json === undefined ? null : new TextEncoder().encode(JSON.stringify(ask.json)))
    const plain: Record<string, string> = {
      accept: 'application/json',
      ...(body === null ? {} : { 'content-type': ask.bytes?.type ?? 'application/json' }),
      ...ask.headers,
    }
    const headers = await authenticated({ method, url: url.href, headers: plain, body }, options.credential)
    const timeout = ask.timeout === null ? [] : [AbortSignal.timeout((ask.timeout ?? 30) * 1000)]
    const signal = AbortSignal.any([...timeout, ...(ask.signal ? [ask.signal] : [])])
    let answer: Response
    try {
      answer = await send(url.href, { method, headers, body, redirect: 'manual', signal, cache: 'no-store' })
    } catch (cause) {
      ask.signal?.throwIfAborted()
      throw new Unreachable(base, reason(cause), { cause })
    }
    if (!answer.ok) throw await errorOf(answer)
    return answer
  }

  /** Reads a body that may break off half way. */
  const whole = async <T>(read: Promise<T>, signal: AbortSignal | undefined): Promise<T> => {
    try {
      return await read
    } catch (cause) {
      signal?.throwIfAborted()
      throw new Unreachable(base, reason(cause), { cause })
    }
  }

  const text = async (method: string, path: string, ask: Ask = {}): Promise<string> =>
    whole((await response(method, path, ask)).text(), ask.signal)

  return {
    url: base,
    response,
    text,
    json: async <T>(method: string, path: string, ask: Ask = {}): Promise<T> => {
      const body = await text(method, path, ask)
      try {
        // The server's own schemas stand behind its answers; they are not checked a second time.
        return (body === '' ? null : JSON.parse(body)) as T
      } catch {
        throw notOurs(base)
      }
    },
  }
}

/** A credential goes to an origin, never to a path of somebody's. */
function originOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : null
  const plain =
    parsed &&
    parsed.pathname === '/' &&
    parsed.search === '' &&
    parsed.hash === '' &&
    parsed.username === '' &&
    parsed.password === ''
  if (!parsed || !plain || !['http:', 'https:'].includes(parsed.protocol))
    throw new TypeError(`url: expected an address like https://slip.example.org, got ${url}`)
  return parsed.origin
}

async function authenticated(
  request: { method: string; url: string; headers: Record<string, string>; body: Uint8Array<ArrayBuffer> | null },
  credential: Credential,
): Promise<Record<string, string>> {
  if (credential === null) return request.headers
  if ('token' in credential) return { ...request.headers, authorization: `Bearer ${credential.token}` }
  return signRequest(request, credential.signer)
}

const notOurs = (url: string): ApiError =>
  new ApiError({
    type: 'urn:permission-slip:error:unavailable',
    title: 'That is not an answer of a Permission Slip server.',
    status: 502,
    detail: `${url} answered with something that is not JSON.`,
    code: 'unavailable',
    next: { do: 'fix', say: 'Check the address.', url: null, after_s: null },
  })

function reason(cause: unknown): string {
  if (!(cause instanceof Error)) return 'the connection failed'
  if (cause.name === 'TimeoutError') return 'it took too long'
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : null
  return code === 'ConnectionRefused' || code === 'ECONNREFUSED'
    ? 'nothing listens there'
    : cause.message.replace(/\.$/, '')
}

export type Page<T> = { readonly items: readonly T[]; readonly next_cursor: string | null }
export type Answer = { readonly [name: string]: Json } | null
