import type { Effect, Risk, Summary } from '@permission-slip/protocol/action.ts'
import { effects, risks } from '@permission-slip/protocol/action.ts'
import type { Json, JsonObject } from '@permission-slip/protocol/json.ts'
import { z } from 'zod'
import { type Out, type ResultSpec, schemaOf } from './answer.ts'
import type { Io } from './io.ts'
import type { Action, Connector, Context, HttpRequest, Probed, WireAnswer } from './types.ts'
import { keepingParts, looseParts } from './walk.ts'

type Shape = Readonly<Record<string, z.ZodType>>
export type ParamsOf<P extends Shape> = z.output<z.ZodObject<P, z.core.$strict>>

/** Where the service takes a key: a header, which the kit sets, or a field, which the request fills with `ctx.key`. */
export type Idempotency = ({ readonly header: string } | { readonly field: string }) & {
  readonly window_s: number
  readonly scope: 'account' | 'origin'
}
export type Amount = { value: number; currency: string; unit: 'minor' | 'major' }

interface Common<P extends Shape, R extends ResultSpec> {
  readonly title: string
  readonly description?: string
  readonly effect: Effect
  /** Only to raise what follows from the effect. */
  readonly risk?: Risk
  readonly scopes?: readonly string[]
  readonly params: P
  readonly result: R
  readonly secret?: readonly string[]
  readonly code?: readonly (keyof P & string)[]
  readonly pins?: { readonly [K in keyof P & string]?: { by: keyof P & string } | { unpinned: string } }
  readonly undo?: { action: string; say: string } | 'irreversible'
  readonly start_within_s?: number
  readonly example: Action['example']
  summary(p: ParamsOf<P>): Summary
  amount?(p: ParamsOf<P>): Amount[]
}
interface OverHttp<P extends Shape, R extends ResultSpec> extends Common<P, R> {
  request(p: ParamsOf<P>, ctx: Context): HttpRequest | Generator<HttpRequest, Returned<R>, WireAnswer>
  readonly idempotency?: Idempotency
  readonly probe?: {
    request(p: ParamsOf<P>, ctx: Context): HttpRequest
    read(answer: WireAnswer, p: ParamsOf<P>, ctx: Context): Probed
    readonly settles_after_s: number
  }
}
interface OverDriver<P extends Shape, R extends ResultSpec> extends Common<P, R> {
  run(p: ParamsOf<P>, io: Io, ctx: Context): Promise<unknown>
  readonly probe?: {
    run(p: ParamsOf<P>, io: Io, ctx: Context): Promise<Probed>
    readonly settles_after_s: number
  }
}
type Returned<R extends ResultSpec> = R extends z.ZodType
  ? z.input<R>
  : R extends Shape
    ? z.input<z.ZodObject<R>>
    : never

/** An action before its connector gives it a name. */
export type Unnamed = Omit<Action, 'id'>

const usualRisk: Readonly<Record<Effect, Risk>> = {
  read: 'low',
  create: 'medium',
  update: 'medium',
  delete: 'high',
  send: 'high',
  pay: 'high',
  run: 'high',
}

/** An action over HTTP. Every function gets parameters that went through the schema, never anything else. */
export function action<const P extends Shape, R extends ResultSpec>(spec: OverHttp<P, R>): Unnamed {
  const schema = z.strictObject(spec.params)
  const { probe, idempotency } = spec
  return {
    ...common(spec, schema),
    idempotency: idempotency
      ? {
          where: 'header' in idempotency ? `header:${idempotency.header.toLowerCase()}` : `field:${idempotency.field}`,
          window_s: idempotency.window_s,
          scope: idempotency.scope,
        }
      : null,
    request: (params, ctx) => {
      const made = spec.request(schema.parse(params), ctx)
      return isSteps(made) ? returning(made) : made
    },
    run: null,
    probe: probe
      ? {
          request: (params, ctx) => probe.request(schema.parse(params), ctx),
          read: (answer, params, ctx) => probe.read(answer, schema.parse(params), ctx),
          settles_after_s: probe.settles_after_s,
        }
      : null,
  }
}

