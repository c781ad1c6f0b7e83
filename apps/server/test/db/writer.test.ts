import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { sql } from 'kysely'
import type { Flavour } from '../../src/db/dialect.ts'
import { migrate } from '../../src/db/migrate.ts'
import { type Database, openDatabase } from '../../src/db/open.ts'
import { makeWriter } from '../../src/db/writer.ts'
import type { Tx, Writer } from '../../src/db/writer-types.ts'
import { serverActor } from '../../src/http/caller.ts'
import { makeHub } from '../../src/hub.ts'
import { LogKey } from '../../src/log/keys.ts'
import { flavours, freshPostgres } from '../harness.ts'

interface Bench {
  database: Database
  writer: Writer
  announced: string[]
  problems: unknown[]
  another(): Promise<{ database: Database; writer: Writer; close(): Promise<void> }>
  close(): Promise<void>
}

async function bench(flavour: Flavour, guard: () => Promise<void> = async () => {}): Promise<Bench> {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ps-writer-'))
  const fresh = flavour === 'postgres' ? await freshPostgres() : null
  const url = fresh?.url ?? `sqlite:${path.join(dir, 'one.db')}`
  const database = await openDatabase(url)
  await migrate(database, { first: async () => {}, check: async () => {} })
  const key = LogKey.create()
  const announced: string[] = []
  const problems: unknown[] = []
  const hub = {
    ...makeHub(),
    announce: (_seq: number, subjects: readonly string[]) => void announced.push(...subjects),
  }
  const clock = { now: () => Date.now(), monotonic: () => performance.now() }
  const parts = {
    clock,
    hub,
    signing: () => ({ key, origin: key.origin }),
    guard,
    afterwards: (error: unknown) => void problems.push(error),
  }
  const writer = makeWriter({ database, ...parts })
  await writer.write((tx) =>
    tx.append({
      type: 'log.opened',
      actor: serverActor,
      subject: null,
      data: { public_key: key.publicKey, schema: 1 },
    }),
  )
  return {
    database,
    writer,
    announced,
    problems,
    async another() {
      const second = await openDatabase(url)
      const made = makeWriter({ database: second, ...parts })
      const close = async () => {
        await made.close()
        await second.close()
      }
      return { database: second, writer: made, close }
    },
    async close() {
      await writer.close()
      await database.close()
      await fresh?.drop()
      fs.rmSync(dir, { recursive: true, force: true })
    },
  }
}
const freeze = (tx: Tx) => tx.append({ type: 'settings.frozen', actor: serverActor, subject: null, data: {} })
const set = (tx: Tx, name: string) => tx.db.insertInto('settings').values({ name, value: '1' }).execute()
const why = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (e: unknown) => (e instanceof Error ? e.message : String(e)),
  )

