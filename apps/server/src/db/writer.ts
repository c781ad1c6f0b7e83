import { randomBytes } from 'node:crypto'
import { type EntryData, type EntryType, vocabulary } from '@permission-slip/protocol/log.ts'
import { CompiledQuery, sql } from 'kysely'
import type { Clock } from '../clock.ts'
import type { Hub } from '../hub.ts'
import type { LogKey } from '../log/keys.ts'
import { contentDigest, sealEntry, sha256 } from '../log/seal.ts'
import { channel, type Database } from './open.ts'
import type { LogContentRow, LogEntryRow } from './schema/log.ts'
import type { Appended, Db, NewEntry, Observer, Tx, Writer, WriterState } from './writer-types.ts'

/** The advisory lock of the log on PostgreSQL: whoever appends holds it until its commit. */
const logLock = 7_236_002
const most = 128

interface Job {
  run(tx: Tx): Promise<unknown>
  done(value: unknown): void
  fail(error: unknown): void
}
/** The transaction is gone, not only the work: the database undid all of it. */
class Undone extends Error {
  constructor(cause: unknown) {
    super('the transaction was undone by the database', { cause })
    this.name = 'Undone'
  }
}
interface Head {
  seq: number
  digest: string | null
  time: number
}

/**
 * The one writer of a copy. It takes what waits, runs each in a savepoint of one transaction, and settles them all only
 * when COMMIT has returned; so one fsync serves many, and nobody hears of what might still be undone.
 */
