import type { RenderedRequest } from '@permission-slip/protocol/action.ts'
import { Refusal } from '@permission-slip/protocol/errors.ts'
import type { Json, JsonObject } from '@permission-slip/protocol/json.ts'
import { isSteps } from './define.ts'
import type { Place } from './origin.ts'
import { NoAnswer, type Recorded, recorder } from './recorder.ts'
import type { Action, Connector, Context, WireAnswer, WireRequest } from './types.ts'
import { toWire } from './wire.ts'

const utf8 = new TextEncoder()

export interface RenderOptions extends Place {
  /** True if the parameters are the example's own. */
  readonly example?: boolean
}

/**
 * The exact requests of an action, nothing sent and no credential near. Of several steps the later ones need answers,
 * and these come from the action's example: such a request is marked `example`. Where the example does not reach, the
 * list ends.
 */
export async function render(
  connector: Connector,
  action: Action,
  params: JsonObject,
  ctx: Context,
  options: RenderOptions = {},
): Promise<RenderedRequest[]> {
  const answers = action.example.answers ?? []
  const made: RenderedRequest[] = []
  const add = async (wire: WireRequest): Promise<void> => {
    made.push(await rendered(connector, action, wire, options.example === true || wire.step > 1))
  }
  if (action.run) {
    const asked: Recorded[] = []
    try {
      await action.run(
        params,
        recorder(answers, (r) => asked.push(r)),
        ctx,
      )
    } catch (error) {
      if (asked.length === 0 || error instanceof Refusal || options.example) throw error
    }
    return asked.map(({ method, body }, i) => ({
      connector: connector.id,
      action: action.id,
      step: i + 1,
      method,
      url: null,
      headers: {},
      body,
      example: options.example === true || i > 0,
      handoff: false,
    }))
  }
  if (!action.request) throw new TypeError(`${connector.id}.${action.id} has neither request nor run`)
  const request = action.request(params, ctx)
  if (!isSteps(request)) {
    await add(toWire(connector, action, request, ctx, 1, options))
    return made
  }
  let next = request.next()
  for (let step = 1; next.done !== true; step++) {
    await add(toWire(connector, action, next.value, ctx, step, options))
    const given = answers[step - 1]
    if (given === undefined) {
      if (options.example) throw new NoAnswer(`${connector.id}.${action.id}: the example has no answer to step ${step}`)
      return made
    }
    try {
      next = request.next(answerOf(given))
    } catch (error) {
      // The example's answers fit the example's parameters; with others the later steps can't be foretold.
      if (options.example) throw error
      return made
    }
  }
  return made
}

const answerOf = (value: Json): WireAnswer => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: utf8.encode(JSON.stringify(value)),
})

async function rendered(
  connector: Connector,
  action: Action,
  wire: WireRequest,
  example: boolean,
): Promise<RenderedRequest> {
  const text = wire.body === null ? null : textOf(wire.body)
  return {
    connector: connector.id,
    action: action.id,
    step: wire.step,
    method: wire.method,
    url: wire.url,
    headers: { ...wire.headers },
    body: text,
    ...(wire.body !== null && text === null ? { body_sha256: await sha256(wire.body) } : {}),
    example,
    handoff: wire.handoff,
  }
}

function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}

async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new Uint8Array(bytes))
  return [...new Uint8Array(digest)].map((b) => b.toString(16).padStart(2, '0')).join('')
}

/** What an example runs in: its own fields, and a key and an instant that are plainly made up. */
export function exampleContext(action: Action, auth?: string): Context {
  const files = action.example.files ?? {}
  return {
    fields: action.example.fields ?? {},
    account: null,
    key: 'example-key',
    now: Date.UTC(2026, 0, 1),
    ...(auth === undefined ? {} : { auth }),
    file: (ref) => {
      const text = Object.hasOwn(files, ref.id) ? files[ref.id] : undefined
      if (text === undefined) throw new Error(`the example has no file ${ref.id}`)
      return utf8.encode(text)
    },
  }
}
