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
      if (now >= most) throw new Refusal('too_many_waits', `At most ${most} long polls at once.`, { more: { limit: 'long_polls' } })
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
export const isSettled = (row: Pick<ActionRow, 'status'>): boolean => isEnd(row.status as Status) || row.status === 'unknown'

/** Waits until the action is settled, `seconds` have passed, the client is gone or its right has ended. */
export async function waitFor(ctx: Context, row: ActionRow, seconds: number, signal: AbortSignal, still: () => Promise<boolean>): Promise<ActionRow> {
  const end = ctx.clock.monotonic() + seconds * 1000
  let checked = ctx.clock.monotonic()
  let now = row
  while (!isSettled(now) && !signal.aborted) {
    const left = end - ctx.clock.monotonic()
    if (left <= 0) break
    // A hint can be missed (another copy, a lost connection), so it is read again every few seconds.
    await ctx.hub.wait(row.id, Math.min(left, 3000), signal)
    now = await readAction(ctx.db, row.id, null)
    if (ctx.clock.monotonic() - checked > 30_000) {
      checked = ctx.clock.monotonic()
      if (!(await still())) throw new Refusal('unauthenticated', 'The right to wait has ended.')
    }
  }
  return now
}
