import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { ServiceFault } from '@permission-slip/connectors/kit/faults.ts'
import type { MysqlIo } from '@permission-slip/connectors/kit/io.ts'
import type { Json } from '@permission-slip/protocol/json.ts'
import fc from 'fast-check'
import type { Account } from '../../src/egress/egress.ts'
import { egressWith, limits, mysqlAccount, mysqlTest, permitFor, randomName } from './support.ts'

const database = randomName()
const user = randomName()
const steps: string[] = []

/** One action's session against the real server. */
async function withMysql<T>(
  use: (io: MysqlIo) => Promise<T>,
  account: Account = mysqlAccount({ database }),
  over: Partial<typeof limits> & { signal?: AbortSignal } = {},
): Promise<T> {
  const bound = egressWith().io(permitFor('mysql'), account, {
    ...limits,
    ...over,
    step: async (method, host) => void steps.push(`${method} ${host}`),
  })
  try {
    return await use(bound.io.mysql)
  } finally {
    await bound.close()
  }
}
const query = (sql: string, params: readonly Json[] = [], max = 100) => withMysql((io) => io.query(sql, params, max))
const execute = (sql: string, params: readonly Json[] = [], max = 100) =>
  withMysql((io) => io.execute(sql, params, max))
const refused = async (work: Promise<unknown>): Promise<ServiceFault> => {
  const error = await work.then(
    () => null,
    (e: unknown) => e,
  )
  if (!(error instanceof ServiceFault)) throw new Error(`expected a ServiceFault, got ${String(error)}`)
  return error
}
const asRoot = (sql: string) => withMysql((io) => io.execute(sql, [], 10), mysqlAccount())

