import type { Action } from '@permission-slip/protocol/action.ts'
import { isEnd, type Status } from '@permission-slip/protocol/states.ts'
import { ApiError, Unreachable } from './errors.ts'

/** The most that one long poll waits, in seconds. */
export const longestPoll = 60

/** Nothing more comes of waiting: it is at an end, or only a person can find out how it ended. */
export const isSettled = (status: Status): boolean => isEnd(status) || status === 'unknown'

export const remaining = (deadline: number): number => Math.max(0, Math.ceil((deadline - Date.now()) / 1000))

/**
 * Looks at an action until it is settled or `deadline` (milliseconds since 1970) has passed. An unreachable server is
 * asked again until then: looking changes nothing.
 */
export async function waitUntilSettled(
  look: (wait: number) => Promise<Action>,
  deadline: number,
  first: Action | null = null,
  signal?: AbortSignal,
): Promise<Action> {
  let action = first
  for (let failures = 0; action === null || !isSettled(action.status); ) {
    const left = remaining(deadline)
    if (action !== null && left === 0) return action
    try {
      action = await look(Math.min(left, longestPoll))
      failures = 0
    } catch (cause) {
      if (!mayPass(cause) || left === 0) throw cause
      failures += 1
      await pause(Math.min(2 ** failures / 2, 10, left), signal)
    }
  }
  return action
}

/** A failure that time may mend. */
export const mayPass = (cause: unknown): boolean =>
  cause instanceof Unreachable ||
  (cause instanceof ApiError &&
    (cause.status === 429 || cause.status >= 500) &&
    cause.status !== 501 &&
    cause.status !== 507)

export function pause(seconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((done, fail) => {
    signal?.throwIfAborted()
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      done()
    }, seconds * 1000)
    const stop = () => {
      clearTimeout(timer)
      fail(signal?.reason)
    }
    signal?.addEventListener('abort', stop, { once: true })
  })
}
