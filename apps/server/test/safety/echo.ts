import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { bearer } from '@permission-slip/connectors/kit/auth.ts'
import { action, defineConnector } from '@permission-slip/connectors/kit/define.ts'
import { path } from '@permission-slip/connectors/kit/path.ts'
import { get, post } from '@permission-slip/connectors/kit/request.ts'
import { say } from '@permission-slip/connectors/kit/say.ts'
import { z } from 'zod'

export const places = ['body', 'header', 'fail', 'refuse', 'broken', 'crash', 'hangup'] as const
/** Every way in which a text could be wrapped on its way back. */
export const forms = {
  raw: (s: string) => s,
  base64: (s: string) => Buffer.from(s).toString('base64'),
  inside_base64: (s: string) => Buffer.from(`Authorization: ${s}\n`).toString('base64'),
  base64url: (s: string) => Buffer.from(s).toString('base64url'),
  hex: (s: string) => Buffer.from(s).toString('hex'),
  upper_hex: (s: string) => Buffer.from(s).toString('hex').toUpperCase(),
  percent: (s: string) => encodeURIComponent(s),
  all_percent: (s: string) => [...Buffer.from(s)].map((b) => `%${b.toString(16).padStart(2, '0')}`).join(''),
  escaped: (s: string) => [...s].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
} as const
export type Form = keyof typeof forms
export const formNames = Object.keys(forms) as Form[]

const params = { place: z.enum(places), form: z.string().max(40) }
const usual = {
  params,
  result: { said: z.string() },
  pins: {},
  example: { params: { place: 'body', form: 'raw' }, answers: [{ said: 'x' }] },
} as const

/** A service that says back what it was signed in with. */
export const echo = defineConnector({
  id: 'echo',
  name: 'Echo',
  docs: '',
  origins: { api: 'https://echo.invalid' },
  auth: [bearer('Token', 'https://echo.invalid')],
  check: { request: () => get(path`/body/raw`), read: () => ({ account_id: null, account: null, warnings: [] }) },
  actions: {
    look: action({
      ...usual,
      title: 'Look',
      effect: 'read',
      summary: (p) => say`Look at ${p.place}`,
      request: (p) => get(path`/${p.place}/${p.form}`),
    }),
    find: action({
      ...usual,
      title: 'Find',
      effect: 'create',
      summary: (p) => say`Find ${p.place}`,
      request: () => post(path`/hangup/raw`, {}),
      probe: {
        request: (p) => get(path`/${p.place}/${p.form}`),
        read: (answer) => ({ found: true, result: { said: new TextDecoder().decode(answer.body) } }),
        settles_after_s: 0,
      },
    }),
    make: action({
      ...usual,
      title: 'Make',
      effect: 'create',
      summary: (p) => say`Make ${p.place}`,
      request: (p) => post(path`/${p.place}/${p.form}`, {}),
    }),
  },
})

/** The service of `echo` and of webhooks: what it answers holds `secret` or the token it was sent. */
export async function startEcho(secret: string): Promise<{ port: number; seen: string[]; close(): Promise<void> }> {
  const seen: string[] = []
  const answer: http.RequestListener = (request, response) => {
    const [, place = '', form = ''] = (request.url ?? '').split('/')
    seen.push(`${request.method} ${request.url}`)
    const token = (request.headers.authorization ?? '').replace(/^Bearer /, '') || secret
    const said = Object.hasOwn(forms, form) ? forms[form as Form](token) : token
    // As bytes on the wire: a form that escapes is not escaped again.
    const body = (text: string) =>
      `{"said":"${form === 'escaped' ? text : text.replaceAll('"', '\\"')}","message":"${form === 'escaped' ? text : text.replaceAll('"', '\\"')}"}`
    request.resume()
    if (place === 'hangup') return void request.socket.destroy()
    response.setHeader('content-type', 'application/json')
    if (place === 'header') response.setHeader('x-said', said)
    response.statusCode = { fail: 400, refuse: 401, crash: 500 }[place] ?? 200
    response.end(
      place === 'header' ? '{"said":"see the header"}' : place === 'broken' ? `not JSON: ${said}` : body(said),
    )
  }
  const server = http.createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
