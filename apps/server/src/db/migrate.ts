import fs from 'node:fs'
import { type Kysely, sql } from 'kysely'
import { columns } from './dialect.ts'
import { type Migration, migrations } from './migrations/index.ts'
import type { Database } from './open.ts'
import type { Tables } from './schema/index.ts'

/** The database was written by a newer version: this one must not touch it. */
export class NewerSchema extends Error {
  constructor(found: number, known: number) {
    super(
      `the database has schema ${found}, this version knows up to ${known}: start a newer version, or restore a backup`,
    )
    this.name = 'NewerSchema'
  }
}

/** One key for all copies: migrations, and the making of keys, happen once. */
export const migrationLock = 7_236_001

/** The schema's version, 0 for an empty database. */
export async function schemaVersion(db: Kysely<Tables>): Promise<number> {
  const row = await db.selectFrom('meta').select('value').where('name', '=', 'schema').executeTakeFirst()
  return row ? Number(row.value) : 0
}

/**
 * Brings the database to this version, all or nothing. `first` runs in the same transaction when the database was
 * empty (keys are made then, and only then); `check` runs whenever it was not.
 * @returns the versions before and after.
 */
export async function migrate(
  database: Database,
  hooks: { first(db: Kysely<Tables>): Promise<void>; check(db: Kysely<Tables>): Promise<void> },
  list: readonly Migration[] = migrations,
): Promise<{ from: number; to: number }> {
  const { flavour, write } = database
  const { text } = columns(flavour)
  await backUpSqlite(database, list.length)
  return write.transaction().execute(async (db) => {
    if (flavour === 'postgres') await sql`select pg_advisory_xact_lock(${sql.lit(migrationLock)})`.execute(db)
    await sql`create table if not exists meta (name ${text} primary key, value ${text} not null)`.execute(db)
    const from = await schemaVersion(db)
    if (from > list.length) throw new NewerSchema(from, list.length)
    for (const migration of list.slice(from)) await migration.up(db, flavour)
    if (from < list.length)
      await db
        .insertInto('meta')
        .values({ name: 'schema', value: String(list.length) })
        .onConflict((c) => c.column('name').doUpdateSet({ value: String(list.length) }))
        .execute()
    if (from === 0) await hooks.first(db)
    else await hooks.check(db)
    return { from, to: list.length }
  })
}

/** A copy of a SQLite file that is about to be migrated, beside it: `<file>.before-<version>`. */
async function backUpSqlite(database: Database, to: number): Promise<void> {
  if (database.file === null) return
  const known = await sql<{ n: number }>`select count(*) as n from sqlite_master where name = 'meta'`.execute(
    database.write,
  )
  if (!known.rows[0]?.n) return
  const from = await schemaVersion(database.write)
  if (from === 0 || from >= to) return
  const copy = `${database.file}.before-${to}`
  fs.rmSync(copy, { force: true })
  await sql`vacuum into ${copy}`.execute(database.write)
  fs.chmodSync(copy, 0o600)
}
