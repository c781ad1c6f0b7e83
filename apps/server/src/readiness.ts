import type { Context } from './context.ts'
import { schemaVersion } from './db/migrate.ts'
import { migrations } from './db/migrations/index.ts'
import { guardSpace } from './space.ts'

/** A database that takes longer is of no use to anybody who waits. */
const patienceMs = 3000
/** A write this young proves that the database takes them. */
const proofMs = 5000
/** After a try has failed: how long that answer stands, so that who asks often does not write often. */
const againMs = 1000

/**
 * Whether actions are taken and started: nothing, or every reason why not. Anybody may ask, so it says nothing that the
 * database said; that is in the server's own log.
 */
export function makeReadiness(ctx: Context): (requestId: string) => Promise<string[]> {
  let attempt: { began: number; said: Promise<string | null>; failed: boolean | null } | null = null

  async function writes(request: string): Promise<string | null> {
    const now = ctx.clock.monotonic()
    const { appendedAt, failed, since } = ctx.writer.state()
    if (since !== null && now - since > patienceMs)
      return `the database has been writing for ${Math.floor((now - since) / 1000)} s`
    const tried = attempt?.failed === false ? attempt.began : null
    const proof = Math.max(appendedAt ?? Number.NEGATIVE_INFINITY, tried ?? Number.NEGATIVE_INFINITY)
    if (failed === null && now - proof < proofMs) return null
    // Nothing was written lately, or it failed: one true write says how it is, for all who ask meanwhile.
    if (attempt?.failed === null || (attempt?.failed && now - attempt.began < againMs)) return attempt.said
    const mine = { began: now, said: tryToWrite(request), failed: null as boolean | null }
    attempt = mine
    const said = await mine.said
    mine.failed = said !== null
    return said
  }

  async function tryToWrite(request: string): Promise<string | null> {
    const write = ctx.writer.write((tx) =>
      tx.db.updateTable('copies').set({ seen_at: tx.now }).where('id', '=', ctx.copy).execute(),
    )
    try {
      return (await inTime(write)) === late ? `the database took no write within ${patienceMs / 1000} s` : null
    } catch (err) {
      ctx.logger.warn({ err, request }, 'the database takes no writes')
      return 'the database takes no writes'
    }
  }

  async function database(request: string): Promise<string | null> {
    try {
      const schema = await inTime(schemaVersion(ctx.db))
      if (schema === late) return 'the database does not answer'
      if (schema > migrations.length)
        return `the database has schema ${schema}, this copy knows ${migrations.length}: start the newer version`
    } catch (err) {
      ctx.logger.warn({ err, request }, 'the database does not answer')
      return 'the database does not answer'
    }
    return writes(request)
  }

  return async (request) => {
    // A held server's clock guard says why it is held.
    const why = [ctx.clockGuard.problem(), await database(request), space(ctx)]
    return why.filter((one) => one !== null)
  }
}

function space(ctx: Context): string | null {
  try {
    guardSpace(ctx)
    return null
  } catch (error) {
    return error instanceof Error ? error.message : 'no space'
  }
}

const late = Symbol('late')
async function inTime<T>(work: Promise<T>): Promise<T | typeof late> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const over = new Promise<typeof late>((resolve) => {
    timer = setTimeout(() => resolve(late), patienceMs)
  })
  // Whoever lost the race may still fail; nobody waits for that any more.
  work.catch(() => {})
  return Promise.race([work, over]).finally(() => clearTimeout(timer))
}
