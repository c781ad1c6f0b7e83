import type { EntryType } from '@permission-slip/protocol/log.ts'
import type { Scope } from '@permission-slip/protocol/person.ts'
import type { z } from 'zod'
import type { AgentCaller, Caller, PersonCaller } from './caller.ts'

/** Who may call. A person's role includes those below it: owner > approver > viewer. */
export type Who = 'public' | 'agent' | 'unconfirmed-agent' | 'viewer' | 'approver' | 'owner'

export interface Answer {
  status: number
  /** Omitted: no body. */
  body?: unknown
  headers?: Record<string, string>
  /** Streams and non-JSON bodies. */
  raw?: BodyInit | ReadableStream<Uint8Array>
  /** `set-cookie` lines, several allowed. */
  cookies?: string[]
}

type Infer<S> = S extends z.ZodType ? z.output<S> : undefined
type CallerFor<W extends Who> =
  | (Extract<W, 'agent' | 'unconfirmed-agent'> extends never ? never : AgentCaller)
  | (Extract<W, 'viewer' | 'approver' | 'owner'> extends never ? never : PersonCaller)
  | (Extract<W, 'public'> extends never ? never : Caller | null)

/** A request as it came, for what is proved over its bytes. */
export interface RawRequest {
  readonly method: string
  /** Path and query as sent. */
  readonly target: string
  /** The Host that counts. */
  readonly authority: string
  /** Duplicates visible. */
  readonly headers: readonly (readonly [string, string])[]
  /** Lower-case names; duplicates joined by a comma. */
  readonly headerMap: Record<string, string>
  readonly body: Uint8Array | null
  /** The handler reads the body; what a signature covers of it is `contentSha256`. */
  readonly streamed: boolean
  /** Our own names. */
  readonly names: readonly string[]
  contentSha256: Uint8Array | null
  /** What the answer carries as x-request-id: on every line that is logged of this request. */
  readonly requestId: string
}

export interface Input<W extends Who, B, Q> {
  caller: CallerFor<W>
  body: Infer<B>
  query: Infer<Q>
  /** `{name}` parts of the path, decoded. */
  path: Record<string, string>
  /** Lower-case names. */
  headers: Record<string, string>
  /** The address of the other end, by the trusted proxies' word if they are. */
  remote: string
  /** Ends when the client goes away or the caller's right ends. */
  signal: AbortSignal
  /** The request itself, where a body is streamed (`stream: true`). */
  request: Request
  raw: RawRequest
  requestId: string
}

export interface RouteSpec<W extends Who, B extends z.ZodType | undefined, Q extends z.ZodType | undefined> {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** `/api/v1/actions/{id}` */
  path: string
  /** One sentence for /openapi.json. */
  summary: string
  who: readonly W[]
  /** The scope a personal token needs. */
  scope: Scope | null
  /** Needs a sign-in within the last five minutes (sessions), or a token with the scope. */
  fresh?: boolean
  /** What it writes to the log, or why nothing. */
  logs: readonly EntryType[] | { none: string }
  body?: B
  query?: Q
  /** The handler reads the body itself. */
  stream?: boolean
  /** Schemas of successful answers by status; `null`: no JSON body. */
  answers: Record<number, z.ZodType | null>
  handler(input: Input<W, B, Q>): Promise<Answer>
}
/** A route whose types have done their work. */
export type Route = RouteSpec<Who, z.ZodType | undefined, z.ZodType | undefined>

/** Declares a route; erases its types only after the handler was checked against them. */
export function route<
  const W extends Who,
  B extends z.ZodType | undefined = undefined,
  Q extends z.ZodType | undefined = undefined,
>(spec: RouteSpec<W, B, Q>): Route {
  const { handler, ...rest } = spec
  // The dispatcher parses body and query by these schemas and checks the caller by `who` before it calls.
  return { ...rest, handler: (input) => handler(input as Input<W, B, Q>) } as Route
}

export const ok = (body: unknown, status = 200): Answer => ({ status, body })
export const nothing: Answer = { status: 204 }