/** An action that is not HTTP: `run` gets the bound client of the connector's driver. */
export function driven<const P extends Shape, R extends ResultSpec>(spec: OverDriver<P, R>): Unnamed {
  const schema = z.strictObject(spec.params)
  const { probe } = spec
  return {
    ...common(spec, schema),
    idempotency: null,
    request: null,
    run: async (params, io, ctx) => (await spec.run(schema.parse(params), io, ctx)) as Json,
    probe: probe
      ? {
          run: (params, io, ctx) => probe.run(schema.parse(params), io, ctx),
          settles_after_s: probe.settles_after_s,
        }
      : null,
  }
}

function common<P extends Shape, R extends ResultSpec>(spec: Common<P, R>, schema: z.ZodObject<P, z.core.$strict>) {
  const pins: Record<string, { by: string } | { unpinned: string }> = {}
  for (const [name, pin] of Object.entries(spec.pins ?? {}))
    if (pin) pins[name] = pin as { by: string } | { unpinned: string }
  return {
    title: spec.title,
    description: spec.description ?? '',
    effect: spec.effect,
    risk: spec.risk ?? usualRisk[spec.effect],
    scopes: spec.scopes ?? [],
    params: schema,
    result: schemaOf(spec.result),
    secret: spec.secret ?? [],
    code: spec.code ?? [],
    pins,
    undo: spec.undo ?? null,
    example: spec.example,
    start_within_s: spec.start_within_s ?? null,
    summary: (params: JsonObject) => spec.summary(schema.parse(params)),
    amount: (params: JsonObject) => spec.amount?.(schema.parse(params)) ?? [],
  }
}

export const isSteps = (
  made: HttpRequest | Generator<HttpRequest, unknown, WireAnswer>,
): made is Generator<HttpRequest, unknown, WireAnswer> => Symbol.iterator in made

function* returning(steps: Generator<HttpRequest, unknown, WireAnswer>): Generator<HttpRequest, Json, WireAnswer> {
  return (yield* steps) as Json
}

export interface ConnectorSpec
  extends Pick<Connector, 'id' | 'name' | 'docs'>,
    Partial<
      Pick<
        Connector,
        'family' | 'description' | 'account' | 'origins' | 'headers' | 'fault' | 'destination' | 'driver' | 'normalise'
      >
    > {
  readonly auth?: Connector['auth']
  readonly check?: Connector['check']
  readonly actions: Readonly<Record<string, Unnamed>>
}

/** Puts a connector together, and refuses one that breaks a rule of the kit as soon as it is loaded. */
export function defineConnector(spec: ConnectorSpec): Connector {
  const actions: Record<string, Action> = {}
  for (const [id, a] of Object.entries(spec.actions)) {
    const wrong = [...looseParts(a.params), ...keepingParts(a.result), ...risky(spec, id, a)]
    // What a service returns as a credential would have to go to the vault, which keeps connections' secrets only so far.
    if (a.secret.length > 0) wrong.push('secret: results with credentials are not in this version')
    for (const name of a.code) if (!Object.hasOwn(a.params.shape, name)) wrong.push(`code: no parameter ${name}`)
    if (wrong.length > 0) throw new TypeError(`${spec.id}.${id}: ${wrong.join('; ')}`)
    actions[id] = { id, ...a }
  }
  for (const a of Object.values(actions))
    if (a.undo !== null && a.undo !== 'irreversible' && !actions[a.undo.action])
      throw new TypeError(`${spec.id}.${a.id}: undo names ${a.undo.action}, which is not there`)
  return {
    id: spec.id,
    name: spec.name,
    family: spec.family ?? null,
    description: spec.description ?? '',
    docs: spec.docs,
    account: spec.account ?? true,
    origins: spec.origins ?? {},
    headers: spec.headers ?? {},
    fault: spec.fault ?? null,
    destination: spec.destination ?? [],
    auth: spec.auth ?? [],
    driver: spec.driver ?? null,
    actions,
    check: spec.check ?? null,
    normalise: spec.normalise ?? null,
  }
}

function risky(spec: ConnectorSpec, id: string, a: Unnamed): string[] {
  if (!effects.includes(a.effect)) return [`effect ${a.effect} is not one`]
  const lowered = risks.indexOf(a.risk) < risks.indexOf(usualRisk[a.effect])
  // The one exception: a database's own read-only query, whose text could still call any function.
  const exception = spec.driver !== undefined && id === 'query' && a.effect === 'run' && a.risk === 'medium'
  return lowered && !exception ? [`risk ${a.risk} is lower than ${a.effect} allows`] : []
}

export type ResultOf<R extends ResultSpec> = Out<R>
