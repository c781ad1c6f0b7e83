import { randomUUID } from 'node:crypto'
import { type FieldProblem, Refusal } from '@permission-slip/protocol/errors.ts'
import type { Json } from '@permission-slip/protocol/json.ts'
import { parseStrict } from '@permission-slip/protocol/strict-json.ts'
import { Hono } from 'hono'
import type { z } from 'zod'
import type { Context } from '../context.ts'
import { mayCall } from '../people/roles.ts'
import { authenticate } from './authenticate.ts'
import type { Caller } from './caller.ts'
import { isTrustedProxy, ownNames, remoteOf } from './names.ts'
import { openApi } from './openapi.ts'
import { respond, respondProblem } from './respond.ts'
import type { RawRequest, Route } from './route.ts'
import { routesOf } from './routes/index.ts'
import { makeWeb } from './web.ts'

/** What the socket tells that a Request does not. */
export interface Peer {
  address: string
}
/** A request that was let in, by the one of our names that it was sent to. */
interface Called extends Peer {
  authority: string
  id: string
  /** The address it came to, as a route writes it: what is logged, since the path itself may hold a secret. */
  route: string | null
}
const bodyLimit = 1024 * 1024 + 64 * 1024
/** An agent's parameters may be allowed up to 16 MiB. */
const actionBodyLimit = 17 * 1024 * 1024

/** The HTTP app: every request passes here, from the Host it names to the answer. */
export function makeApp(ctx: Context): {
  fetch(request: Request, peer: Peer): Promise<Response>
  routes: readonly Route[]
} {
  const routes = routesOf(ctx)
  const names = ownNames(ctx.config)
  const web = makeWeb()
  const app = new Hono<{ Bindings: Called }>()
  const refuse = (error: unknown, id: string): Response => {
    ctx.metrics.refused(error)
    return respondProblem(error, id, ctx.logger)
  }
  const description = JSON.stringify(openApi(routes, ctx.config.publicUrl))
  app.get('/openapi.json', (c) => {
    c.env.route = '/openapi.json'
    return respond(
      { status: 200, raw: description, headers: { 'content-type': 'application/json; charset=utf-8' } },
      c.env.id,
    )
  })
  for (const route of routes)
    app.on(route.method, route.path.replace(/\{(\w+)\}/g, ':$1').replace(/:(rest)$/, ':$1{.+}'), async (c) => {
      c.env.route = route.path
      try {
        return await dispatch(ctx, route, names, c.req.raw, c.env, c.req.param() as Record<string, string>)
      } catch (error) {
        return refuse(error, c.env.id)
      }
    })
  const paths = routes.map((r) => ({
    method: r.method,
    pattern: new RegExp(`^${r.path.replace(/\{rest\}/, '.+').replace(/\{\w+\}/g, '[^/]+')}$`),
  }))
  app.notFound((c) => {
    const path = new URL(c.req.url).pathname
    const others = paths.filter((p) => p.pattern.test(path)).map((p) => p.method)
    if (others.length > 0)
      return refuse(new Refusal('method_not_allowed', `This address takes ${others.join(', ')}.`), c.env.id)
    if (path.startsWith('/api/') || c.req.method !== 'GET') return refuse(new Refusal('not_found'), c.env.id)
    c.env.route = 'web app'
    return web(path, c.req.raw, c.env.id)
  })
  app.onError((error, c) => refuse(error, c.env.id))

  return {
    routes,
    async fetch(request, peer) {
      const id = randomUUID()
      const began = ctx.clock.monotonic()
      const host = request.headers.get('host')?.toLowerCase() ?? ''
      // Without a Host there is no address either.
      const path = URL.canParse(request.url) ? new URL(request.url).pathname : ''
      const authority = names.includes(host) ? host : behindProxy(ctx, request, peer, names)
      const called: Called = { ...peer, id, authority: authority ?? host, route: null }
      const response =
        path !== '/healthz' && authority === null
          ? refuse(new Refusal('misdirected', `This server goes by ${names.join(', ')}, not by ${host}.`), id)
          : await app.fetch(request, called)
      // A stream goes on after this: the time is until its answer began.
      const duration_ms = Math.round((ctx.clock.monotonic() - began) * 10) / 10
      const { method } = request
      ctx.logger.debug({ request: id, method, route: called.route, status: response.status, duration_ms }, 'answered')
      return response
    },
  }
}

/** A trusted proxy may keep its own Host and say by X-Forwarded-Host under which name it was called. */
const behindProxy = (ctx: Context, request: Request, peer: Peer, names: readonly string[]): string | null => {
  const host = request.headers.get('x-forwarded-host')?.toLowerCase()
  return host !== undefined && isTrustedProxy(ctx.config, peer.address) && names.includes(host) ? host : null
}