export function makeWriter(parts: {
  database: Database
  clock: Clock
  hub: Hub
  /** The key that signs from now on, and the origin line; asked at each batch, since a rotation changes it. */
  signing(): { key: LogKey; origin: string }
  /** Throws when this copy must not write any more (an older schema than the database's). */
  guard(db: Db): Promise<void>
  /** Hears what a work's `afterCommit` threw. */
  afterwards?(error: unknown): void
  observer?: Observer
}): Writer {
  const { database, clock, hub } = parts
  const waiting: Job[] = []
  let running: Promise<void> | null = null
  let closed = false
  const stands: Omit<WriterState, 'waiting'> = { since: null, appendedAt: null, failed: null }

  const raw = (db: Db, text: string) => db.executeQuery(CompiledQuery.raw(text))

  async function head(db: Db): Promise<Head & { now: number }> {
    // A statement of its own: reading the head in the locking statement gives a stale one on PostgreSQL.
    const last = await db
      .selectFrom('log_entries')
      .select(['seq', 'time', 'leaf'])
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirst()
    let now = clock.now()
    if (database.flavour === 'postgres') {
      const asked = await sql<{
        now: number
      }>`select (extract(epoch from clock_timestamp()) * 1000)::bigint as now`.execute(db)
      now = asked.rows[0]?.now ?? now
    }
    const before = last
      ? { seq: last.seq, time: last.time, digest: sha256(last.leaf) }
      : { seq: -1, time: 0, digest: null }
    return { ...before, now: Math.max(now, before.time) }
  }

  /** Runs one job in its savepoint; the head moves only if it stays. */
  async function inSavepoint(
    db: Db,
    at: { head: Head; now: number },
    job: Job,
  ): Promise<{ value: unknown; after: (() => void)[]; subjects: string[] }> {
    const { key, origin } = parts.signing()
    const entries: LogEntryRow[] = []
    const contents: LogContentRow[] = []
    const after: (() => void)[] = []
    const subjects: string[] = []
    let current = at.head
    const tx: Tx = {
      db,
      now: at.now,
      afterCommit: (run) => after.push(run),
      changed: (change) => after.push(() => parts.observer?.changed(change)),
      async append<T extends EntryType>(entry: NewEntry<T>): Promise<Appended> {
        const seq = current.seq + 1
        const data: Record<string, unknown> = { ...entry.data }
        if (entry.content !== undefined) {
          const salt = new Uint8Array(randomBytes(32))
          data['content'] = contentDigest(entry.content, salt)
          contents.push({ seq, salt, content: JSON.stringify(entry.content) })
        } else if ('content' in vocabulary[entry.type].shape) data['content'] ??= null
        const sealed = sealEntry(
          {
            log: origin,
            seq,
            time: at.now,
            type: entry.type,
            actor: entry.actor,
            subject: entry.subject,
            data: data as EntryData,
            prev: current.digest,
          },
          key,
        )
        entries.push({
          seq,
          prev: current.digest ?? '',
          time: at.now,
          type: entry.type,
          subject: entry.subject,
          leaf: sealed.leaf,
          leaf_hash: sealed.leafHash,
        })
        if (entry.subject !== null) subjects.push(entry.subject)
        current = { seq, digest: sealed.digest, time: at.now }
        return { seq, time: at.now, digest: sealed.digest }
      },
    }
    await raw(db, 'savepoint work')
    try {
      const value = await job.run(tx)
      if (entries.length > 0) await db.insertInto('log_entries').values(entries).execute()
      if (contents.length > 0) await db.insertInto('log_contents').values(contents).execute()
      await raw(db, 'release savepoint work')
      at.head = current
      return { value, after, subjects }
    } catch (error) {
      try {
        await raw(db, 'rollback to savepoint work')
        await raw(db, 'release savepoint work')
      } catch {
        // The database has undone the whole transaction by itself (a full disk): nothing of the batch may be committed.
        throw new Undone(error)
      }
      throw error
    }
  }

  async function batch(jobs: Job[]): Promise<void> {
    const settled: { job: Job; value: unknown }[] = []
    // What a refusal rests on may be of this very batch: it is told only when that has committed.
    const refused: { job: Job; error: unknown }[] = []
    const after: (() => void)[] = []
    const subjects: string[] = []
    let last = -1
    const began = clock.monotonic()
    let commitMs = 0
    let appended = false
    stands.since = began
    try {
      await database.write.connection().execute(async (db) => {
        await raw(db, database.flavour === 'sqlite' ? 'begin immediate' : 'begin')
        try {
          if (database.flavour === 'postgres') await raw(db, `select pg_advisory_xact_lock(${logLock})`)
          await parts.guard(db)
          const { now, ...first } = await head(db)
          const at = { head: first as Head, now }
          for (const job of jobs) {
            try {
              const done = await inSavepoint(db, at, job)
              settled.push({ job, value: done.value })
              after.push(...done.after)
              subjects.push(...done.subjects)
            } catch (error) {
              if (error instanceof Undone) throw error.cause
              refused.push({ job, error })
            }
          }
          last = at.head.seq
          appended = last > first.seq
          if (database.flavour === 'postgres' && subjects.length > 0) await raw(db, `notify ${channel}`)
          const committing = clock.monotonic()
          await raw(db, 'commit')
          commitMs = clock.monotonic() - committing
        } catch (error) {
          await raw(db, 'rollback').catch(() => {})
          throw error
        }
      })
      Object.assign(stands, { since: null, failed: null }, appended && { appendedAt: clock.monotonic() })
    } catch (error) {
      Object.assign(stands, { since: null, failed: error })
      for (const job of jobs) job.fail(error)
      return
    }
    for (const { job, value } of settled) job.done(value)
    for (const { job, error } of refused) job.fail(error)
    after.push(() => parts.observer?.committed({ works: jobs.length, ms: clock.monotonic() - began, commitMs }))
    for (const run of after) {
      try {
        run()
      } catch (error) {
        // It is committed, and those that wait behind it must be written whatever becomes of this.
        parts.afterwards?.(error)
      }
    }
    hub.announce(last, subjects)
  }

  async function loop(): Promise<void> {
    // Whatever arrives in this turn of the event loop shares the first batch.
    await new Promise<void>((resolve) => setImmediate(resolve))
    try {
      while (waiting.length > 0) await batch(waiting.splice(0, most))
    } finally {
      running = null
    }
  }

  return {
    write: <T>(work: (tx: Tx) => Promise<T>) =>
      new Promise<T>((resolve, reject) => {
        if (closed) return reject(new Error('the writer is closed'))
        waiting.push({ run: work, done: (value) => resolve(value as T), fail: reject })
        running ??= loop()
      }),
    state: () => ({ waiting: waiting.length, ...stands }),
    async close() {
      closed = true
      while (running) await running
    },
  }
}
