import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import pg from 'pg'
import { makeCopyLock } from '../../src/db/copy-lock.ts'
import { freshPostgres, postgresUrl } from '../harness.ts'
import { eventually } from '../recovery/asking.ts'

describe.skipIf(!postgresUrl)('the lock of a copy on PostgreSQL (needs PS_TEST_POSTGRES)', () => {
  let database: Awaited<ReturnType<typeof freshPostgres>>
  let admin: pg.Client
  const said: string[] = []
  const lockOf = (copy: string) => makeCopyLock(database.url, copy, (why) => said.push(why))
  const holders = async (): Promise<number[]> => {
    const text = `select pid from pg_locks where locktype = 'advisory' and granted
      and database = (select oid from pg_database where datname = current_database())`
    return (await admin.query<{ pid: number }>(text)).rows.map(({ pid }) => pid)
  }
  beforeAll(async () => {
    database = await freshPostgres()
    admin = new pg.Client({ connectionString: database.url })
    await admin.connect()
  })
  afterAll(async () => {
    await admin.end()
    await database.drop()
  })

  test('one server has it, another copy has its own, and a successor has it as soon as it is let go', async () => {
    const [first, other, successor] = [lockOf('copy_1'), lockOf('copy_2'), lockOf('copy_1')]
    expect(await first.take()).toBe(true)
    expect(await other.take()).toBe(true)
    const waiting = successor.take()
    await first.release()
    expect(await waiting).toBe(true)
    await other.release()
    await successor.release()
    await eventually('nobody has a lock', async () => (await holders()).length === 0)
  })

  test('a connection that breaks is made again; while another has the lock this copy says so, once', async () => {
    const first = lockOf('copy_3')
    expect(await first.take()).toBe(true)
    const [pid] = await holders()
    await admin.query('select pg_terminate_backend($1)', [pid])
    await eventually('it is had again', async () => (await holders()).some((holder) => holder !== pid))
    expect([first.problem(), said]).toEqual([null, []])

    // Another takes it in the moment in which the connection is broken.
    const [again] = await holders()
    const number = await admin.query<{ key: string }>(
      `select ((classid::bigint << 32) | objid::bigint)::text as key from pg_locks where pid = $1 and locktype = 'advisory'`,
      [again],
    )
    const taking = admin.query('select pg_advisory_lock($1::bigint)', [number.rows[0]?.key])
    const killer = new pg.Client({ connectionString: database.url })
    await killer.connect()
    await killer.query('select pg_terminate_backend($1)', [again])
    await taking
    await eventually('it says so', async () => first.problem() !== null)
    expect(first.problem()).toContain('another server uses this copy id (copy_3)')
    await new Promise((resolve) => setTimeout(resolve, 600))
    expect(said).toHaveLength(1)
    await killer.end()
    await admin.query('select pg_advisory_unlock_all()')
    await eventually('it executes again', async () => first.problem() === null)
    await first.release()
  })
})
