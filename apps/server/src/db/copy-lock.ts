import { createHash } from 'node:crypto'
import pg from 'pg'

/** Held for as long as a copy lives, so that no second server runs under the same copy id. */
export interface CopyLock {
  /** False: another server holds it. */
  take(): Promise<boolean>
  /** Why this copy must not execute: its lock was lost and another server has it. */
  problem(): string | null
  release(): Promise<void>
}

/** A server that was killed is still connected for a moment; after this it is another one that lives. */
const patienceMs = 5000
const again = 250

/** A bigint of its own for every copy id; advisory locks are of one database. */
const numberOf = (copy: string): string => createHash('sha256').update(copy).digest().readBigInt64BE(0).toString()

/**
 * A session's advisory lock on a connection of its own. The session ends with the process, and within half a minute
 * with its machine. A connection that breaks is made again; until the lock is had again, whoever has it executes.
 */
export function makeCopyLock(url: string, copy: string, lost: (why: string) => void): CopyLock {
  let held: pg.Client | null = null
  let problem: string | null = null
  let released = false
  let timer: ReturnType<typeof setTimeout> | undefined

  async function tryOnce(): Promise<boolean> {
    const client = new pg.Client({ connectionString: url, keepAlive: true, connectionTimeoutMillis: 10_000 })
    let broken = false
    const gone = () => {
      broken = true
      if (held !== client) return
      held = null
      void retake()
    }
    client.on('error', gone)
    client.on('end', gone)
    try {
      await client.connect()
      // A machine that fell silent must not keep the lock for the hours that a system waits by itself.
      await client.query('set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3')
      const { rows } = await client.query<{ mine: boolean }>('select pg_try_advisory_lock($1::bigint) as mine', [
        numberOf(copy),
      ])
      if (rows[0]?.mine === true && !broken && !released) {
        held = client
        return true
      }
    } catch (error) {
      void client.end().catch(() => {})
      throw error
    }
    await client.end().catch(() => {})
    return false
  }

  async function retake(): Promise<void> {
    if (released) return
    try {
      const why = (await tryOnce()) ? null : `another server uses this copy id (${copy}): nothing is executed here`
      if (why !== null && problem === null) lost(why)
      problem = why
    } catch {
      // The database is away: nothing is written either, and so nothing starts.
    }
    if (held === null && !released) timer = setTimeout(() => void retake(), again)
  }

  return {
    async take() {
      for (const until = performance.now() + patienceMs; ; ) {
        if (await tryOnce()) return true
        if (performance.now() > until) return false
        await new Promise((resolve) => setTimeout(resolve, again))
      }
    },
    problem: () => problem,
    async release() {
      released = true
      clearTimeout(timer)
      const client = held
      held = null
      await client?.end().catch(() => {})
    },
  }
}