async function dispatch(
  ctx: Context,
  route: Route,
  names: readonly string[],
  request: Request,
  called: Called,
  path: Record<string, string>,
): Promise<Response> {
  const { id } = called
  let caller: Caller | null = null
  try {
    const raw = await readRaw(route, request, names, called)
    caller = await authenticate(ctx, raw)
    if (!(route.who.includes('public') && caller === null)) {
      const refused = route.who.includes('public') ? null : mayCall(route, caller)
      if (refused) throw refused
    }
    const asked = Object.fromEntries(new URL(request.url).searchParams)
    holdText(path, 'the address')
    holdText(asked, 'the query')
    const query = parsed(route.query, asked, 'query')
    const body = route.body === undefined ? undefined : parsed(route.body, jsonBody(raw), 'body')
    const remote = remoteOf(ctx.config, called.address, raw.headerMap['x-forwarded-for'])
    const answer = await route.handler({
      caller: caller as never,
      body: body as never,
      query: query as never,
      path,
      headers: raw.headerMap,
      remote,
      signal: request.signal,
      request,
      raw,
      requestId: id,
    })
    return respond(answer, id)
  } catch (error) {
    ctx.refused.note(caller, error)
    throw error
  }
}

/** NUL is in no name or id of ours, and PostgreSQL's text can't hold it: refused by name, as in a body. */
function holdText(values: Readonly<Record<string, string>>, where: string): void {
  for (const [name, value] of Object.entries(values))
    if (`${name}${value}`.includes('\0'))
      throw new Refusal('invalid_request', `${where}: expected text without NUL.`, {
        fields: [{ field: name.replaceAll('\0', ''), expected: 'text without NUL', got: 'NUL' }],
      })
}

async function readRaw(
  route: Route,
  request: Request,
  names: readonly string[],
  { authority, id }: Called,
): Promise<RawRequest> {
  const url = new URL(request.url)
  const headers = [...request.headers] as [string, string][]
  const headerMap = Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]))
  // Much is read only from whoever at least claims to be somebody.
  const claims = ['authorization', 'signature', 'cookie'].some((name) => headerMap[name] !== undefined)
  const large = claims && (route.path === '/api/v1/actions' || route.path.endsWith('/approve'))
  const limit = large ? actionBodyLimit : bodyLimit
  const streamed = route.stream === true
  const body = streamed || request.body === null ? null : await readBody(request, limit)
  return {
    method: request.method,
    target: request.url.slice(request.url.indexOf('/', url.protocol.length + 2)),
    authority,
    headers,
    headerMap,
    body: body !== null && body.length === 0 ? null : body,
    streamed,
    names,
    contentSha256: null,
    requestId: id,
  }
}

async function readBody(request: Request, limit: number): Promise<Uint8Array> {
  const tooLarge = () => new Refusal('payload_too_large', `A body may have ${limit} bytes.`)
  if (Number(request.headers.get('content-length') ?? 0) > limit) throw tooLarge()
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body ?? []) {
    size += chunk.length
    if (size > limit) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function jsonBody(raw: RawRequest): Json {
  if (raw.body === null) return {}
  const type = (raw.headerMap['content-type'] ?? '').split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/json') throw new Refusal('unsupported_media_type', `The body came as ${type || 'nothing'}.`)
  return parseStrict(raw.body)
}

/** What came, without its value: it could be a password. */
function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (typeof value === 'string') return `text of ${value.length} characters`
  if (Array.isArray(value)) return `a list of ${value.length}`
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/** A value by its schema, or every field that is wrong: its name, what was expected, what came. */
function parsed(schema: z.ZodType | undefined, value: unknown, where: string): unknown {
  if (schema === undefined) return undefined
  const read = schema.safeParse(value)
  if (read.success) return read.data
  const fields: FieldProblem[] = read.error.issues.flatMap((issue) => {
    const at = issue.path.join('.') || where
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({
        field: [...issue.path, key].join('.'),
        expected: 'no such field',
        got: 'a value',
      }))
    const got = issue.path.reduce<unknown>(
      (v, p) => (typeof v === 'object' && v !== null ? (v as Record<PropertyKey, unknown>)[p] : undefined),
      value,
    )
    return [
      {
        field: at,
        expected: issue.message.replace(/^Invalid input: expected /, '').replace(/^expected /, ''),
        got: kindOf(got),
      },
    ]
  })
  const first = fields[0]
  throw new Refusal(
    'invalid_request',
    first ? `${first.field}: expected ${first.expected}, got ${first.got}.` : undefined,
    { fields },
  )
}
