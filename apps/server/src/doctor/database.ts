import { Database as Sqlite } from 'bun:sqlite'
import fs from 'node:fs'
import path from 'node:path'
import { Kysely, sql } from 'kysely'
import { iso } from '../clock.ts'
import { newestEntry } from '../clock-guard.ts'
import type { Config } from '../config/config.ts'
import { masterInForce, readMasterKeys } from '../connections/master-key.ts'
import { schemaVersion } from '../db/migrate.ts'
import { migrations } from '../db/migrations/index.ts'
import { openDatabase } from '../db/open.ts'
import type { Tables } from '../db/schema/index.ts'
import { sqliteDialect } from '../db/sqlite-dialect.ts'
import type { Db } from '../db/writer-types.ts'
import { readLogKey } from '../log/keys.ts'
import { standing } from '../log/rollback.ts'
import { hashToken } from '../tokens.ts'
import { type Finding, note, well, wrong } from './finding.ts'

export interface Moment {
  /** Milliseconds since 1970. */
  now: number
  builtAt: number
}

/** Whether there is a database yet: for SQLite its file, for PostgreSQL a key that was made with it. */
export const hasBegun = ({ databaseUrl, dataDir }: Config): boolean =>
  fs.existsSync(databaseUrl.startsWith('sqlite:') ? fileOf(databaseUrl) : path.join(dataDir, 'log.key'))
const fileOf = (url: string): string => url.slice('sqlite:'.length)

/** What the database says of itself, of the keys, and of the clock. Only reads; made and changed by `serve` alone. */
export async function lookAtDatabase(config: Config, moment: Moment): Promise<Finding[]> {
  let opened: { db: Db; close(): Promise<void> } | undefined
  try {
    opened = await openToRead(config.databaseUrl)
    const schema = await schemaOf(opened.db)
    const first = lookAtSchema(schema)
    if (schema === 0 || schema > migrations.length) return [first]
    return [
      first,
      ...(await lookAtKeys(opened.db, config)),
      ...(await lookAtCheckpoint(opened.db, config)),
      ...(await lookAtClock(opened.db, config, moment)),
    ]
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    return [
      wrong(
        'database',
        `${placeOf(config.databaseUrl)} can't be read: ${why || 'no answer'}.`,
        config.databaseUrl.startsWith('sqlite:')
          ? 'Look at the file and its folder: owner, mode, disk. A damaged one is replaced from a backup.'
          : 'Is that server running and reachable from here, and are user, password and database in PERMISSION_SLIP_DATABASE_URL right?',
      ),
    ]
  } finally {
    await opened?.close()
  }
}

/** 0 for a database without any table of ours. */
const schemaOf = (db: Db): Promise<number> =>
  schemaVersion(db).catch((error: unknown) => {
    if (error instanceof Error && /no such table: meta|relation "meta" does not exist/.test(error.message)) return 0
    throw error
  })

/** Without user and password. */
function placeOf(url: string): string {
  if (url.startsWith('sqlite:')) return fileOf(url)
  const { host, pathname } = new URL(url)
  return `The database${pathname} at ${host}`
}

async function openToRead(url: string): Promise<{ db: Db; close(): Promise<void> }> {
  if (!url.startsWith('sqlite:')) {
    const { read, close } = await openDatabase(url)
    return { db: read, close }
  }
  const sqlite = new Sqlite(fileOf(url), { readonly: true })
  sqlite.exec('pragma busy_timeout = 5000')
  const db = new Kysely<Tables>({ dialect: sqliteDialect(sqlite, null) })
  return {
    db,
    async close() {
      await db.destroy()
      sqlite.close()
    },
  }
}

