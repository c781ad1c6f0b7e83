import { Database as Sqlite } from 'bun:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import fs from 'node:fs'
import path from 'node:path'
import pg from 'pg'
import { migrations } from '../../src/db/migrations/index.ts'
import { serve } from '../../src/serve.ts'
import { flavours, type Gate, makeGate, movableClock } from '../harness.ts'

/** The database from outside, as an operator or a fault would change it. */
async function outside(gate: Gate): Promise<{ run(text: string): Promise<void>; close(): Promise<void> }> {
  const { file } = gate.running.ctx.database
  if (file !== null) {
    const sqlite = new Sqlite(file)
    sqlite.exec('pragma busy_timeout = 5000')
    return { run: async (text) => void sqlite.exec(text), close: async () => sqlite.close() }
  }
  const client = new pg.Client({ connectionString: gate.env['PERMISSION_SLIP_DATABASE_URL'] })
  await client.connect()
  return { run: async (text) => void (await client.query(text)), close: () => client.end() }
}

for (const { flavour, skip } of flavours) {
  describe.skipIf(skip)(`/readyz on ${flavour}`, () => {
    const clock = movableClock()
    let gate: Gate
    let database: Awaited<ReturnType<typeof outside>>
    beforeAll(async () => {
      gate = await makeGate(flavour, { outside: { clock } })
      database = await outside(gate)
    })
    afterAll(async () => {
      await database.close()
      await gate.close()
    })
    const ready = async () => {
      // Past what an earlier commit or try proves.
      clock.advance(6000)
      const answer = await fetch(`${gate.url}/readyz`)
      return { status: answer.status, ...((await answer.json()) as { ready: boolean; why: string[] }) }
    }
    const well = { status: 200, ready: true, why: [] }
    const not = (why: string) => ({ status: 503, ready: false, why: [why] })
    const broken = async (breaking: string, mending: string, why: string) => {
      expect(await ready()).toEqual(well)
      await database.run(breaking)
      try {
        expect(await ready()).toEqual(not(why))
      } finally {
        await database.run(mending)
      }
      expect(await ready()).toEqual(well)
    }

    test('a database that does not answer', () =>
      broken(
        'alter table meta rename to meta_away',
        'alter table meta_away rename to meta',
        'the database does not answer',
      ))

    test('a database that answers and takes no writes', () =>
      broken(
        'alter table copies rename to copies_away',
        'alter table copies_away rename to copies',
        'the database takes no writes',
      ))

    test('a log that can not be continued, though the writer committed a moment before', async () => {
      await gate.owner.server.freeze()
      await gate.owner.server.unfreeze()
      await database.run('alter table log_entries rename to entries_away')
      try {
        await gate.owner.server.freeze().catch(() => {})
        const answer = await fetch(`${gate.url}/readyz`)
        expect([answer.status, await answer.json()]).toMatchObject([503, { why: ['the database takes no writes'] }])
      } finally {
        await database.run('alter table entries_away rename to log_entries')
      }
      expect(await ready()).toEqual(well)
    })

    test('a schema newer than this copy knows', () =>
      broken(
        `update meta set value = '${migrations.length + 1}' where name = 'schema'`,
        `update meta set value = '${migrations.length}' where name = 'schema'`,
        `the database has schema ${migrations.length + 1}, this copy knows ${migrations.length}: start the newer version`,
      ))

    test('the clock, with everything else that is wrong', async () => {
      clock.jump(10 * 60_000)
      await database.run('alter table copies rename to copies_away')
      try {
        expect((await ready()).why).toEqual([
          'the clock jumped by more than five minutes',
          'the database takes no writes',
        ])
      } finally {
        await database.run('alter table copies_away rename to copies')
      }
      await gate.owner.server.confirmClock()
      expect(await ready()).toEqual(well)
    })

    test('asking writes nothing to the log', async () => {
      await gate.entries()
      expect(await ready()).toEqual(well)
      expect(await gate.entries()).toEqual([])
    })

    // On SQLite nobody else writes while a server runs.
    const elsewhere = async () => {
      await database.run('begin; select pg_advisory_xact_lock(7236002)')
      try {
        expect(await ready()).toEqual(not('the database took no write within 3 s'))
        // Whoever asks again is told at once, and nothing more waits behind the first.
        expect((await ready()).why).toEqual([expect.stringMatching(/^the database has been writing for \d+ s$/)])
      } finally {
        await database.run('rollback')
      }
    }
    if (flavour === 'postgres') test('a write that somebody else holds up', elsewhere)
  })
}

test('a database that is not the one of its checkpoint: held, and said so', async () => {
  const gate = await makeGate('sqlite')
  const kept = path.join(gate.dir, 'kept')
  fs.mkdirSync(kept)
  const files = (from: string, to: string) => {
    for (const name of fs.readdirSync(from).filter((one) => one.startsWith('permission-slip.db')))
      fs.copyFileSync(path.join(from, name), path.join(to, name))
  }
  await gate.restart()
  await gate.running.ctx.checkpointer.checkpoint()
  await gate.running.stop()
  files(gate.dir, kept)
  const later = await serve(gate.env)
  await later.stop()
  const again = await serve(gate.env)
  await again.ctx.writer.write((tx) =>
    tx.append({ type: 'settings.clock_confirmed', actor: { kind: 'server' }, subject: null, data: {} }),
  )
  await again.stop()
  for (const name of fs.readdirSync(gate.dir).filter((one) => one.startsWith('permission-slip.db')))
    fs.rmSync(path.join(gate.dir, name))
  files(kept, gate.dir)
  // Twice: the first start must not make the older database its own truth.
  const first = await serve(gate.env)
  await new Promise((resolve) => setTimeout(resolve, 1500))
  await first.stop()
  const held = await serve(gate.env)
  const answer = await fetch(`${held.url}/readyz`)
  expect([answer.status, await answer.json()]).toEqual([
    503,
    { ready: false, why: [expect.stringContaining('the database is older than the checkpoint in')] },
  ])
  await held.stop()
  fs.rmSync(gate.dir, { recursive: true, force: true })
})
