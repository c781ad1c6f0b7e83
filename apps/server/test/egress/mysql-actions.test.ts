import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { driveIo } from '@permission-slip/connectors/kit/drive.ts'
import type { Io } from '@permission-slip/connectors/kit/io.ts'
import { parseParams } from '@permission-slip/connectors/kit/params.ts'
import { mysql } from '@permission-slip/connectors/mysql.ts'
import type { Json, JsonObject } from '@permission-slip/protocol/json.ts'
import type { Account } from '../../src/egress/egress.ts'
import { egressWith, limits, mysqlAccount, mysqlTest, permitFor, randomName } from './support.ts'

const database = randomName()
const user = randomName()
const ctx = { fields: {}, account: null, key: 'k', now: 0 }

async function withIo<T>(use: (io: Io) => Promise<T>, account: Account = mysqlAccount({ database })): Promise<T> {
  const bound = egressWith().io(permitFor('mysql'), account, { ...limits, step: async () => {} })
  try {
    return await use(bound.io)
  } finally {
    await bound.close()
  }
}
/** As the gate runs it: parameters parsed, result through its schema, the product's own session. */
const run = (id: string, params: JsonObject): Promise<Json> => {
  const action = mysql.actions[id]
  if (!action) throw new Error(id)
  return withIo((io) => driveIo(action, parseParams(action, params), io, ctx))
}
const asRoot = (sql: string) => withIo((io) => io.mysql.execute(sql, [], 1), mysqlAccount())

