import type { Json, JsonObject } from '@permission-slip/protocol/json.ts'
import { decode, missing } from './answer.ts'
import { isSteps } from './define.ts'
import { BadAnswer, ServiceFault, Unanswered } from './faults.ts'
import type { Io } from './io.ts'
import type { Place } from './origin.ts'
import type { Action, Connector, Context, HttpRequest, Send, WireAnswer } from './types.ts'
import { judge } from './verdict.ts'
import { hasEffect, toWire } from './wire.ts'

/** How far an execution came. After an error, `effects > 0` means that something happened: `partial`. */
export interface Progress {
  /** Requests handed to `send`. */
  sent: number
  /** Requests that the service answered, whatever it said. */
  answered: number
  /** Requests with an effect that the service did. */
  effects: number
}
export const newProgress = (): Progress => ({ sent: 0, answered: 0, effects: 0 })

export interface DriveOptions extends Place {
  /** Number of the first step; 1 unless said. */
  readonly startStep?: number
  /** Kept up to date while it runs, so that it can be read after an error. */
  readonly progress?: Progress
  readonly maxAnswerBytes?: number
}
const defaultMaxAnswer = 8 * 1024 * 1024
const maxSteps = 100

/**
 * Runs an HTTP action: one request, or its steps one by one. Each is sent exactly once; nothing here sends again.
 * The result holds only what the action declares. Rejects with the errors of `faults.ts`, or what `send` rejects with.
 */
export async function drive(
  connector: Connector,
  action: Action,
  params: JsonObject,
  ctx: Context,
  send: Send,
  options: DriveOptions = {},
): Promise<Json> {
  if (!action.request) throw new TypeError(`${connector.id}.${action.id} is not HTTP`)
  const progress = options.progress ?? newProgress()
  let step = options.startStep ?? 1
  const one = (request: HttpRequest): Promise<WireAnswer> =>
    sendOne(connector, action, request, ctx, step++, send, options, progress)
  const made = action.request(params, ctx)
  if (!isSteps(made)) {
    const answer = await one(made)
    let value: Json
    try {
      value = decode(made, answer)
    } catch {
      throw new BadAnswer('The answer of the service can not be read.')
    }
    return finish(action, value)
  }
  let next = made.next()
  for (let n = 0; next.done !== true; n++) {
    if (n === maxSteps) throw new TypeError(`${connector.id}.${action.id} takes more than ${maxSteps} requests`)
    const request = next.value
    let answer: WireAnswer
    try {
      answer = await one(request)
    } catch (error) {
      if (!(error instanceof BadAnswer)) throw error
      next = unusable(made, error, step - 1, hasEffect(action, request))
      continue
    }
    next = made.next(answer)
  }
  return finish(action, next.value)
}

/**
 * A step of several that was done, and whose answer can't be used. Its `call` says whether others were to follow it;
 * where nobody says, a step with an effect may have been the last, and one without was asked for the sake of another.
 */
function unusable(
  steps: Generator<HttpRequest, Json, WireAnswer>,
  error: BadAnswer,
  step: number,
  effect: boolean,
): IteratorResult<HttpRequest, Json> {
  try {
    return steps.throw(error)
  } catch (thrown) {
    if (thrown !== error) throw thrown
    if (effect)
      throw new Unanswered(`Step ${step} was done, and nothing says whether others follow it. ${error.message}`)
    throw new ServiceFault(
      'service_failed',
      `Step ${step} can't be used, and nothing was sent after it. ${error.message}`,
    )
  }
}

/** Runs an action of a driver (SQL, Redis, the notebook) with its bound client. */
export async function driveIo(action: Action, params: JsonObject, io: Io, ctx: Context): Promise<Json> {
  if (!action.run) throw new TypeError(`${action.id} is HTTP`)
  return finish(action, await action.run(params, io, ctx))
}

async function sendOne(
  connector: Connector,
  action: Action | null,
  request: HttpRequest,
  ctx: Context,
  step: number,
  send: Send,
  options: DriveOptions,
  progress: Progress,
): Promise<WireAnswer> {
  const wire = toWire(connector, action, request, ctx, step, options)
  const effect = hasEffect(action, request)
  progress.sent++
  const answer = await send(wire).catch((error: unknown) => {
    // Only what the service did has an answer that can't be used.
    if (error instanceof BadAnswer) {
      progress.answered++
      if (effect) progress.effects++
    }
    throw error
  })
  progress.answered++
  judge(connector, request, answer, effect)
  if (effect) progress.effects++
  if (answer.body.length > (options.maxAnswerBytes ?? defaultMaxAnswer))
    throw new BadAnswer('The answer of the service is too large.', 'answer_too_large')
  return answer
}

/** What the agent gets: declared fields only. */
export function finish(action: Action, value: Json): Json {
  const parsed = action.result.safeParse(value ?? {})
  if (parsed.success) return parsed.data as Json
  if (value === null) {
    const nothing = action.result.safeParse(null)
    if (nothing.success) return nothing.data as Json
  }
  throw new BadAnswer(`The answer of the service is not as described: ${missing(parsed.error)}.`)
}

/** One request outside an action (a connection's check, a probe): nothing of it may have an effect. */
export const ask = (
  connector: Connector,
  request: HttpRequest,
  ctx: Context,
  send: Send,
  options: DriveOptions = {},
): Promise<WireAnswer> => sendOne(connector, null, request, ctx, options.startStep ?? 1, send, options, newProgress())
