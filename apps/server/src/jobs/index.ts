import { recover } from '../actions/recover.ts'
import { newestEntry } from '../clock-guard.ts'
import type { Context } from '../context.ts'
import { expireActions } from './expire.ts'
import { sweepNonces } from './sweep.ts'

interface Job {
  name: string
  everyMs: number
  run(ctx: Context): Promise<void>
  /** Also while the database is held for being older than its checkpoint: it moves no action. */
  evenHeld?: true
}

/** What the clock does, in full. Each is safe on several copies at once: it compares and sets. */
export const jobs: readonly Job[] = [
  { name: 'checkpoint', everyMs: 900, run: async (ctx) => void (await ctx.checkpointer.checkpoint()), evenHeld: true },
  { name: 'clock', everyMs: 1000, run: lookAtClock, evenHeld: true },
  { name: 'expire', everyMs: 1000, run: expireActions },
  { name: 'start', everyMs: 1000, run: startApproved },
  { name: 'recover', everyMs: 5000, run: async (ctx) => void (await recover(ctx, false)) },
  { name: 'sweep', everyMs: 60_000, run: sweepNonces },
  { name: 'refused', everyMs: 60_000, run: (ctx) => ctx.refused.flush(), evenHeld: true },
  { name: 'people', everyMs: 60_000, run: (ctx) => ctx.people.sweep(), evenHeld: true },
]

async function lookAtClock(ctx: Context): Promise<void> {
  ctx.clockGuard.look(await newestEntry(ctx.db))
}

/** Approved actions that no copy has started: after a restart, or when their connection was busy. */
async function startApproved(ctx: Context): Promise<void> {
  if (ctx.clockGuard.problem() !== null) return
  const rows = await ctx.db
    .selectFrom('actions')
    .select('id')
    .where('status', '=', 'approved')
    .orderBy('id')
    .limit(5000)
    .execute()
  for (const { id } of rows) ctx.executor.kick(id)
}

/** Runs every job at its interval, never twice at once. Returns what stops them and waits for those under way. */
export function startJobs(ctx: Context): () => Promise<void> {
  const running = new Set<Promise<void>>()
  const timers = jobs
    .filter((job) => ctx.held === null || job.evenHeld)
    .map((job) => {
      let busy = false
      return setInterval(() => {
        if (busy) return
        busy = true
        const run = job
          .run(ctx)
          .catch((error: unknown) => ctx.logger.error({ err: error, job: job.name }, 'a job failed'))
          .finally(() => {
            busy = false
            running.delete(run)
          })
        running.add(run)
      }, job.everyMs)
    })
  return async () => {
    for (const timer of timers) clearInterval(timer)
    await Promise.allSettled([...running])
  }
}
