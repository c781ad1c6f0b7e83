import { Database as Sqlite } from 'bun:sqlite'
import fs from 'node:fs'
import path from 'node:path'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { type CopyLock, makeCopyLock } from './copy-lock.ts'
import type { Flavour } from './dialect.ts'
import type { Tables } from './schema/index.ts'
import { sqliteDialect, Turns } from './sqlite-dialect.ts'
import type { Db } from './writer-types.ts'

/** The database, by purpose: who reads never sees what is not committed, and only the writer holds `write`. */
export interface Database {
  readonly flavour: Flavour
  /** Reads. On SQLite this connection can't write. */
  readonly read: Db
  /** For the writer and migrations alone. */
  readonly write: Db
  /** For the sign-in library: its own connection, its own transactions. */
  readonly signIn: Db
  /** Path of the SQLite file, null on PostgreSQL. */
  readonly file: string | null
  /** PostgreSQL: calls back at each NOTIFY and after each reconnect, until closed. SQLite: nothing to hear. */
  listen(heard: () => void): Promise<void>
  /**
   * Whether no other server runs under this copy id; from then on none can, until closed. SQLite: always, since the
   * folder's own lock says so.
   * @param lost hears when another took it nevertheless, after the connection had broken.
   */
  holdCopy(copy: string, lost: (why: string) => void): Promise<boolean>
  /** Why this copy must not execute any more: another server has its id. */
  copyProblem(): string | null
  close(): Promise<void>
}

/** int8 as number: our integers are milliseconds and counters, far below 2^53. */
const numbers: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === pg.types.builtins.INT8
      ? (text: string) => Number(text)
      : pg.types.getTypeParser(oid, format === 'binary' ? 'text' : format),
}

export const channel = 'permission_slip'

export async function openDatabase(url: string): Promise<Database> {
  return url.startsWith('sqlite:') ? openSqlite(url.slice('sqlite:'.length)) : openPostgres(url)
}

function openSqlite(file: string): Database {
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
  const open = (readonly: boolean) => {
    const sqlite = new Sqlite(file, readonly ? { readonly: true } : { create: true, readwrite: true })
    sqlite.exec('pragma busy_timeout = 5000')
    if (!readonly)
      sqlite.exec(
        'pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; pragma secure_delete = on',
      )
    return sqlite
  }
  const forWriting = open(false)
  fs.chmodSync(file, 0o600)
  const turns = new Turns()
  const forSignIn = open(false)
  const forReading = open(true)
  const all = [forWriting, forSignIn, forReading]
  const read = new Kysely<Tables>({ dialect: sqliteDialect(forReading, null) })
  const write = new Kysely<Tables>({ dialect: sqliteDialect(forWriting, turns) })
  const signIn = new Kysely<Tables>({ dialect: sqliteDialect(forSignIn, turns) })
  return {
    flavour: 'sqlite',
    read,
    write,
    signIn,
    file,
    async listen() {},
    holdCopy: () => Promise.resolve(true),
    copyProblem: () => null,
    async close() {
      for (const k of [read, write, signIn]) await k.destroy()
      for (const sqlite of all) sqlite.close()
    },
  }
}

function openPostgres(url: string): Database {
  const pool = (max: number) => {
    const made = new pg.Pool({ connectionString: url, max, types: numbers, connectionTimeoutMillis: 10_000 })
    made.on('error', () => {}) // an idle connection that broke is replaced at the next use
    // One that breaks while it is held fails its query, and says so a second time as an event that would end the process.
    made.on('connect', (client) => void client.on('error', () => {}))
    return made
  }
  const pools = { read: pool(10), write: pool(2), signIn: pool(4) }
  const kysely = <T>(p: pg.Pool) => new Kysely<T>({ dialect: new PostgresDialect({ pool: p }) })
  const read = kysely<Tables>(pools.read)
  const write = kysely<Tables>(pools.write)
  const signIn = kysely<Tables>(pools.signIn)
  let closed = false
  let listener: pg.Client | null = null
  let copyLock: CopyLock | null = null
  let retry: ReturnType<typeof setTimeout> | undefined
  const hear = async (heard: () => void): Promise<void> => {
    if (closed) return
    const client = new pg.Client({ connectionString: url })
    let gone = false
    const again = () => {
      if (gone || closed) return
      gone = true
      retry = setTimeout(() => void hear(heard), 1000)
    }
    client.on('error', again)
    client.on('end', again)
    client.on('notification', heard)
    try {
      await client.connect()
      await client.query(`listen ${channel}`)
      listener = client
      heard() // whatever was missed while nobody listened is read again
    } catch {
      again()
    }
  }
  return {
    flavour: 'postgres',
    read,
    write,
    signIn,
    file: null,
    listen: hear,
    async holdCopy(copy, lost) {
      await copyLock?.release()
      copyLock = makeCopyLock(url, copy, lost)
      return copyLock.take()
    },
    copyProblem: () => copyLock?.problem() ?? null,
    async close() {
      closed = true
      clearTimeout(retry)
      await listener?.end().catch(() => {})
      await copyLock?.release()
      for (const k of [read, write, signIn]) await k.destroy()
    },
  }
}
