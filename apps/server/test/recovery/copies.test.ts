import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { depotAs, depotEnv } from '../../campaign/depot/connector.ts'
import { Journal } from '../../campaign/depot/journal.ts'
import { type Depot, startDepot } from '../../campaign/depot/service.ts'
import { recover } from '../../src/actions/recover.ts'
import { parseConfig } from '../../src/config/config.ts'
import { type Context, makeContext } from '../../src/context.ts'
import { movableClock, postgresUrl } from '../harness.ts'
import { faultsOf, problemsOf } from '../states/from-bytes.ts'
import type { Kind } from '../states/model.ts'
import { Run } from '../states/run.ts'
import { movableDatabase, type World } from '../states/world.ts'
import { eventually } from './asking.ts'

const keys = ['log.key', 'sign-in.key', 'master.key']

describe.skipIf(!postgresUrl)('two copies on one PostgreSQL (needs PS_TEST_POSTGRES)', () => {
  const clock = movableClock()
  let dir: string
  let journal: Journal
  let depot: Depot
  let database: Awaited<ReturnType<typeof movableDatabase>>
  let first: Context
  let second: Context
  let run: Run
  let gone = false

  beforeAll(async () => {
    dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ps-copies-'))
    journal = new Journal(path.join(dir, 'depot.jsonl'))
    depot = await startDepot(journal)
    database = await movableDatabase()
    const copy = (name: string) => {
      const PERMISSION_SLIP_DATA_DIR = path.join(dir, name)
      const env = {
        PERMISSION_SLIP_DATA_DIR,
        PERMISSION_SLIP_DATABASE_URL: database.url,
        PERMISSION_SLIP_LOG_LEVEL: 'silent',
      }
      return makeContext(parseConfig({ ...env, ...depotEnv(depot.port) }), { clock, catalogue: depotAs('1') })
    }
    first = await copy('first')
    fs.mkdirSync(path.join(dir, 'second'), { mode: 0o700 })
    for (const key of keys) fs.copyFileSync(path.join(dir, 'first', key), path.join(dir, 'second', key))
    second = await copy('second')
    const world: World = {
      ctx: () => first,
      journal,
      depot: () => depot,
      kill: async () => {},
      advance: async () => {},
      close: async () => {},
    }
    run = await Run.begin(world)
  })
  afterAll(async () => {
    depot.stop()
    if (!gone) await first.close()
    await second.close()
    await database.drop()
    fs.rmSync(dir, { recursive: true, force: true })
  })

  async function approved(kind: Kind, mode: 'answer' | 'hold'): Promise<{ id: string; ref: string }> {
    await run.do({ do: 'submit', kind, mode, expires: false })
    await run.do({ do: 'approve', on: -1, by: 'owner', seen: true, edit: false })
    const at = run.ids.length - 1
    return { id: run.ids[at] ?? '', ref: run.ref(at) }
  }
  const row = (id: string) => second.db.selectFrom('actions').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  const times = (ref: string) => journal.lines.filter((line) => line.ref === ref).length

  test('of two that start the same action at the same time, one does', async () => {
    for (let n = 0; n < 10; n++) {
      const { id, ref } = await approved('bare', 'answer')
      first.executor.kick(id)
      second.executor.kick(id)
      await eventually('it has succeeded', async () => (await row(id)).status === 'succeeded')
      await eventually('nobody runs it', async () => !first.executor.isRunning(id) && !second.executor.isRunning(id))
      expect(times(ref)).toBe(1)
      expect(await faultsOf(second, id, 'succeeded')).toEqual([])
    }
  })

  test('what a copy left behind is taken over when its lease has ended, and not before', async () => {
    const keyed = await approved('keyed', 'hold')
    const bare = await approved('bare', 'hold')
    for (const { id, ref } of [keyed, bare]) {
      first.executor.kick(id)
      await eventually('the service has it', async () => times(ref) === 1)
    }
    // The first copy is gone without a word: it writes nothing any more.
    gone = true
    await first.writer.close()
    await first.database.close()
    first.dataDir.release()
    expect(await recover(second, false)).toBe(0)
    expect((await row(keyed.id)).status).toBe('executing')
    clock.advance(300_000)
    await database.advance(300_000)
    expect(await recover(second, false)).toBe(2)
    await eventually('both have ended', async () => [keyed.id, bare.id].every((id) => !second.executor.isRunning(id)))
    expect(await row(keyed.id)).toMatchObject({ status: 'succeeded', copy: second.copy })
    expect(await row(bare.id)).toMatchObject({ status: 'unknown' })
    expect(times(bare.ref)).toBe(1)
    expect(journal.lines.filter((line) => line.ref === keyed.ref && line.did).length).toBe(1)
    // The answer that the first copy still gets changes nothing.
    depot.release()
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(await row(bare.id)).toMatchObject({ status: 'unknown' })
    for (const { id } of [keyed, bare]) expect(await faultsOf(second, id, (await row(id)).status)).toEqual([])
    expect(await problemsOf(second)).toEqual([])
  })
})
