import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { ServiceFault } from '@permission-slip/connectors/kit/faults.ts'
import type { PostgresIo } from '@permission-slip/connectors/kit/io.ts'
import pg from 'pg'
import type { Account } from '../../src/egress/egress.ts'
import { egressWith, limits, permitFor, pgAccount, pgTest, randomName } from './support.ts'

const database = randomName()
const role = randomName()
const steps: string[] = []

/** One action's session against the real server. */
async function withPg<T>(
  use: (io: PostgresIo) => Promise<T>,
  account: Account = pgAccount({ database }),
  over: Partial<typeof limits> = {},
): Promise<T> {
  const bound = egressWith().io(permitFor('postgres'), account, {
    ...limits,
    ...over,
    step: async (method, host) => void steps.push(`${method} ${host}`),
  })
  try {
    return await use(bound.io.postgres)
  } finally {
    await bound.close()
  }
}
const query = (sql: string, params: Parameters<PostgresIo['query']>[1] = [], max = 100) =>
  withPg((io) => io.query(sql, params, max))
const execute = (sql: string, params: Parameters<PostgresIo['execute']>[1] = [], max = 100) =>
  withPg((io) => io.execute(sql, params, max))
const refused = async (work: Promise<unknown>): Promise<ServiceFault> => {
  const error = await work.then(
    () => null,
    (e: unknown) => e,
  )
  if (!(error instanceof ServiceFault)) throw new Error(`expected a ServiceFault, got ${String(error)}`)
  return error
}