for (const { flavour, skip } of flavours) {
  describe.skipIf(skip)(`the writer on ${flavour}`, () => {
    let b: Bench
    beforeAll(async () => {
      b = await bench(flavour)
    })
    afterAll(() => b.close())
    const settings = async () =>
      (await b.database.read.selectFrom('settings').select('name').orderBy('name').execute()).map((r) => r.name)
    const chain = async () => {
      const rows = await b.database.read
        .selectFrom('log_entries')
        .select(['seq', 'prev', 'leaf'])
        .orderBy('seq')
        .execute()
      return rows.map((row, i) => {
        const before = rows[i - 1]
        const digest = before ? `sha256:${new Bun.CryptoHasher('sha256').update(before.leaf).digest('hex')}` : ''
        return row.seq === i && row.prev === digest
      })
    }

    test('a work that throws is undone alone, with its entries; those around it in the batch stay and the chain has no gap', async () => {
      const all = Array.from({ length: 30 }, (_, i) =>
        b.writer.write(async (tx) => {
          await set(tx, `alone-${String(i).padStart(2, '0')}`)
          await freeze(tx)
          if (i % 3 === 1) throw new Error(`no ${i}`)
          // A statement that the database itself refuses spoils nobody else's either.
          if (i % 3 === 2) await set(tx, `alone-${String(i).padStart(2, '0')}`)
          return i
        }),
      )
      const settled = await Promise.allSettled(all)
      expect(settled.map((s) => s.status === 'fulfilled')).toEqual(Array.from({ length: 30 }, (_, i) => i % 3 === 0))
      expect((await settings()).filter((n) => n.startsWith('alone-'))).toEqual(
        Array.from({ length: 10 }, (_, i) => `alone-${String(i * 3).padStart(2, '0')}`),
      )
      const ok = await chain()
      expect(ok).toHaveLength(11)
      expect(ok.every(Boolean)).toBe(true)
    })

    test('a reader never sees what is not committed, and whoever is answered sees it', async () => {
      let midway: string[] = []
      await b.writer.write(async (tx) => {
        await set(tx, 'unseen')
        midway = await settings()
        return null
      })
      expect(midway).not.toContain('unseen')
      expect(await settings()).toContain('unseen')
    })

    test('what follows a commit happens after it, not for a work that was undone, and its fault stops nobody', async () => {
      const order: string[] = []
      const ok = b.writer.write(async (tx) => {
        tx.afterCommit(() => void order.push('after'))
        tx.afterCommit(() => {
          throw new Error('afterwards')
        })
        await set(tx, 'followed')
        order.push('work')
      })
      const undone = b.writer.write(async (tx) => {
        tx.afterCommit(() => void order.push('never'))
        throw new Error('undone')
      })
      expect(await why(undone)).toBe('undone')
      await ok
      await new Promise((resolve) => setImmediate(resolve))
      expect(order).toEqual(['work', 'after'])
      expect(b.problems.map(String)).toEqual(['Error: afterwards'])
      expect(await why(b.writer.write((tx) => set(tx, 'still-writes')))).toBe('done')
    })

    test('a COMMIT that fails fails all, and nobody is told of anything', async () => {
      const { write } = b.database
      // Both databases check a deferred constraint only at COMMIT.
      if (flavour === 'sqlite') await sql`create table parent (id integer primary key)`.execute(write)
      else await sql`create table parent (id bigint primary key)`.execute(write)
      await sql`create table child (p integer references parent (id) deferrable initially deferred)`.execute(write)
      const entries = (await chain()).length
      b.announced.length = 0
      const followed: string[] = []
      const works = [
        b.writer.write(async (tx) => {
          tx.afterCommit(() => void followed.push('told'))
          await set(tx, 'fails-with')
          await tx.append({ type: 'agent.resumed', actor: serverActor, subject: 'agt_1', data: {} })
        }),
        b.writer.write(async (tx) => void (await sql`insert into child (p) values (7)`.execute(tx.db))),
        b.writer.write((tx) => set(tx, 'fails-too')),
      ]
      for (const one of await Promise.all(works.map(why))) expect(one.toLowerCase()).toContain('foreign key')
      expect((await settings()).filter((n) => n.startsWith('fails'))).toEqual([])
      expect((await chain()).length).toBe(entries)
      expect([b.announced, followed]).toEqual([[], []])
      expect(await why(b.writer.write((tx) => set(tx, 'recovers')))).toBe('done')
    })

    test('writers at once, each with connections of its own, make one chain without a fork', async () => {
      const second = await b.another()
      const before = (await chain()).length
      await Promise.all(Array.from({ length: 200 }, (_, i) => (i % 2 ? b.writer : second.writer).write(freeze)))
      await second.close()
      const ok = await chain()
      expect(ok.length).toBe(before + 200)
      expect(ok.every(Boolean)).toBe(true)
    })

    test('log time never goes back', async () => {
      const times = (await b.database.read.selectFrom('log_entries').select('time').orderBy('seq').execute()).map(
        (r) => r.time,
      )
      expect(times.every((t, i) => i === 0 || t >= (times[i - 1] ?? 0))).toBe(true)
      const ahead = Date.now() + 3_600_000
      const head = await b.database.read
        .selectFrom('log_entries')
        .select('seq')
        .orderBy('seq', 'desc')
        .limit(1)
        .executeTakeFirstOrThrow()
      await sql`update log_entries set time = ${ahead} where seq = ${head.seq}`.execute(b.database.write)
      const { time } = await b.writer.write(freeze)
      expect(time).toBe(ahead)
    })

    test('text sorts by its bytes, numbers come back as numbers, bytes as bytes', async () => {
      const names = ['zebra', 'Zebra', 'a', 'A', 'ä', 'z', '_', '10', '9', 'é', '\u{1F600}', '\uffee']
      await b.writer.write(
        async (tx) =>
          void (await tx.db
            .insertInto('meta')
            .values(names.map((name) => ({ name: `sort ${name}`, value: '' })))
            .execute()),
      )
      const sorted = await b.database.read
        .selectFrom('meta')
        .select('name')
        .where('name', 'like', 'sort %')
        .orderBy('name')
        .execute()
      const bytes = [...names].sort((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y)))
      expect(sorted.map((r) => r.name)).toEqual(bytes.map((n) => `sort ${n}`))
      const row = await b.database.read
        .selectFrom('log_entries')
        .select(['time', 'leaf_hash', (e) => e.fn.countAll().as('n'), (e) => e.fn.max('seq').as('top')])
        .groupBy(['time', 'leaf_hash'])
        .limit(1)
        .executeTakeFirstOrThrow()
      expect([
        typeof row.time,
        typeof row.n,
        typeof row.top,
        row.leaf_hash instanceof Uint8Array,
        row.leaf_hash.length,
      ]).toEqual(['number', 'number', 'number', true, 32])
    })

    test('who reads can not write', async () => {
      if (flavour === 'postgres') return // one role owns the database; there it is the code that keeps apart
      expect(await why(b.database.read.deleteFrom('settings').execute())).toContain('readonly')
    })

    const fullDisk = async () => {
      const pages = await sql<{ page_count: number }>`pragma page_count`.execute(b.database.write)
      await sql.raw(`pragma max_page_count = ${(pages.rows[0]?.page_count ?? 0) + 3}`).execute(b.database.write)
      const big = (n: number) =>
        b.writer.write(async (tx) => {
          await freeze(tx)
          const value = 'x'.repeat(n === 1 ? 60_000 : 10)
          await tx.db
            .insertInto('settings')
            .values({ name: `big-${n}`, value })
            .execute()
        })
      const told = await Promise.all([big(0), big(1), big(2), big(3)].map(why))
      expect(told.every((one) => one.includes('full'))).toBe(true)
      await sql.raw('pragma max_page_count = 1000000').execute(b.database.write)
      expect((await settings()).filter((name) => name.startsWith('big'))).toEqual([])
      expect(await why(big(4))).toBe('done')
      expect((await chain()).every(Boolean)).toBe(true)
    }
    if (flavour === 'sqlite')
      test('a full disk fails the whole batch: the chain has no gap, and afterwards it goes on', fullDisk)
  })
}

