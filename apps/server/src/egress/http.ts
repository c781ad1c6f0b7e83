import http from 'node:http'
import https from 'node:https'
import net from 'node:net'
import tls from 'node:tls'
import { NotSent, Unanswered } from '@permission-slip/connectors/kit/faults.ts'
import type { WireAnswer, WireRequest } from '@permission-slip/connectors/kit/types.ts'
import { hostPort } from './address.ts'
import { reason } from './connect.ts'
import type { Deadline } from './deadline.ts'
import { decoded } from './decode.ts'
import type { Checked } from './resolve.ts'
import type { Address } from './url.ts'

/** Names that the transport sets itself: a connector that sets one could make two readings of one request. */
const ours = [
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'te',
  'upgrade',
  'expect',
  'trailer',
  'keep-alive',
]
const maxHeaderBytes = 64 * 1024

export interface HttpLimits {
  /** Bytes of the answer's body, after decompression. */
  readonly maxBytes: number
  readonly deadline: Deadline
  /** Certificates trusted besides the system's. */
  readonly trust: readonly string[]
}

/**
 * One request on one connection of its own to an address that passed: no reuse, no proxy, no redirect followed, never
 * sent again. `node:http` and not `fetch`, which resends and takes proxies from the environment.
 */
export async function sendHttp(
  request: WireRequest,
  url: Address,
  to: Checked,
  headers: Readonly<Record<string, string>>,
  limits: HttpLimits,
): Promise<WireAnswer> {
  for (const name of Object.keys(headers))
    if (ours.includes(name.toLowerCase()))
      throw new NotSent(`The header ${name} is set by the transport, not by a connector.`)
  const length =
    request.body !== null ? request.body.length : ['POST', 'PUT', 'PATCH'].includes(request.method) ? 0 : null
  const options: https.RequestOptions = {
    agent: false,
    method: request.method,
    host: to.host,
    port: to.port,
    path: url.target,
    lookup: fixed(to.addresses),
    setHost: false,
    headers: {
      host: url.authority,
      connection: 'close',
      'user-agent': 'permission-slip',
      'accept-encoding': 'gzip, deflate, br',
      ...headers,
      ...(length === null ? {} : { 'content-length': String(length) }),
    },
    maxHeaderSize: maxHeaderBytes,
    insecureHTTPParser: false,
    ...(url.secure
      ? {
          ...(net.isIP(to.host) ? {} : { servername: to.host }),
          rejectUnauthorized: true,
          minVersion: 'TLSv1.2' as const,
          ...(limits.trust.length > 0 ? { ca: [...tls.rootCertificates, ...limits.trust] } : {}),
        }
      : {}),
  }
  const answer = await exchange(url.secure, options, request.body, limits, hostPort(to.host, to.port))
  const body = await decoded(answer, limits.maxBytes)
  return { status: answer.status, headers: answer.headers, body }
}

/** Hands out the checked addresses whatever the name: nothing is resolved a second time. */
const fixed = (addresses: readonly string[]): net.LookupFunction => {
  const all = addresses.map((address) => ({ address, family: net.isIP(address) }))
  return (_name, options, done) => {
    const [first] = all
    if (options.all || !first) done(null, all)
    else done(null, first.address, first.family)
  }
}

export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** As sent, still compressed; `cut` if there was more than the limit. */
  readonly raw: Uint8Array
  readonly cut: boolean
}

function exchange(
  secure: boolean,
  options: https.RequestOptions,
  body: Uint8Array | null,
  limits: HttpLimits,
  where: string,
): Promise<RawAnswer> {
  const { deadline } = limits
  return new Promise((resolve, reject) => {
    // True from the moment a byte of the request may be on its way.
    let sent = false
    let done = false
    const finish = (end: () => void) => {
      if (done) return
      done = true
      stop()
      end()
      request.destroy()
    }
    const fail = (why: string, cause?: unknown) =>
      finish(() =>
        reject(
          sent
            ? new Unanswered(`${where}: the request may have been sent, and no whole answer came: ${why}.`, { cause })
            : new NotSent(`${where} can't be reached: ${why}.`, 'not_sent', { cause }),
        ),
      )
    const request = (secure ? https : http).request(options)
    request.on('error', (error) => fail(reason(error), error))
    request.on('close', () => fail('the connection was closed'))
    request.on('socket', (socket) => {
      // Over TLS the request waits for the handshake and the certificate; a socket that is there already is taken as used.
      if (!socket.connecting) sent = true
      else socket.once(secure ? 'secureConnect' : 'connect', () => (sent = true))
    })
    request.on('response', (response) => {
      const parts: Uint8Array[] = []
      let size = 0
      const answer = (cut: boolean): RawAnswer => ({
        status: response.statusCode ?? 0,
        headers: headersOf(response),
        raw: new Uint8Array(Buffer.concat(parts)),
        cut,
      })
      response.on('data', (part: Uint8Array) => {
        size += part.length
        if (size <= limits.maxBytes) parts.push(part)
        else finish(() => resolve(answer(true)))
      })
      response.on('aborted', () => fail('the answer was cut off'))
      response.on('error', (error) => fail(reason(error), error))
      response.on('end', () =>
        response.complete ? finish(() => resolve(answer(false))) : fail('the answer was cut off'),
      )
    })
    request.on('upgrade', (_response, socket) => {
      socket.destroy()
      fail('it switched to another protocol')
    })
    const stop = deadline.onEnd((why) => fail(why))
    if (!done) request.end(body ?? undefined)
  })
}

/** Lower-case names; of several values one text, as RFC 9110 joins them (set-cookie by line breaks). */
function headersOf(response: http.IncomingMessage): Record<string, string> {
  const all: Record<string, string> = Object.create(null)
  for (const [name, value] of Object.entries(response.headers)) {
    if (value === undefined) continue
    all[name.toLowerCase()] = Array.isArray(value) ? value.join(name === 'set-cookie' ? '\n' : ', ') : value
  }
  return { ...all }
}
