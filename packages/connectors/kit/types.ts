import type { Effect, Risk, Summary } from '@permission-slip/protocol/action.ts'
import type { AuthMethod } from '@permission-slip/protocol/connector.ts'
import type { Json, JsonObject } from '@permission-slip/protocol/json.ts'
import type { z } from 'zod'
import type { Io } from './io.ts'

/** What an action knows besides its parameters. Pure: no clock, no randomness, no credential. */
export interface Context {
  /** The connection's non-secret fields. */
  readonly fields: Readonly<Record<string, string>>
  /** The service's stable id of the account, if it has one. */
  readonly account: string | null
  /** A key fixed for the action: the same at every try of it. */
  readonly key: string
  /** When its execution was first recorded as started: milliseconds since 1970. */
  readonly now: number
  /** Name of the connection's way to sign in, where it decides the address. */
  readonly auth?: string
  /** Bytes of a file that a parameter names; the server loads them before it starts. */
  readonly file?: (ref: FileRef) => Uint8Array
}

/** A stored file as it stands in parameters: the digest of an action covers the bytes by `sha256`. */
export interface FileRef {
  readonly id: string
  readonly name: string
  readonly type: string
  readonly size: number
  readonly sha256: string
}

/** One request, before the credential is put on. */
export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Which of the connector's origins; or a whole address from an earlier answer, sent without the credential. */
  readonly to: { readonly origin: string } | { readonly handoff: string; readonly hosts: readonly string[] }
  /** Path with its query, already encoded, beginning with `/`. Empty for a hand-off. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | null
  /** True for a request that changes nothing although its method could (a search by POST, a GraphQL query). */
  readonly reads?: boolean
  /** Statuses beside 2xx that are an answer, not a fault. */
  readonly accept?: readonly number[]
  /** How the answer becomes JSON, where it is not JSON. Throws when it can't be read. */
  readonly decode?: (answer: WireAnswer) => Json
}

/** A request as it leaves: address complete, still without the credential. */
export interface WireRequest {
  readonly step: number
  readonly method: HttpRequest['method']
  readonly url: string
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | null
  /** False for a hand-off: the credential stays home. */
  readonly credential: boolean
  /** The idempotency key this step carries, if the service takes one. */
  readonly key: string | null
  readonly handoff: boolean
}
export interface WireAnswer {
  readonly status: number
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** Sends one recorded request. Rejects with one of the errors in `faults.ts`. */
export type Send = (request: WireRequest) => Promise<WireAnswer>

/** How a probe answers: `found` settles it as succeeded with this result. */
export type Probed = { found: true; result: Json } | { found: false; certain: boolean }

/** How a credential is put on a request. Data: the server applies it, the connector never sees it. */
export type Apply =
  | { readonly kind: 'none' }
  | { readonly kind: 'bearer'; readonly secret: string }
  | {
      readonly kind: 'basic'
      readonly user: { secret: string } | { field: string } | { text: string }
      readonly password: { secret: string } | { text: string }
    }
  | { readonly kind: 'header'; readonly name: string; readonly secret: string; readonly prefix?: string }
  | { readonly kind: 'query'; readonly name: string; readonly secret: string }
  /** Standard Webhooks (webhook-id, webhook-timestamp, webhook-signature) with the key as id. */
  | { readonly kind: 'standard-webhooks'; readonly secret: string }
  /** The bound client of `run` uses these fields itself: databases. */
  | { readonly kind: 'driver' }

export interface Auth extends AuthMethod {
  readonly apply: Apply
}

/** A constant, or a pure function of the connection's non-secret fields and the name of its way to sign in. */
export type Origin = string | ((fields: Readonly<Record<string, string>>, auth: string) => string)

export interface Action {
  readonly id: string
  readonly title: string
  readonly description: string
  readonly effect: Effect
  readonly risk: Risk
  readonly scopes: readonly string[]
  /** Strict at every depth; parsing only fills defaults. */
  readonly params: z.ZodObject
  readonly result: z.ZodType
  /** Paths in the result that are credentials: they go to the vault and the agent gets an id. */
  readonly secret: readonly string[]
  readonly code: readonly string[]
  readonly pins: Readonly<Record<string, { by: string } | { unpinned: string }>>
  readonly undo: { action: string; say: string } | 'irreversible' | null
  readonly idempotency: {
    readonly where: string
    readonly window_s: number
    readonly scope: 'account' | 'origin'
  } | null
  /** `files`: the text of each file that the example names, by id. */
  readonly example: {
    readonly params: JsonObject
    readonly fields?: Readonly<Record<string, string>>
    readonly answers?: readonly Json[]
    readonly files?: Readonly<Record<string, string>>
  }
  summary(params: JsonObject): Summary
  amount(params: JsonObject): { value: number; currency: string; unit: 'minor' | 'major' }[]
  /** Exactly one of `request` and `run`. */
  readonly request:
    | ((params: JsonObject, ctx: Context) => HttpRequest | Generator<HttpRequest, Json, WireAnswer>)
    | null
  readonly run: ((params: JsonObject, io: Io, ctx: Context) => Promise<Json>) | null
  readonly probe:
    | {
        readonly request: (params: JsonObject, ctx: Context) => HttpRequest
        readonly read: (answer: WireAnswer, params: JsonObject, ctx: Context) => Probed
        readonly settles_after_s: number
      }
    | { readonly run: (params: JsonObject, io: Io, ctx: Context) => Promise<Probed>; readonly settles_after_s: number }
    | null
  /** Start-by time in seconds after the decision, if not the default of 300. */
  readonly start_within_s: number | null
}

export interface Connector {
  readonly id: string
  readonly name: string
  readonly family: string | null
  readonly description: string
  readonly docs: string
  /** False for what needs no account (`notebook`). */
  readonly account: boolean
  /** Constants, or pure functions of the non-secret fields. `api` is the default. */
  readonly origins: Readonly<Record<string, Origin>>
  /** Headers on every request, such as the service's API version. */
  readonly headers: Readonly<Record<string, string>>
  /** Speaks before the common error map: a fault the service states in its own way (`ok: false`), or null. */
  readonly fault: ((answer: WireAnswer, request: HttpRequest) => Error | null) | null
  /** Non-secret fields that decide where requests go or as whom: the secret is sealed to them. */
  readonly destination: readonly string[]
  readonly auth: readonly Auth[]
  /** Which bound client `run` gets, if any. */
  readonly driver: 'notebook' | 'mysql' | 'postgres' | 'redis' | null
  readonly actions: Readonly<Record<string, Action>>
  /** A read that tells whether the credential works and whose account it is. */
  readonly check: {
    readonly request?: (ctx: Context) => HttpRequest
    readonly read?: (answer: WireAnswer) => { account_id: string | null; account: string | null; warnings: string[] }
    readonly run?: (
      io: Io,
      ctx: Context,
    ) => Promise<{ account_id: string | null; account: string | null; warnings: string[] }>
  } | null
  /** Takes apart what a person pasted (a database URL) into the form's own fields; throws FieldFault. */
  readonly normalise: ((fields: Record<string, string>) => Record<string, string>) | null
}