function lookAtSchema(found: number): Finding {
  const known = migrations.length
  if (found > known)
    return wrong(
      'database',
      `It has schema ${found}, this version knows ${known}: it was written by a newer version.`,
      'Start the newer version, or restore a backup made by this one.',
    )
  if (found === 0) return note('database', 'It is empty: the first start makes its tables and keys.')
  return found < known
    ? note('database', `It has schema ${found}; the next start brings it to ${known}.`)
    : well('database', `It answers, with schema ${found}.`)
}

const fact = async (db: Db, name: string): Promise<string | undefined> =>
  (await db.selectFrom('meta').select('value').where('name', '=', name).executeTakeFirst())?.value

async function lookAtKeys(db: Db, config: Config): Promise<Finding[]> {
  const bring = 'Bring the one that belongs to this database, from the backup or copy that has it.'
  const others: string[] = []
  const unread: Finding[] = []
  const compare = async (file: string, matches: () => Promise<boolean>) => {
    // One that others may read is wrong already, and is not read.
    const stat = fs.statSync(file, { throwIfNoEntry: false })
    if (!stat || (stat.mode & 0o077) !== 0) return
    try {
      if (!(await matches())) others.push(file)
    } catch (cause) {
      unread.push(wrong('keys', cause instanceof Error ? cause.message : `${file} can't be read`, bring))
    }
  }
  const log = path.join(config.dataDir, 'log.key')
  await compare(log, async () => readLogKey(log)?.id === (await fact(db, 'log_key')))
  const signIn = path.join(config.dataDir, 'sign-in.key')
  await compare(
    signIn,
    async () => hashToken(fs.readFileSync(signIn).toString('hex')) === (await fact(db, 'sign_in_key')),
  )
  await compare(config.masterKeyFile, async () => {
    const wanted = (await masterInForce(db))?.fingerprint
    return wanted === undefined || readMasterKeys(config.masterKeyFile).some((key) => key.fingerprint === wanted)
  })
  return [...unread, ...others.map((file) => wrong('keys', `${file} is the key of another database.`, bring))]
}

async function lookAtCheckpoint(db: Db, config: Config): Promise<Finding[]> {
  const file = path.join(config.dataDir, 'checkpoint')
  if (!fs.existsSync(file)) return []
  const origin = (await fact(db, 'log_origin')) ?? ''
  const keys = await db.selectFrom('log_keys').select('public_key').execute()
  const publicKeys = keys.map((key) => key.public_key)
  const stands = await standing(db, fs.readFileSync(file, 'utf8'), origin, publicKeys).catch(() => 'differs' as const)
  if (stands === 'continues') return [well('log', 'The database has everything that the newest checkpoint signed.')]
  return [
    wrong(
      'log',
      `The database is ${stands === 'behind' ? 'older than' : 'not the one of'} the checkpoint in ${file}: it was restored or replaced, and nothing is executed.`,
      'Bring the newer database back, or accept this one: permission-slip restore --accept-rollback',
    ),
  ]
}

async function lookAtClock(db: Db, config: Config, { now, builtAt }: Moment): Promise<Finding[]> {
  const mend = 'Set the clock (timedatectl set-ntp true). If it is right: permission-slip clock confirm'
  if (now < builtAt)
    return [wrong('clock', `The clock says ${iso(now)}, before this version was built (${iso(builtAt)}).`, mend)]
  const newest = await newestEntry(db)
  if (newest !== null && now < newest - 1000)
    return [wrong('clock', `The clock says ${iso(now)}, before the newest entry of the log (${iso(newest)}).`, mend)]
  if (!config.databaseUrl.startsWith('sqlite:')) {
    const asked = await sql<{
      now: number
    }>`select (extract(epoch from clock_timestamp()) * 1000)::bigint as now`.execute(db)
    const apart = Math.round(((asked.rows[0]?.now ?? now) - Date.now()) / 1000)
    if (Math.abs(apart) > 30)
      return [wrong('clock', `The clocks of this machine and of the database are ${Math.abs(apart)} s apart.`, mend)]
  }
  return [well('clock', `The clock says ${iso(now)}, after every entry of the log.`)]
}
