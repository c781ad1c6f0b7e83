import type { Action, Submission } from '@permission-slip/protocol/action.ts'
import { encodeBase64url } from '@permission-slip/protocol/base64.ts'
import type { Explanation } from '@permission-slip/protocol/rule.ts'
import type { Status } from '@permission-slip/protocol/states.ts'
import { ApiError } from './errors.ts'
import { longestPoll, mayPass, pause, remaining, waitUntilSettled } from './settle-wait.ts'
import type { Page, Transport } from './transport.ts'

/** Zod fills defaults: what a caller gives may leave them out. */
export type Submit = Omit<Submission, 'params'> & { params?: Submission['params'] }
export interface SubmitOptions {
  /** Seconds until it answers even if nothing was decided; more than 60 is asked for in turns. */
  readonly wait?: number
  /** One for each thing that is to happen, the same for every try of it. Made here if none is given. */
  readonly idempotencyKey?: string
  /** How often an unanswered submission is sent again, with the same key. */
  readonly retries?: number
  readonly signal?: AbortSignal
}
export interface LookOptions {
  readonly wait?: number
  readonly signal?: AbortSignal
}
export interface ActionsApi {
  submit(submission: Submit, options?: SubmitOptions): Promise<Action>
  get(id: string, options?: LookOptions): Promise<Action>
  list(filter?: { status?: Status; cursor?: string }): Promise<Page<Action>>
  cancel(id: string): Promise<Action>
  settle(id: string, outcome: { happened: boolean; note?: string }): Promise<Action>
  retry(id: string): Promise<Action>
  explain(id: string): Promise<Explanation>
}

export const newIdempotencyKey = (): string => encodeBase64url(crypto.getRandomValues(new Uint8Array(24)))

export function actionsApi(t: Transport): ActionsApi {
  const at = (id: string, verb = '') => `/api/v1/actions/${encodeURIComponent(id)}${verb}`
  const look = (id: string, signal: AbortSignal | undefined) => (wait: number) =>
    t.json<Action>('GET', at(id), { query: { wait: wait === 0 ? null : wait }, timeout: wait + 30, signal })
  return {
    get: (id, { wait = 0, signal } = {}) =>
      wait === 0 ? look(id, signal)(0) : waitUntilSettled(look(id, signal), Date.now() + wait * 1000, null, signal),
    submit: async (submission, options = {}) => {
      const deadline = Date.now() + (options.wait ?? 0) * 1000
      const action = await submitOnce(t, submission, deadline, options)
      return waitUntilSettled(look(action.id, options.signal), deadline, action, options.signal)
    },
    list: (filter = {}) => t.json('GET', '/api/v1/actions', { query: filter }),
    cancel: (id) => t.json('POST', at(id, '/cancel'), { json: {} }),
    settle: (id, outcome) => t.json('POST', at(id, '/settle'), { json: outcome }),
    retry: (id) => t.json('POST', at(id, '/retry'), { json: {} }),
    explain: (id) => t.json('GET', at(id, '/explain')),
  }
}

/** Tries until an answer came, always with the same key: the server takes it once. */
async function submitOnce(t: Transport, submission: Submit, deadline: number, options: SubmitOptions): Promise<Action> {
  const key = options.idempotencyKey ?? newIdempotencyKey()
  for (let tries = 0; ; tries++) {
    const wait = Math.min(remaining(deadline), longestPoll)
    try {
      return await t.json<Action>('POST', '/api/v1/actions', {
        query: { wait: wait === 0 ? null : wait },
        json: submission,
        headers: { 'idempotency-key': key },
        timeout: wait + 30,
        signal: options.signal,
      })
    } catch (cause) {
      if (!mayPass(cause) || tries >= (options.retries ?? 2)) throw cause
      const asked = cause instanceof ApiError ? cause.retryAfter : null
      if (asked !== null && asked > 10) throw cause
      await pause(asked ?? 2 ** tries / 2, options.signal)
    }
  }
}
