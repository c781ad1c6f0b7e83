import { Refusal } from '@permission-slip/protocol/errors.ts'
import type { Context } from '../context.ts'
import type { ActionRow } from '../db/schema/actions.ts'
import type { ConnectionRow } from '../db/schema/connections.ts'
import { finish } from './finish.ts'
import { Moved } from './move.ts'
import { askProbe, type Execution, type Outcome, performOnce, prepare } from './perform.ts'
import { hardLimitMs, start } from './start.ts'

/** Starts what is approved and sees it to its end. One a copy. */
export interface Executor {
  /** Something approved may be started now. Never waits, never throws. */
  kick(id: string): void
  /** Takes over a started execution whose owner is gone; `until` by the monotonic clock. */
  resume(
    row: ActionRow,
    connection: ConnectionRow | null,
    until: number,
    work: (x: Execution | null) => Promise<Outcome>,
  ): void
  isRunning(id: string): boolean
  /** Starts nothing more; resolves when all that runs has ended, at most after `ms`. */
  drain(ms: number): Promise<void>
}

/** Waits between sends of a read, or of the same key, in milliseconds. */
const pauses = [300, 1500]

export function makeExecutor(getContext: () => Context): Executor {
  const running = new Map<string, Promise<void>>()
  /** Approved actions that found their connection busy, in the order in which they came. */
  const waiting = new Set<string>()
  let draining = false

  /** `work` says whether something ended that others may have waited for. */
  const track = (id: string, work: () => Promise<boolean>) => {
    if (draining || running.has(id)) return
    const ctx = getContext()
    const run = work()
      .catch((error: unknown) => {
        if (!(error instanceof Moved))
          ctx.logger.error({ err: error, action: id }, 'an execution could not be recorded')
        return false
      })
      .then((ended) => {
        running.delete(id)
        // Whoever had to wait did not end anything: waking the others then would have them wake each other for ever.
        if (!ended) return
        for (const next of [...waiting].slice(0, 16)) {
          waiting.delete(next)
          executor.kick(next)
        }
      })
    running.set(id, run)
  }

  const executor: Executor = {
    kick: (id) =>
      track(id, async () => {
        const ctx = getContext()
        const until = ctx.clock.monotonic() + hardLimitMs
        const started = await start(ctx, id)
        if (started.did === 'later') waiting.add(id)
        if (started.did !== 'started') return false
        await toItsEnd(ctx, started.row, started.connection, until, (x) =>
          x ? perform(ctx, x) : Promise.resolve(unproved),
        )
        return true
      }),
    resume: (row, connection, until, work) =>
      track(row.id, async () => {
        await toItsEnd(getContext(), row, connection, until, work)
        return true
      }),
    isRunning: (id) => running.has(id),
    async drain(ms) {
      draining = true
      const all = Promise.allSettled([...running.values()])
      let timer: ReturnType<typeof setTimeout> | undefined
      await Promise.race([all, new Promise((resolve) => (timer = setTimeout(resolve, ms)))])
      clearTimeout(timer)
    },
  }
  return executor
}

const unproved: Outcome = {
  to: 'failed',
  by: 'executor',
  code: 'approval_unproved',
  message: 'The log does not prove the approval; nothing was sent.',
  partial: false,
}

async function toItsEnd(
  ctx: Context,
  row: ActionRow,
  connection: ConnectionRow | null,
  until: number,
  work: (x: Execution | null) => Promise<Outcome>,
): Promise<void> {
  const end = new AbortController()
  const timer = setTimeout(() => end.abort(), until - ctx.clock.monotonic())
  try {
    const outcome = await prepare(ctx, row, connection, { signal: end.signal, until }).then(work, (error: unknown) =>
      unprepared(ctx, row, error),
    )
    await recorded(ctx, row, outcome)
  } finally {
    clearTimeout(timer)
  }
}

/** The credential does not open, the connector is gone: nothing is sent now, and what was sent before stays unknown. */
function unprepared(ctx: Context, row: ActionRow, error: unknown): Outcome {
  ctx.logger.error({ err: error, action: row.id }, 'an execution could not be prepared')
  if (row.attempt > 1)
    return {
      to: 'unknown',
      code: 'outcome_unknown',
      message: 'The server stopped while it was running, and what it needs to find out is gone.',
    }
  const message = error instanceof Refusal ? error.message : 'Something went wrong here before anything was sent.'
  return {
    to: 'failed',
    by: 'executor',
    code: error instanceof Refusal && error.code === 'no_connection' ? 'credential_refused' : 'internal',
    message,
    partial: false,
  }
}

/** An outcome that can't be written is tried again for as long as the lease holds; after that recovery finds it. */
async function recorded(ctx: Context, row: ActionRow, outcome: Outcome): Promise<void> {
  const until = ctx.clock.monotonic() + 60_000
  for (let wait = 100; ; wait = Math.min(wait * 2, 5000)) {
    try {
      return await finish(ctx, row, outcome)
    } catch (error) {
      if (error instanceof Moved || ctx.clock.monotonic() > until) throw error
      ctx.logger.warn({ err: error, action: row.id }, 'an outcome could not be written yet')
      await new Promise((resolve) => setTimeout(resolve, wait))
    }
  }
}

/** Sends, and where an answer is missing: a read again, the same key again within its window, or the probe. */
export async function perform(ctx: Context, x: Execution, firstAttempt = x.row.attempt): Promise<Outcome> {
  let outcome = await performOnce(ctx, x, firstAttempt)
  for (const [i, pause] of pauses.entries()) {
    if (!outcome.maySendAgain || x.signal.aborted) break
    if (x.action.effect !== 'read' && !withinWindow(x, ctx.clock.now())) break
    await new Promise((resolve) => setTimeout(resolve, pause))
    outcome = await performOnce(ctx, x, firstAttempt + i + 1)
  }
  if (outcome.to !== 'unknown') return outcome
  const found = await askProbe(ctx, x)
  if (found === null) return outcome
  // What an answer said of the credential before counts, however it is settled.
  return outcome.leaked ? { ...found, leaked: true } : found
}

/** A key that the service has forgotten would make it happen twice: a margin of a tenth stays unused. */
export const withinWindow = (x: Pick<Execution, 'action' | 'row'>, now: number): boolean =>
  x.action.idempotency !== null &&
  x.row.started_at !== null &&
  now < x.row.started_at + x.action.idempotency.window_s * 900