describe.skipIf(!mysqlTest)('MySQL, a real MariaDB (set PS_TEST_MYSQL)', () => {
  beforeAll(async () => {
    await asRoot(`create database ${database} character set utf8mb4`)
    await asRoot(`create user '${user}'@'%' identified by 'pass-word-of-the-user'`)
    await asRoot(`grant select, insert, execute on ${database}.* to '${user}'@'%'`)
    await execute('create table things (id int primary key auto_increment, name varchar(50) not null)')
    await execute('insert into things select seq, concat(?, seq) from seq_1_to_1000', ['thing '])
  })
  afterAll(async () => {
    await asRoot(`drop database ${database}`)
    await asRoot(`drop user '${user}'@'%'`)
  })

  test('query returns rows as objects, no more than asked for, and says that there is more', async () => {
    expect(await query('select id, name from things order by id', [], 3)).toEqual({
      columns: ['id', 'name'],
      rows: [
        { id: 1, name: 'thing 1' },
        { id: 2, name: 'thing 2' },
        { id: 3, name: 'thing 3' },
      ],
      row_count: 3,
      truncated: true,
    })
    const all = await query('select id from things order by id;', [], 1000)
    expect([all.rows.length, all.truncated]).toEqual([1000, false])
    const limited = await query('select id from things order by id limit 500', [], 10)
    expect([limited.rows.length, limited.truncated]).toEqual([10, true])
    expect((await query('select id from things where false', [], 5)).columns).toEqual(['id'])
  })

  test('each statement is a step, recorded before the server hears of it', async () => {
    steps.length = 0
    await withMysql(async (io) => {
      await io.query('select 1', [], 1)
      await io.query('select 2', [], 1)
    })
    expect(steps.length).toBe(2)
    expect(steps[0]).toMatch(/^MYSQL 127\.0\.0\.1:\d+$/)
    const bound = egressWith().io(permitFor('mysql'), mysqlAccount({ database }), {
      ...limits,
      step: async () => {
        throw new Error('the log is full')
      },
    })
    await expect(bound.io.mysql.execute('insert into things values (-1, ?)', ['x'], 1)).rejects.toThrow(
      'the log is full',
    )
    await bound.close()
    expect((await query('select id from things where id = -1')).rows).toEqual([])
  })

  test('values come as JSON: exact where a double is exact, text where it is not', async () => {
    const { rows } =
      await query(`select cast(-5 as signed) a, 9007199254740993 b, cast(18446744073709551615 as unsigned) c,
      1.50 d, cast('12345678901234567890.5' as decimal(30, 1)) e, 1e300 f, cast(1.1 as float) g, null h, x'00ff' i, 'é😀' j,
      timestamp '2024-02-03 04:05:06.789' k, timestamp '2024-02-03 00:00:00' l, date '2024-02-03' m, time '-26:01:02.5' n, time '00:00:00' o,
      cast(0 as date) p, true q, json_object('a', 1) r, from_unixtime(0) s`)
    expect(rows[0]).toEqual({
      a: -5,
      b: '9007199254740993',
      c: '18446744073709551615',
      d: 1.5,
      e: '12345678901234567890.5',
      f: 1e300,
      g: 1.1,
      h: null,
      i: 'AP8=',
      j: 'é😀',
      k: '2024-02-03T04:05:06.789',
      l: '2024-02-03T00:00:00',
      m: '2024-02-03',
      n: '-26:01:02.5',
      o: '00:00:00',
      p: '0000-00-00',
      q: 1,
      r: '{"a": 1}',
      s: '1970-01-01T00:00:00',
    })
    await execute(`create table kinds (t tinyint, tu tinyint unsigned, s smallint, m mediumint, i int unsigned, f float, b bit(9),
      e enum('x', 'y'), st set('p', 'q'), ts timestamp(3) null, bl blob, tx longtext, g point, y year)`)
    await execute(
      `insert into kinds values (-1, 255, -300, -8388608, 4294967295, 0.1, b'100000001', 'y', 'p,q', '2024-02-03 04:05:06.7', 'ab', 'ab', null, 2024), (null, null, null, null, null, null, null, null, null, null, null, null, null, null)`,
    )
    const [values, nulls] = (await query('select * from kinds')).rows
    expect(values).toEqual({
      t: -1,
      tu: 255,
      s: -300,
      m: -8388608,
      i: 4294967295,
      f: 0.1,
      b: 257,
      e: 'y',
      st: 'p,q',
      ts: '2024-02-03T04:05:06.7Z',
      bl: 'YWI=',
      tx: 'ab',
      g: null,
      y: 2024,
    })
    expect(new Set(Object.values(nulls ?? {}))).toEqual(new Set([null]))
  })

  test('any value goes in as a parameter and comes back as it was, never read as SQL', async () => {
    const value = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.maxSafeInteger(),
      fc.double({ noNaN: true }),
      fc.boolean(),
      fc.constant(null),
    )
    await withMysql(async (io) => {
      await fc.assert(
        fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 20 }), async (given) => {
          const finite = given.map((one) => (typeof one === 'number' && !Number.isFinite(one) ? 0 : one))
          const { rows } = await io.query(`select ${finite.map((_, i) => `? as c${i}`).join(', ')}`, finite, 1)
          const want = finite.map((one) => (typeof one === 'boolean' ? Number(one) : one))
          expect(Object.values(rows[0] ?? {}).map((one) => (one === 0 ? 0 : one))).toEqual(
            want.map((one) => (one === 0 ? 0 : one)),
          )
        }),
        { numRuns: 60 },
      )
      const { rows } = await io.query(
        'select ? as j, ? as s limit ?',
        [{ a: [1, 'x'] }, "'; drop table things; --", 1],
        1,
      )
      expect(rows[0]).toEqual({ j: '{"a":[1,"x"]}', s: "'; drop table things; --" })
    })
    expect((await refused(query('select ?', []))).message).toBe('the statement takes 1 parameters, 0 were given')
  })

  test('a value of more than one packet goes and comes whole', async () => {
    const big = 'x'.repeat(0xffffff)
    await asRoot('set global max_allowed_packet = 67108864')
    const { rows } = await withMysql(
      (io) => io.query('select length(?) as n, ? as back', [big, big], 1),
      mysqlAccount({ database }),
      { maxBytes: 32 * 1024 * 1024, timeoutMs: 30_000 },
    )
    expect([rows[0]?.['n'], rows[0]?.['back'] === big]).toEqual([big.length, true])
  })

  test('two columns of one name keep both values', async () => {
    expect((await query('select 1 as a, 2 as a, 3 as `__proto__`')).rows).toEqual([
      { a: 1, a_2: 2, ['__proto___2']: 3 },
    ])
  })

  test('execute changes rows, commits, and counts them; its rows are cut, its work is not', async () => {
    expect((await execute('update things set name = name where id <= 10')).row_count).toBe(10)
    expect(await execute('insert into things (id, name) values (2000, ?), (2001, ?)', ['a', 'b'])).toMatchObject({
      row_count: 2,
    })
    expect(await execute('insert into things (name) values (?), (?)', ['c', 'd'])).toMatchObject({ insert_id: 2002 })
    const made = await execute('insert into things select seq, ? from seq_3001_to_3300 returning id', ['more'], 5)
    expect([made.rows.length, made.row_count, made.truncated]).toEqual([5, 300, true])
    expect((await query('select count(*) n from things where id > 3000')).rows).toEqual([{ n: 300 }])
  })

  describe('query changes nothing, whatever it is given', () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ps-mysql-'))
    const marker = path.join(folder, 'marker')
    fs.chmodSync(folder, 0o777)
    afterAll(() => fs.rmSync(folder, { recursive: true, force: true }))
    beforeAll(async () => {
      await execute('create table old (id int primary key, name varchar(50)) engine = myisam')
      await execute('create sequence numbers')
      await execute(
        `create procedure sneak() begin commit; set session transaction read write; start transaction read write; insert into things values (-2, 'x'); commit; end`,
      )
      await execute(`create procedure shown() begin commit; insert into old values (-2, 'x'); select 1 as one; end`)
      await execute(`create function sneaky() returns int begin insert into things values (-2, 'x'); return 1; end`)
      await execute(`create function sneaky_old() returns int begin insert into old values (-2, 'x'); return 1; end`)
    })
    const state = async () => [
      (await query('select count(*) n, min(id) m from things')).rows,
      (await query('select count(*) n from old')).rows,
      (await query('select @@global.max_connections a, @@global.general_log b')).rows,
      (await query('select next_not_cached_value v from numbers')).rows,
      (await query('select table_name t from information_schema.tables where table_schema = ?', [database])).rows,
    ]

    const attempts = [
      `insert into things values (-2, 'x')`,
      `insert into things values (-2, 'x') returning id`,
      `insert into old values (-2, 'x') returning id`,
      `replace into old values (-2, 'x') returning id`,
      'delete from things returning id',
      `select 1; insert into things values (-2, 'x')`,
      `select 1; commit; insert into things values (-2, 'x')`,
      `select 1) ; insert into things values (-2, 'x'`,
      `load data local infile '/etc/passwd' into table things (name)`,
      `load data infile '/etc/passwd' into table things (name)`,
      `select 1 into outfile '${marker}'`,
      `select 1 union select 2 into outfile '${marker}'`,
      `(select 1) into dumpfile '${marker}'`,
      `with a as (select 1) select * from a into outfile '${marker}'`,
      'select 1 into @a',
      'set global max_connections = 77',
      'set global general_log = 1',
      'set @a = 1',
      'call sneak()',
      'call shown()',
      '/*!50000 call sneak() */',
      `/*M! insert into things values (-2, 'x') */`,
      'select sneaky()',
      'select sneaky_old()',
      'select nextval(numbers)',
      'select next value for numbers',
      'select setval(numbers, 50)',
      `begin not atomic insert into things values (-2, 'x'); end`,
      `execute immediate 'insert into things values (-2, 1)'`,
      `prepare later from 'select 1'`,
      `set statement max_statement_time = 0 for insert into things values (-2, 'x')`,
      'set statement max_statement_time = 0 for select 1',
      'analyze update things set name = 9',
      'analyze format = json delete from things',
      'analyze table things',
      'optimize table old',
      'repair table old',
      'check table old',
      'cache index old in hot',
      'flush tables',
      'lock tables things write',
      'select id from things for update',
      'commit',
      'start transaction read write',
      'create table made (a int)',
      'create temporary table made (a int)',
      'create table made as select 1',
      'truncate table old',
      'drop table old',
      'rename table old to older',
      'xa start "a"',
      'kill 1',
      'shutdown',
      'grant all on *.* to root',
      "install soname 'x'",
      'show tables',
      'do sleep(0)',
      '',
      ';',
      '-- nothing',
    ]
    test.each(attempts)('%s', async (sql) => {
      const before = await state()
      expect(['service_refused', 'service_failed']).toContain((await refused(query(sql))).code)
      expect(await state()).toEqual(before)
      expect(fs.existsSync(marker)).toBe(false)
    })

    test('what only reads is taken, however it is written', async () => {
      for (const sql of [
        'select 1;',
        'values (1), (2)',
        'with recursive n as (select 1 i union all select i + 1 from n where i < 3) select * from n',
        '(select 1) union (select 2) order by 1 limit 1 -- end',
        'select 1 a, 2 a from dual having a > 0 # end',
        'select @a := 5',
      ])
        expect([sql, (await query(sql)).rows.length > 0]).toEqual([sql, true])
    })

    test('LOAD_FILE gives nothing to a user without FILE', async () => {
      const account = mysqlAccount({ database, user }, 'pass-word-of-the-user')
      const { rows } = await withMysql((io) => io.query(`select load_file('/etc/passwd') f`, [], 1), account)
      expect(rows).toEqual([{ f: null }])
    })

    test('nothing of one action is left for the next: sessions are fresh', async () => {
      await execute('set @left = 1')
      await execute('create temporary table t (a int)')
      await execute(`set session sql_mode = ''`)
      const { rows } = await query(`select @left as v, @@sql_mode like '%STRICT_ALL_TABLES%' as strict`)
      expect(rows).toEqual([{ v: null, strict: 1 }])
      await refused(query('select * from t'))
    })
  })

  test('execute takes one statement, and no file of ours', async () => {
    expect((await refused(execute(`select 1; insert into things values (-4, 'x')`))).message).toContain('syntax')
    const file = await refused(execute(`load data local infile '/etc/passwd' into table things (name)`))
    expect(file.code).toBe('service_refused')
    expect((await query('select id from things where id = -4 or name like ?', ['root:%'])).rows).toEqual([])
  })

  test('of several results of a procedure the first comes, and it says that there was more', async () => {
    await execute('create procedure two() begin select 1 as a; select 2 as b; end')
    expect(await execute('call two()')).toMatchObject({ columns: ['a'], rows: [{ a: 1 }], truncated: true })
  })

  test('an error undoes the whole statement; where it could not, the message says so', async () => {
    const twice = await refused(execute(`insert into things values (-5, 'a'), (1, 'twice')`))
    expect([twice.code, twice.message]).toEqual([
      'service_refused',
      expect.stringMatching(/Duplicate entry .*\(23000 1062\)$/),
    ])
    expect((await query('select id from things where id = -5')).rows).toEqual([])
    await execute(
      `create procedure half() begin insert into things values (-6, 'a'); commit; signal sqlstate '45000'; end`,
    )
    expect((await refused(execute('call half()'))).message).toContain('what it did before the error stands')
    expect((await query('select id from things where id = -6')).rows).toEqual([{ id: -6 }])
  })

  test('a value that is too long is refused, not cut, whatever mode the server is in', async () => {
    await asRoot(`set global sql_mode = ''`)
    try {
      const fault = await refused(execute('insert into things (name) values (?)', ['x'.repeat(51)]))
      expect(fault.message).toContain('too long')
    } finally {
      await asRoot('set global sql_mode = default')
    }
  })

  test('a change that the server warns about is undone: 0 is not every name, and a word is not 0', async () => {
    const change = (sql: string, params: Json[]) => withMysql((io) => io.change(sql, params))
    await execute('create table some (id int primary key, name varchar(50)) engine = innodb')
    await execute('create table aged (id int primary key, name varchar(50)) engine = myisam')
    for (const table of ['some', 'aged']) await execute(`insert into ${table} values (0, 'zero'), (1, 'one')`)
    for (const [where, value] of [
      ['name = ?', 0],
      ['id = ?', 'abc'],
      ['id in (?)', 'abc'],
      ['name <> ?', 5],
    ] as const)
      expect([where, (await refused(change(`delete from some where ${where}`, [value]))).message]).toEqual([
        where,
        expect.stringMatching(/^Truncated incorrect \w+ value: .*\(01000 1292\)$/),
      ])
    expect((await query('select * from some')).rows).toHaveLength(2)
    expect((await change('delete from some where id = ?', ['1'])).row_count).toBe(1)
    const old = await refused(change('delete from aged where name = ?', [0]))
    expect(old.message).toContain('what it did to tables without transactions stands')
  })

  test('after an error the same session goes on', async () => {
    await withMysql(async (io) => {
      await refused(io.execute('insert into things values (1, ?)', ['twice'], 1))
      expect((await io.execute('select 8 as n', [], 1)).rows).toEqual([{ n: 8 }])
      await refused(io.query('select nothing', [], 1))
      expect((await io.query('select 7 as n', [], 1)).rows).toEqual([{ n: 7 }])
    })
  })

  test('the server ends a statement that takes too long, before we give up', async () => {
    const fault = await refused(
      withMysql(
        (io) => io.query('select count(*) from seq_1_to_1000000000 where seq % 7 = ?', [1], 1),
        mysqlAccount({ database }),
        { timeoutMs: 1500 },
      ),
    )
    expect(fault.message).toContain('max_statement_time exceeded')
  })

  test('a session that is cut while a statement runs has an unknown outcome', async () => {
    const controller = new AbortController()
    const running = withMysql((io) => io.execute('select sleep(10), 4711', [], 1), mysqlAccount({ database }), {
      signal: controller.signal,
    }).catch((e: Error) => e.name)
    await waitFor('select sleep(10), 4711')
    controller.abort()
    expect(await running).toBe('Unanswered')
  })

  test('a session that the server ends has an unknown outcome, and a change of rows was undone', async () => {
    const sql = 'insert into things select -50, sleep(10)'
    const work = execute(sql).catch((e: Error) => e.name)
    await asRoot(`kill ${await waitFor(sql)}`)
    expect(await work).toBe('Unanswered')
    expect((await query('select id from things where id = -50')).rows).toEqual([])
  })

  test('one value larger than everything allowed is no result, and no crash; many are cut', async () => {
    const error = await query(`select repeat('x', 10000000) as x`).catch((e: Error & { code?: string }) => e.code)
    expect(error).toBe('answer_too_large')
    const many = await query(`select repeat('y', 10000) as y from seq_1_to_50`, [], 50)
    expect([many.truncated, many.rows.length > 0 && many.rows.length < 50]).toEqual([true, true])
  })

  test('a wrong password is a refused credential, an unknown database a refusal; neither repeats the password', async () => {
    const secret = 'wrong-password-canary'
    const wrong = await refused(withMysql((io) => io.query('select 1', [], 1), mysqlAccount({ user }, secret)))
    expect([wrong.code, wrong.message.includes(secret)]).toEqual(['credential_refused', false])
    const none = await refused(withMysql((io) => io.query('select 1', [], 1), mysqlAccount({ user })))
    expect(none.code).toBe('credential_refused')
    const nowhere = mysqlAccount({ database: 'nowhere_at_all' })
    expect((await refused(withMysql((io) => io.query('select 1', [], 1), nowhere))).code).toBe('service_refused')
    const right = await withMysql(
      (io) => io.query('select current_user() as u', [], 1),
      mysqlAccount({ database, user }, 'pass-word-of-the-user'),
    )
    expect(right.rows).toEqual([{ u: `${user}@%` }])
  })

  test("a server's words are passed on without the password", async () => {
    const account = mysqlAccount({ database, user }, 'pass-word-of-the-user')
    const error = await refused(withMysql((io) => io.query('select `pass-word-of-the-user`', [], 1), account))
    expect(error.message).toContain("Unknown column '[secret]'")
  })

  /** The id of the session that runs it. */
  async function waitFor(sql: string): Promise<number> {
    for (;;) {
      const { rows } = await withMysql(
        (io) => io.query('select id from information_schema.processlist where info = ? and time_ms > 0', [sql], 1),
        mysqlAccount(),
      )
      if (rows[0]) return Number(rows[0]['id'])
      await Bun.sleep(5)
    }
  }
})
