import { Refusal } from '@permission-slip/protocol/errors.ts'
import { isEnd, type Status } from '@permission-slip/protocol/states.ts'
import type { Context } from '../context.ts'
import type { ActionRow } from '../db/schema/actions.ts'
import { readAction } from './row.ts'

/** Long polls under way, by agent. In memory: each copy counts its own. */
export interface Polls {
  enter(agent: string, most: number): () => void
}
export function makePolls(): Polls {
  const open = new Map<string, number>()
  return {
    enter(agent, most) {
      const now = open.get(agent) ?? 0
      if (now >= most)
        throw new Refusal('too_many_waits', `At most ${most} long polls at once.`, { more: { limit: 'long_polls' } })
      open.set(agent, now + 1)
      return () => {
        const left = (open.get(agent) ?? 1) - 1
        if (left > 0) open.set(agent, left)
        else open.delete(agent)
      }
    },
  }
}

/** Settled for whoever asked: an end, or an outcome that only a person can find out. */
export const isSettled = (row: Pick<ActionRow, 'status'>): boolean =>
  isEnd(row.status as Status) || row.status === 'unknown'

/** Waits until the action is settled, `seconds` have passed, the client is gone or its right has ended. */
export async function waitFor(
  ctx: Context,
  row: ActionRow,
  seconds: number,
  signal: AbortSignal,
  caller: { id: string; still: () => Promise<boolean> },
): Promise<ActionRow> {
  const end = ctx.clock.monotonic() + seconds * 1000
  let now = row
  while (!isSettled(now) && !signal.aborted) {
    const left = end - ctx.clock.monotonic()
    if (left <= 0) break
    // A hint can be missed (another copy, a lost connection), so it is read again every few seconds.
    await eitherOf(ctx, [row.id, caller.id], Math.min(left, 3000), signal)
    now = await readAction(ctx.db, row.id, null)
    // What woke it may be the end of the caller's right: nothing is told after that.
    if (!signal.aborted && !(await caller.still())) throw new Refusal('unauthenticated', 'The right to wait has ended.')
  }
  return now
}

async function eitherOf(ctx: Context, subjects: readonly string[], ms: number, signal: AbortSignal): Promise<void> {
  const done = new AbortController()
  const until = AbortSignal.any([signal, done.signal])
  await Promise.race(subjects.map((subject) => ctx.hub.wait(subject, ms, until)))
  done.abort()
}
