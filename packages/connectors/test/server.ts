import { type IncomingHttpHeaders, request as nodeRequest } from 'node:http'
import { NotSent, Unanswered } from '../kit/faults.ts'
import type { Send, WireRequest } from '../kit/types.ts'

export interface Got {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}
type Answer = (got: Got, origin: string) => Response | Promise<Response>

/** A real service on this machine that answers as told and writes down what it got. */
export function service(answer: Answer) {
  const got: Got[] = []
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(req): Promise<Response> {
      const url = new URL(req.url)
      const one = {
        method: req.method,
        path: url.pathname + url.search,
        headers: Object.fromEntries(req.headers),
        body: await req.text(),
      }
      got.push(one)
      return answer(one, url.origin)
    },
  })
  return { origin: `http://127.0.0.1:${server.port}`, got, [Symbol.dispose]: () => void server.stop(true) }
}

/** Sends by `node:http`, which never sends twice. */
export const send: Send = (wire: WireRequest) =>
  new Promise((resolve, reject) => {
    const req = nodeRequest(wire.url, { method: wire.method, headers: { ...wire.headers }, agent: false }, (res) => {
      const chunks: Buffer[] = []
      res.on('data', (c: Buffer) => chunks.push(c))
      res.on('error', () => reject(new Unanswered('cut')))
      res.on('end', () =>
        resolve({
          status: res.statusCode ?? 0,
          headers: plain(res.headers),
          body: new Uint8Array(Buffer.concat(chunks)),
        }),
      )
    })
    req.on('error', () => reject(new NotSent('no connection')))
    req.end(wire.body ?? undefined)
  })

const plain = (headers: IncomingHttpHeaders): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([k, v]) => [k, Array.isArray(v) ? v.join(', ') : (v ?? '')]))
