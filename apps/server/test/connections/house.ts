import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Json } from '@permission-slip/protocol/json.ts'
import pg from 'pg'
import { parseConfig } from '../../src/config/config.ts'
import { type Context, makeContext } from '../../src/context.ts'
import type { Flavour } from '../../src/db/dialect.ts'
import type { PersonCaller } from '../../src/http/caller.ts'
import { pgTest, randomName } from '../egress/support.ts'

/** Both databases, the second only where a server is. */
export const flavours: { flavour: Flavour; skip: boolean }[] = [
  { flavour: 'sqlite', skip: false },
  { flavour: 'postgres', skip: pgTest === undefined },
]

export interface House {
  readonly dir: string
  readonly ctx: Context
  /** Closes the server; `start` opens it again on the same data. */
  stop(): Promise<void>
  start(): Promise<void>
  restart(): Promise<void>
  close(): Promise<void>
}

export async function makeHouse(flavour: Flavour, env: Record<string, string> = {}): Promise<House> {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ps-connections-'))
  const name = randomName()
  const admin = async (text: string) => {
    const client = new pg.Client({ connectionString: pgTest })
    await client.connect()
    await client.query(text)
    await client.end()
  }
  if (flavour === 'postgres') await admin(`create database ${name}`)
  const database = flavour === 'postgres' ? { PERMISSION_SLIP_DATABASE_URL: `${new URL(`/${name}`, pgTest)}` } : {}
  const open = () =>
    makeContext(
      parseConfig({ PERMISSION_SLIP_DATA_DIR: dir, PERMISSION_SLIP_LOG_LEVEL: 'silent', ...database, ...env }),
    )
  let ctx = await open()
  let running = true
  const stop = async () => {
    if (running) await ctx.close()
    running = false
  }
  const start = async () => {
    ctx = await open()
    running = true
  }
  return {
    dir,
    get ctx() {
      return ctx
    },
    stop,
    start,
    async restart() {
      await stop()
      await start()
    },
    async close() {
      await stop()
      fs.rmSync(dir, { recursive: true, force: true })
      if (flavour === 'postgres') await admin(`drop database ${name} with (force)`)
    },
  }
}

export const owner = (over: Partial<PersonCaller> = {}): PersonCaller => ({
  kind: 'person',
  id: 'usr_1',
  name: 'Ada',
  email: 'ada@example.org',
  role: 'owner',
  via: 'session',
  scopes: ['read', 'decide', 'manage'],
  fresh: true,
  fromSetup: false,
  totp: false,
  credential: 'session',
  ...over,
})

interface Written {
  type: string
  subject: string | null
  data: Record<string, Json>
}
/** Entries after the first, which opened the log. */
export async function entries(ctx: Context): Promise<Written[]> {
  const rows = await ctx.db.selectFrom('log_entries').select('leaf').where('seq', '>', 0).orderBy('seq').execute()
  return rows.map((row) => {
    const { type, subject, data } = JSON.parse(row.leaf) as Written
    return { type, subject, data }
  })
}

/** Everything that the database holds, as one text. */
export async function dump(ctx: Context): Promise<string> {
  const tables = [
    'connections',
    'connection_secrets',
    'log_entries',
    'log_contents',
    'meta',
    'settings',
    'actions',
  ] as const
  const parts: string[] = []
  for (const table of tables) {
    const rows = await ctx.db.selectFrom(table).selectAll().execute()
    for (const row of rows)
      for (const value of Object.values(row))
        parts.push(value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value))
  }
  return parts.join('\n')
}