test('a copy that must not write any more writes nothing, and says why', async () => {
  let stop = false
  const b = await bench('sqlite', async () => {
    if (stop) throw new Error('a newer schema')
  })
  stop = true
  expect(await why(b.writer.write(freeze))).toBe('a newer schema')
  stop = false
  expect(await why(b.writer.write(freeze))).toBe('done')
  await b.close()
})

describe.skipIf(flavours[1]?.skip ?? true)('why the lock is a statement of its own', () => {
  test('on PostgreSQL, a head that is read in the statement that takes the lock is a stale one', async () => {
    const b = await bench('postgres')
    const second = await b.another()
    const together = sql<{
      seq: number
    }>`select l.seq from (select pg_advisory_xact_lock(7236002)) as held, (select max(seq) as seq from log_entries) as l`
    const before = (
      await b.database.read
        .selectFrom('log_entries')
        .select((e) => e.fn.max('seq').as('seq'))
        .executeTakeFirstOrThrow()
    ).seq
    let inside: () => void = () => {}
    const holding = new Promise<void>((resolve) => (inside = resolve))
    const first = b.writer.write(async (tx) => {
      await freeze(tx)
      inside()
      await new Promise((resolve) => setTimeout(resolve, 300))
    })
    await holding
    const stale = second.database.write.transaction().execute(async (db) => (await together.execute(db)).rows[0]?.seq)
    await first
    expect(await stale).toBe(before)
    await second.close()
    await b.close()
  })
})