describe.skipIf(!mysqlTest)('MySQL actions on a real MariaDB (set PS_TEST_MYSQL)', () => {
  const table = 'cust`om"ers'
  const name = '`cust``om"ers`'
  beforeAll(async () => {
    await asRoot(`create database ${database} character set utf8mb4`)
    await asRoot(`create user '${user}'@'%' identified by 'pass-word-of-the-user'`)
    await asRoot(`grant all privileges on ${database}.* to '${user}'@'%'`)
    await asRoot(`grant file on *.* to '${user}'@'%'`)
    await asRoot(`create table ${database}.cities (name varchar(50) primary key)`)
    await asRoot(`insert into ${database}.cities values ('Oslo'), ('Bergen')`)
    await asRoot(`create table ${database}.${name} (id int primary key auto_increment, name varchar(50) not null comment 'whole',
      city varchar(50) default 'Oslo', extra json, born date, sum decimal(30, 2), key by_city (city, name(3)),
      constraint lives foreign key (city) references ${database}.cities (name))`)
  })
  afterAll(async () => {
    await asRoot(`drop database ${database}`)
    await asRoot(`drop user '${user}'@'%'`)
  })

  test('rows go in as what their columns are, and a column not named gets its default', async () => {
    const rows = [
      { name: "O'Hara", extra: { a: [1, null] }, born: '2001-02-03', sum: '12345678901234567890.50' },
      { name: 'Ada 😀', extra: null, born: null, sum: 1.5 },
    ]
    expect(await run('insert', { table, rows })).toEqual({ row_count: 2, insert_id: 1 })
    const back = await run('query', { sql: `select id, name, city, extra, born, sum from ${name} order by id` })
    expect(back).toMatchObject({
      rows: [
        { id: 1, city: 'Oslo', ...rows[0], extra: '{"a":[1,null]}' },
        { id: 2, city: 'Oslo', ...rows[1] },
      ],
    })
    await expect(run('insert', { table, rows: [{ name: 'a' }, { name: 'a', id: 1 }] })).rejects.toThrow('rows[1]')
    await expect(run('insert', { table, rows: [{ name: 'new' }, { name: null }] })).rejects.toThrow('cannot be null')
    expect(await run('query', { sql: `select count(*) n from ${name}` })).toMatchObject({ rows: [{ n: 2 }] })
  })

  test('an update and a delete change the rows that match, and no others', async () => {
    expect(
      await run('update', {
        database,
        table,
        set: { city: 'Bergen', extra: [1] },
        where: [
          { column: 'name', op: 'like', value: 'o_h%' },
          { column: 'born', op: 'is not null' },
        ],
      }),
    ).toEqual({ row_count: 1 })
    // Matched, though nothing of it changed.
    const where = [{ column: 'id', op: '=', value: 1 }]
    expect(await run('update', { table, set: { city: 'Bergen' }, where })).toEqual({ row_count: 1 })
    await expect(run('delete', { table, where: [{ column: 'name', op: '=', value: 0 }] })).rejects.toThrow(
      'Truncated incorrect',
    )
    expect(
      await run('delete', {
        table,
        where: [
          { column: 'id', op: 'in', value: [1, 99] },
          { column: 'city', op: '=', value: 'Bergen' },
        ],
      }),
    ).toEqual({ row_count: 1 })
    expect(await run('query', { sql: `select name from ${name}` })).toMatchObject({ rows: [{ name: 'Ada 😀' }] })
  })

  test('the schema is described', async () => {
    const databases = (await run('list_databases', {})) as { rows: JsonObject[] }
    expect(databases.rows).toContainEqual(expect.objectContaining({ database, charset: 'utf8mb4' }))
    expect(await run('list_tables', {})).toMatchObject({
      rows: [{ table: 'cities', kind: 'base table' }, { table }],
    })
    const elsewhere = (await run('list_tables', { database: 'information_schema' })) as { rows: JsonObject[] }
    expect(elsewhere.rows.map((row) => row['table'])).toContain('TABLES')
    const { columns, constraints } = (await run('describe_table', { table })) as {
      columns: JsonObject[]
      constraints: JsonObject[]
    }
    expect(columns.slice(0, 3)).toMatchObject([
      { column: 'id', nullable: 0, extra: 'auto_increment' },
      { column: 'name', type: 'varchar(50)', nullable: 0, comment: 'whole' },
      { column: 'city', nullable: 1, default: "'Oslo'" },
    ])
    expect(constraints).toContainEqual({
      constraint: 'lives',
      kind: 'foreign key',
      column: 'city',
      referenced_database: database,
      referenced_table: 'cities',
      referenced_column: 'name',
    })
    const indexes = (await run('list_indexes', { database, table })) as { rows: JsonObject[] }
    expect(
      indexes.rows.map((row) => [row['index'], row['position'], row['column'], row['unique'], row['prefix']]),
    ).toEqual([
      ['by_city', 1, 'city', 0, null],
      ['by_city', 2, 'name', 0, 3],
      ['PRIMARY', 1, 'id', 1, null],
    ])
    await run('execute', { sql: 'create function one() returns int deterministic return 1' })
    expect(await run('list_routines', {})).toMatchObject({
      rows: [{ routine: 'one', kind: 'function', security: 'DEFINER' }],
    })
  })

  test('a migration runs, and says when it can not', async () => {
    await run('execute', { sql: `alter table ${name} add column age int` })
    await expect(run('execute', { sql: `alter table ${name} add column age int` })).rejects.toThrow('Duplicate column')
  })

  test('the check says whose account it is and warns of FILE and ALL PRIVILEGES, without the hash', async () => {
    const account = mysqlAccount({ database, user }, 'pass-word-of-the-user')
    const checked = await withIo((io) => mysql.check?.run?.(io, ctx) ?? Promise.reject(new Error('no check')), account)
    expect(checked.account_id).toBe(`${user}@%/${database}`)
    expect(checked.warnings.join(' ')).toContain('FILE')
    expect(checked.warnings.join(' ')).toContain('ALL PRIVILEGES on `ps')
    expect(JSON.stringify(checked)).not.toMatch(/\*[0-9A-F]{40}/)
    const root = await withIo((io) => mysql.check?.run?.(io, ctx) ?? Promise.reject(new Error('no check')))
    expect(root.warnings[0]).toContain('ALL PRIVILEGES on the whole server')
  })
})
