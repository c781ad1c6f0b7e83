import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { Json, JsonObject } from '@permission-slip/protocol/json.ts'
import { SQL } from 'bun'
import { driveIo } from '../kit/drive.ts'
import type { Io, PostgresIo } from '../kit/io.ts'
import { parseParams } from '../kit/params.ts'
import { recorder } from '../kit/recorder.ts'
import { postgres } from '../src/postgres.ts'

const server = process.env['PS_TEST_POSTGRES']
const suffix = crypto.randomUUID().replaceAll('-', '').slice(0, 12)
const database = `kit_${suffix}`
const role = `kit_role_${suffix}`

/** The statements themselves on a real server; the product's own session is tested where it stands. */
describe.skipIf(!server)('PostgreSQL actions on a real server (needs PS_TEST_POSTGRES)', () => {
  const root = new SQL({ url: server ?? '', max: 1 })
  let sql: SQL
  let io: Io
  beforeAll(async () => {
    await root.unsafe(`CREATE DATABASE ${database}`)
    const url = new URL(server ?? '')
    url.pathname = `/${database}`
    sql = new SQL({ url: url.href, max: 1 })
    const rows = async (text: string, params: readonly Json[], max: number) => {
      const all = JSON.parse(JSON.stringify(await sql.unsafe(text, [...params]))) as JsonObject[]
      return {
        columns: Object.keys(all[0] ?? {}),
        rows: all.slice(0, max),
        row_count: all.length,
        truncated: all.length > max,
      }
    }
    const own: PostgresIo = {
      query: rows,
      execute: rows,
      maintain: async (text) => {
        await sql.unsafe(text)
      },
    }
    io = { ...recorder([], () => {}), postgres: own }
    await sql.unsafe(`CREATE TABLE "cust""omers" (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, city text DEFAULT 'Oslo',
      tags text[], extra jsonb, born date, sum numeric); CREATE INDEX by_city ON "cust""omers" (city)`)
  })
  afterAll(async () => {
    await sql?.end()
    await root.unsafe(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`)
    await root.unsafe(`DROP ROLE IF EXISTS ${role}`)
    await root.end()
  })
  const run = (id: string, params: JsonObject): Promise<Json> => {
    const action = postgres.actions[id]
    if (!action) throw new Error(id)
    return driveIo(action, parseParams(action, params), io, { fields: {}, account: null, key: 'k', now: 0 })
  }
  const table = 'cust"omers'

  test('rows go in as what their columns are, and a column not named gets its default', async () => {
    const rows = [
      { name: "O'Hara", tags: ['a', 'b,"c'], extra: [1, { x: null }], born: '2001-02-03', sum: 1.5 },
      { name: 'Ada', tags: null, extra: 'text', born: null, sum: '12345678901234567890.5' },
    ]
    expect(await run('insert', { table, rows, returning: ['id', 'city'] })).toMatchObject({
      rows: [
        { id: 1, city: 'Oslo' },
        { id: 2, city: 'Oslo' },
      ],
    })
    const back = await run('query', {
      sql: `SELECT name, array_to_json(tags) AS tags, extra, born::text AS born, sum::text AS sum FROM "cust""omers" ORDER BY id`,
    })
    expect(back).toMatchObject({ rows: [{ ...rows[0], sum: '1.5' }, rows[1] ?? {}] })
    expect(run('insert', { table, rows: [{ name: 'a' }, { name: 'b', city: 'c' }] })).rejects.toMatchObject({
      code: 'invalid_params',
    })
  })
  test('an update and a delete change the rows that match, and no others', async () => {
    expect(
      await run('update', {
        table,
        set: { city: 'Bergen', extra: { a: [1] } },
        where: [
          { column: 'name', op: 'ilike', value: 'o_h%' },
          { column: 'born', op: 'is not null' },
        ],
        returning: ['id', 'extra'],
      }),
    ).toMatchObject({ rows: [{ id: 1, extra: { a: [1] } }] })
    expect(
      await run('delete', {
        table,
        where: [
          { column: 'id', op: 'in', value: [1, 99] },
          { column: 'city', op: '=', value: 'Bergen' },
        ],
        returning: ['name'],
      }),
    ).toMatchObject({ rows: [{ name: "O'Hara" }] })
    expect(await run('query', { sql: 'SELECT count(*)::int AS n FROM "cust""omers"' })).toMatchObject({
      rows: [{ n: 1 }],
    })
    expect(() => run('delete', { table, where: [] })).toThrow()
  })
  test('the schema is described', async () => {
    expect(await run('list_schemas', {})).toMatchObject({ rows: [{ schema: 'public' }] })
    expect(await run('list_tables', {})).toMatchObject({ rows: [{ table, kind: 'table' }] })
    const described = (await run('describe_table', { table })) as { columns: JsonObject[]; constraints: JsonObject[] }
    expect(described.columns.map((c) => [c['column'], c['type'], c['nullable'], c['identity']])).toContainEqual([
      'name',
      'text',
      false,
      false,
    ])
    expect(described.constraints).toContainEqual(
      expect.objectContaining({ kind: 'primary key', definition: 'PRIMARY KEY (id)' }),
    )
    const indexes = (await run('list_indexes', { table })) as { rows: JsonObject[] }
    expect(indexes.rows.map((r) => r['index'])).toEqual(['by_city', 'cust"omers_pkey'])
    expect(await run('list_functions', {})).toMatchObject({ rows: [] })
  })
  test('roles and rights are made, shown, and taken back', async () => {
    await run('create_role', { role, login: true, connection_limit: 2 })
    const roles = (await run('list_roles', {})) as { rows: JsonObject[] }
    expect(roles.rows).toContainEqual(
      expect.objectContaining({ role, login: true, connection_limit: 2, superuser: false }),
    )
    await run('grant', { table, role, privileges: ['SELECT', 'INSERT'] })
    const granted = (await run('list_grants', { table })) as { rows: JsonObject[] }
    expect(granted.rows.filter((r) => r['role'] === role).map((r) => r['privilege'])).toEqual(['INSERT', 'SELECT'])
    await run('grant_role', { role: 'pg_monitor', member: role })
    await run('revoke_role', { role: 'pg_monitor', member: role })
    await run('revoke', { table, role, privileges: ['SELECT', 'INSERT'] })
    expect(await run('drop_role', { role })).toEqual({ done: true })
  })
  test('sizes, extensions and upkeep work', async () => {
    const sizes = (await run('database_sizes', {})) as { rows: JsonObject[] }
    expect(sizes.rows.map((r) => r['database'])).toContain(database)
    expect(await run('table_sizes', {})).toMatchObject({ rows: [{ table }] })
    expect(((await run('list_extensions', {})) as { rows: JsonObject[] }).rows).toContainEqual(
      expect.objectContaining({ extension: 'plpgsql' }),
    )
    expect(await run('vacuum', { table, full: true })).toEqual({ done: true })
    expect(await run('analyze', { table })).toEqual({ done: true })
  })
  test('a session ends only if it is the very one that was shown', async () => {
    const url = new URL(server ?? '')
    url.pathname = `/${database}`
    const victim = new SQL({ url: url.href, max: 1 })
    const [{ pid }] = (await victim.unsafe('SELECT pg_backend_pid() AS pid')) as [{ pid: number }]
    const shown = ((await run('activity', {})) as { rows: JsonObject[] }).rows.find((r) => r['pid'] === pid)
    expect(shown?.['started_at']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
    expect(await run('terminate', { pid, started_at: '2026-01-01T00:00:00.000001Z' })).toEqual({ done: false })
    expect(await run('cancel_query', { pid, query_started_at: '2026-01-01T00:00:00.000001Z' })).toEqual({ done: false })
    expect(await victim.unsafe('SELECT 1 AS one')).toHaveLength(1)
    const again = ((await run('activity', {})) as { rows: JsonObject[] }).rows.find((r) => r['pid'] === pid)
    expect(await run('terminate', { pid, started_at: again?.['started_at'] ?? '' })).toEqual({ done: true })
    await victim.end().catch(() => {})
  })
  test('the check warns of a superuser who owns tables', async () => {
    const checked = await postgres.check?.run?.(io, { fields: {}, account: null, key: 'k', now: 0 })
    expect(checked?.account_id).toContain(database)
    expect(checked?.warnings.join(' ')).toContain('superuser')
    expect(checked?.warnings.join(' ')).toContain('owns 1 table')
  })
})
