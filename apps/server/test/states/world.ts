import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { depotAs, depotEnv } from '../../campaign/depot/connector.ts'
import { Journal } from '../../campaign/depot/journal.ts'
import { type Depot, startDepot } from '../../campaign/depot/service.ts'
import { recover } from '../../src/actions/recover.ts'
import { parseConfig } from '../../src/config/config.ts'
import { type Context, makeContext } from '../../src/context.ts'
import type { Flavour } from '../../src/db/dialect.ts'
import { freshPostgres, movableClock } from '../harness.ts'

const minute = 60_000

/** A server without its jobs, so that nothing happens but what is done to it. It can be killed and started again. */
export interface World {
  readonly ctx: () => Context
  readonly journal: Journal
  readonly depot: () => Depot
  kill(): Promise<void>
  advance(minutes: number): Promise<void>
  close(): Promise<void>
}

/** PostgreSQL gives the time itself: a function of the same name, found first, moves it. */
export async function movableDatabase(): Promise<{
  url: string
  advance(ms: number): Promise<void>
  drop(): Promise<void>
}> {
  const { url, name, drop } = await freshPostgres()
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(`create schema test_clock; create table test_clock.moved (ms bigint); insert into test_clock.moved values (0);
    create function test_clock.clock_timestamp() returns timestamptz language sql volatile as
      'select pg_catalog.clock_timestamp() + (select ms from test_clock.moved) * interval ''1 ms''';
    alter database ${name} set search_path = public, test_clock, pg_catalog`)
  return {
    url,
    advance: async (ms) => void (await client.query('update test_clock.moved set ms = ms + $1', [ms])),
    async drop() {
      await client.end()
      await drop()
    },
  }
}

export async function makeWorld(flavour: Flavour): Promise<World> {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ps-states-'))
  const journal = new Journal(path.join(dir, 'depot.jsonl'))
  const database = flavour === 'postgres' ? await movableDatabase() : null
  const clock = movableClock()
  const live = async (): Promise<{ ctx: Context; depot: Depot }> => {
    const depot = await startDepot(journal)
    const env = {
      PERMISSION_SLIP_DATA_DIR: path.join(dir, 'data'),
      PERMISSION_SLIP_LOG_LEVEL: 'silent',
      ...(database ? { PERMISSION_SLIP_DATABASE_URL: database.url } : {}),
      ...depotEnv(depot.port),
    }
    return { depot, ctx: await makeContext(parseConfig(env), { clock, catalogue: depotAs('1') }) }
  }
  let life = await live()
  return {
    ctx: () => life.ctx,
    journal,
    depot: () => life.depot,
    async kill() {
      // Nothing of the former life reaches the service, the database or the folder any more; it is not asked to end.
      const { ctx, depot } = life
      depot.stop()
      await ctx.writer.close()
      await ctx.database.close()
      ctx.dataDir.release()
      life = await live()
      await recover(life.ctx, true)
    },
    async advance(minutes) {
      clock.advance(minutes * minute)
      await database?.advance(minutes * minute)
    },
    async close() {
      life.depot.stop()
      await life.ctx.close()
      await database?.drop()
      fs.rmSync(dir, { recursive: true, force: true })
    },
  }
}
