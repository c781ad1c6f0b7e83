import { type Kysely, type RawBuilder, sql } from 'kysely'
import { columns, type Flavour } from '../dialect.ts'
import type { Tables } from '../schema/index.ts'

/** The tables of sign-in: never written in the log's transaction. */
export async function up(db: Kysely<Tables>, flavour: Flavour): Promise<void> {
  const { text, int } = columns(flavour)
  const run = (statement: RawBuilder<unknown>) => statement.execute(db)

  await run(sql`create table auth_accounts (id ${text} primary key, password ${text} not null, totp ${text},
    totp_step ${int} not null default 0, created_at ${int} not null)`)
  await run(sql`create table auth_backup_codes (account ${text} not null, hash ${text} not null, used_at ${int},
    primary key (account, hash))`)
  await run(sql`create table auth_sessions (hash ${text} not null, account ${text} not null, secret_hash ${text} not null,
    tls ${int} not null, created_at ${int} not null, proved_at ${int} not null, used_at ${int} not null, primary key (hash, account))`)
  await run(sql`create index auth_sessions_account on auth_sessions (account)`)
  await run(
    sql`create table auth_totp_pending (person ${text} primary key, totp ${text} not null, created_at ${int} not null)`,
  )
  await run(sql`create index people_email on people (email)`)
}