describe.skipIf(!pgTest)('PostgreSQL, a real one (set PS_TEST_POSTGRES)', () => {
  beforeAll(async () => {
    const admin = new pg.Client({ connectionString: pgTest })
    await admin.connect()
    await admin.query(`create database ${database}`)
    await admin.query(`create role ${role} login password 'pass-word-of-the-role'`)
    await admin.end()
    await execute('create table things (id int primary key, name text not null)')
    await execute('insert into things select n, $1 || n from generate_series(1, 1000) n', ['thing '])
  })
  afterAll(async () => {
    const admin = new pg.Client({ connectionString: pgTest })
    await admin.connect()
    await admin.query(`drop database ${database} with (force)`)
    await admin.query(`drop role ${role}`)
    await admin.end()
  })

  test('query returns rows as objects, no more than asked for, and says that there is more', async () => {
    const got = await query('select id, name from things order by id', [], 3)
    expect(got).toEqual({
      columns: ['id', 'name'],
      rows: [
        { id: 1, name: 'thing 1' },
        { id: 2, name: 'thing 2' },
        { id: 3, name: 'thing 3' },
      ],
      row_count: 3,
      truncated: true,
    })
    const all = await query('select id from things order by id', [], 1000)
    expect([all.rows.length, all.truncated]).toEqual([1000, false])
    expect((await query('select id from things where false', [], 5)).columns).toEqual(['id'])
  })

  test('each statement is a step, recorded before the server hears of it', async () => {
    steps.length = 0
    await withPg(async (io) => {
      await io.query('select 1', [], 1)
      await io.query('select 2', [], 1)
    })
    expect(steps.length).toBe(2)
    expect(steps[0]).toMatch(/^POSTGRES 127\.0\.0\.1:\d+$/)
    const bound = egressWith().io(permitFor('postgres'), pgAccount({ database }), {
      ...limits,
      step: async () => {
        throw new Error('the log is full')
      },
    })
    await expect(bound.io.postgres.execute('insert into things values (-1, $1)', ['x'], 1)).rejects.toThrow(
      'the log is full',
    )
    await bound.close()
    expect((await query('select id from things where id = -1')).rows).toEqual([])
  })

  test('values come as JSON: exact where a double is exact, text where it is not', async () => {
    const { rows } =
      await query(`select 1::int2 a, 9007199254740993::int8 b, 5::int8 c, 1.5::numeric d, 12345678901234567890.5::numeric e,
      'NaN'::float8 f, true g, null h, '\\x00ff'::bytea i, '{"n": 12345678901234567890, "s": "x"}'::json j, '[1,{"a":null}]'::jsonb k,
      timestamptz '2024-02-03 04:05:06.789+02' l, timestamp '2024-02-03 04:05:06' m, date '2024-02-03' n, interval '1 day 2 hours' o,
      array[1,null,3] p, array['a"b','c,d','NULL'] q, array[[1,2],[3,4]] r, array['\\x01'::bytea] s, timestamptz 'infinity' t, 'x'::char(3) u`)
    expect(rows[0]).toEqual({
      a: 1,
      b: '9007199254740993',
      c: 5,
      d: 1.5,
      e: '12345678901234567890.5',
      f: 'NaN',
      g: true,
      h: null,
      i: 'AP8=',
      j: { n: '12345678901234567890', s: 'x' },
      k: [1, { a: null }],
      l: '2024-02-03T02:05:06.789Z',
      m: '2024-02-03T04:05:06',
      n: '2024-02-03',
      o: 'P1DT2H',
      p: [1, null, 3],
      q: ['a"b', 'c,d', 'NULL'],
      r: [
        [1, 2],
        [3, 4],
      ],
      s: ['AQ=='],
      t: 'infinity',
      u: 'x  ',
    })
  })

  test('parameters are written as the types the server expects, and are never read as SQL', async () => {
    const { rows } = await query(
      'select $1::int + 1 a, $2::text b, $3::jsonb c, $4::text[] d, $5::bytea e, $6::jsonb f, $7::bool g, $8::int h',
      [41, "'; drop table things; --", { a: [1] }, ['x"y', '{z}', 'NULL'], 'AP8=', [1, 2], true, null],
    )
    expect(rows[0]).toEqual({
      a: 42,
      b: "'; drop table things; --",
      c: { a: [1] },
      d: ['x"y', '{z}', 'NULL'],
      e: 'AP8=',
      f: [1, 2],
      g: true,
      h: null,
    })
    expect((await refused(query('select $1::int', ['1; drop table things']))).code).toBe('service_refused')
    expect((await refused(query('select $1::int', []))).message).toContain('1 parameters, 0 were given')
    expect((await refused(query('select $1::bytea', ['not base64!']))).message).toContain(
      'params[0]: expected bytes as base64',
    )
  })

  test('two columns of one name keep both values', async () => {
    expect((await query('select 1 as a, 2 as a, 3 as "__proto__"')).rows).toEqual([
      { a: 1, a_2: 2, ['__proto___2']: 3 },
    ])
  })

  test('execute changes rows, commits, and counts them; its rows are cut, its work is not', async () => {
    expect((await execute('update things set name = name where id <= 10')).row_count).toBe(10)
    const made = await execute(
      'insert into things select n, $1 from generate_series(2001, 2300) n returning id',
      ['more'],
      5,
    )
    expect([made.rows.length, made.row_count, made.truncated]).toEqual([5, 300, true])
    expect((await query('select count(*)::int n from things where id > 2000')).rows).toEqual([{ n: 300 }])
  })

  describe('query changes nothing, whatever it is given', () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ps-pg-'))
    const marker = path.join(folder, 'marker')
    fs.chmodSync(folder, 0o777)
    afterAll(() => fs.rmSync(folder, { recursive: true, force: true }))

    const attempts = [
      `copy (select 1) to program 'touch ${marker}'`,
      `copy (select 1) to '${marker}'`,
      `select 1; commit; insert into things values (-2, 'x')`,
      `select 1; insert into things values (-2, 'x')`,
      `select 1) ; insert into things values (-2, 'x'`,
      `insert into things values (-2, 'x') returning id`,
      `with x as (insert into things values (-2, 'x') returning id) select * from x`,
      `select 1 into copied`,
      `do $$ begin execute 'insert into things values (-2, ''x'')'; end $$`,
      `do $$ begin set transaction read write; insert into things values (-2, 'x'); end $$`,
      'commit',
      'set transaction read write',
      'prepare later as insert into things values (-2, $1)',
      'listen someone',
      'notify someone',
      'lock table things in access exclusive mode',
      'vacuum things',
      'create temporary table t (a int)',
      'call nothing()',
      'explain analyze insert into things values (-2, $1)',
      `select set_config('transaction_read_only', 'off', false), nextval('things_seq')`,
      'select id from things for update',
      '',
      ';',
      '-- nothing',
    ]
    test.each(attempts)('%s', async (sql) => {
      const before = await query('select count(*)::int n, max(id) m from things')
      const fault = await refused(query(sql))
      expect(['service_refused', 'service_failed']).toContain(fault.code)
      expect(await query('select count(*)::int n, max(id) m from things')).toEqual(before)
      expect(fs.existsSync(marker)).toBe(false)
    })

    test('a function that writes is stopped by the read-only transaction', async () => {
      await execute(
        `create function sneak() returns int language plpgsql as $$ begin insert into things values (-3, 'x'); return 1; end $$`,
      )
      await execute(
        `create function sneak_open() returns int language plpgsql as $$ begin perform set_config('transaction_read_only', 'off', true); insert into things values (-3, 'x'); return 1; end $$`,
      )
      for (const name of ['sneak', 'sneak_open'])
        expect((await refused(query(`select ${name}()`))).message).toContain('read')
      expect((await query('select id from things where id = -3')).rows).toEqual([])
    })

    test('pg_read_file is refused to a role that is no superuser', async () => {
      const fault = await refused(
        withPg(
          (io) => io.query(`select pg_read_file('/etc/passwd')`, [], 1),
          pgAccount({ database, user: role }, 'pass-word-of-the-role'),
        ),
      )
      expect(fault.message).toContain('permission denied')
    })

    test('nothing of one action is left for the next: sessions are fresh', async () => {
      await execute(`select set_config('search_path', 'nowhere', false)`)
      await execute('prepare later as select 1')
      await execute('create temporary table t (a int)')
      expect((await query('select current_setting($1) s', ['search_path'])).rows[0]).toEqual({ s: '"$user", public' })
      expect((await query('select count(*)::int n from pg_prepared_statements')).rows).toEqual([{ n: 0 }])
      await refused(query('select * from t'))
    })
  })

  test('execute takes one statement, in one transaction', async () => {
    expect((await refused(execute(`select 1; insert into things values (-4, 'x')`))).message).toContain(
      'multiple commands',
    )
    expect((await refused(execute(`copy things from stdin`))).code).toBe('service_refused')
    expect((await refused(execute('vacuum things'))).message).toContain('transaction block')
    await withPg((io) => io.maintain('vacuum things'))
  })

  test('a constraint that only COMMIT sees is a refusal, not an unknown outcome', async () => {
    await execute('create table late (id int references things (id) deferrable initially deferred)')
    const fault = await refused(execute('insert into late values (-99)'))
    expect([fault.code, fault.message.includes('foreign key')]).toEqual(['service_refused', true])
    expect((await query('select * from late')).rows).toEqual([])
  })

  test('after an error the same session goes on', async () => {
    await withPg(async (io) => {
      await refused(io.query('select nothing', [], 1))
      await refused(io.execute('insert into things values (1, $1)', ['twice'], 1))
      expect((await io.query('select 7 as n', [], 1)).rows).toEqual([{ n: 7 }])
      expect((await io.execute('select 8 as n', [], 1)).rows).toEqual([{ n: 8 }])
    })
  })

  test('the server ends a statement that takes too long, before we give up', async () => {
    const fault = await refused(
      withPg((io) => io.query('select pg_sleep(20)', [], 1), pgAccount({ database }), { timeoutMs: 1500 }),
    )
    expect(fault.message).toContain('statement timeout')
  })

  test('a session that is cut while a statement runs has an unknown outcome', async () => {
    const controller = new AbortController()
    const bound = egressWith().io(permitFor('postgres'), pgAccount({ database }), {
      ...limits,
      signal: controller.signal,
      step: async () => {},
    })
    const running = bound.io.postgres.execute('select pg_sleep(10)', [], 1).catch((e: Error) => e.name)
    await waitFor(`select 1 from pg_stat_activity where query = 'select pg_sleep(10)' and state = 'active'`)
    controller.abort()
    expect(await running).toBe('Unanswered')
    await bound.close()
  })

  test('a session that the server ends with a word, before COMMIT, did nothing', async () => {
    const work = execute('insert into things select -50, pg_sleep(10)::text').catch(
      (e: Error) => `${e.name}: ${e.message}`,
    )
    await waitFor(
      `select pg_terminate_backend(pid) from pg_stat_activity where query like 'insert into things select -50%' and state = 'active'`,
    )
    expect(await work).toContain('ServiceFault: terminating connection')
    expect((await query('select id from things where id = -50')).rows).toEqual([])
  })

  test('one value larger than everything allowed is no result, and no crash', async () => {
    const error = await withPg((io) => io.query(`select repeat('x', 20000000) as x`, [], 1)).catch(
      (e: Error & { code?: string }) => e.code,
    )
    expect(error).toBe('answer_too_large')
    const many = await query(`select repeat('y', 10000) as y from generate_series(1, 50)`, [], 50)
    expect([many.truncated, many.rows.length < 50]).toEqual([true, true])
  })

  test('a wrong password is a refused credential, and is not repeated', async () => {
    const secret = 'wrong-password-canary'
    const error = await refused(
      withPg((io) => io.query('select 1', [], 1), pgAccount({ database: 'nowhere_at_all', user: role }, secret)),
    )
    expect(error.message).not.toContain(secret)
  })

  test("a server's words are passed on without the password", async () => {
    const account = pgAccount({ database, user: role }, 'pass-word-of-the-role')
    const error = await refused(
      withPg((io) => io.execute(`do $$ begin raise exception 'it is pass-word-of-the-role'; end $$`, [], 1), account),
    )
    expect(error.message).toBe('it is [secret] (P0001)')
  })

  test('variables of the environment and ~/.pgpass change nothing', async () => {
    const at = new URL(pgTest ?? '')
    const home = fs.mkdtempSync(path.join(os.tmpdir(), 'ps-home-'))
    fs.writeFileSync(path.join(home, '.pgpass'), '*:*:*:*:from-pgpass\n', { mode: 0o600 })
    const hostile = {
      PGHOST: '192.0.2.1',
      PGPORT: '1',
      PGUSER: 'evil',
      PGDATABASE: 'evil',
      PGPASSWORD: 'evil',
      PGOPTIONS: '-c search_path=evil',
      PGAPPNAME: 'evil',
      PGREPLICATION: 'database',
      PGSSLMODE: 'require',
      PGSSLNEGOTIATION: 'nonsense',
      PGBINARY: 'true',
      PGCLIENTENCODING: 'LATIN1',
      PGSERVICE: 'evil',
      PGSSLROOTCERT: '/etc/passwd',
      DATABASE_URL: 'postgres://evil@192.0.2.1/evil',
      HOME: home,
    }
    const child = Bun.spawn([process.execPath, path.join(import.meta.dir, 'pg-environment.ts'), database, at.port], {
      env: { ...process.env, ...hostile, PS_TEST_POSTGRES: pgTest ?? '' },
      stdout: 'pipe',
      stderr: 'pipe',
    })
    const [out, err] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ])
    fs.rmSync(home, { recursive: true })
    expect(err).toBe('')
    expect(JSON.parse(out)).toEqual({ user: 'postgres', database, path: '"$user", public', app: 'permission-slip' })
  })

  test('TLS: a server without it is not spoken to when the connection asks for it', async () => {
    for (const tls of ['require', 'verify']) {
      const error = await withPg((io) => io.query('select 1', [], 1), pgAccount({ database, tls })).catch(
        (e: Error) => `${e.name}: ${e.message}`,
      )
      expect(error).toMatch(/^NotSent: .*(no TLS|certificate)/)
    }
  })

  async function waitFor(sql: string): Promise<void> {
    const admin = new pg.Client({ connectionString: pgTest })
    await admin.connect()
    while ((await admin.query(sql)).rowCount === 0) await Bun.sleep(5)
    await admin.end()
  }
})
