import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { type Problem, problem, Refusal } from '@permission-slip/protocol/errors.ts'
import pg from 'pg'
import type { Clock } from '../../src/clock.ts'
import { openDataDir } from '../../src/data-dir.ts'
import type { Flavour } from '../../src/db/dialect.ts'
import { migrate } from '../../src/db/migrate.ts'
import { type Database, openDatabase } from '../../src/db/open.ts'
import { makeWriter } from '../../src/db/writer.ts'
import type { Writer } from '../../src/db/writer-types.ts'
import { type Caller, serverActor } from '../../src/http/caller.ts'
import type { Answer, Route } from '../../src/http/route.ts'
import { peopleRoutes } from '../../src/http/routes/people.ts'
import { sessionRoutes } from '../../src/http/routes/session.ts'
import { setupRoutes } from '../../src/http/routes/setup.ts'
import { tokenRoutes } from '../../src/http/routes/tokens.ts'
import { makeHub } from '../../src/hub.ts'
import { LogKey } from '../../src/log/keys.ts'
import { makeLogger } from '../../src/logger.ts'
import { makePeople, type People } from '../../src/people/people.ts'
import { mayCall } from '../../src/people/roles.ts'

export const postgres = process.env['PS_TEST_POSTGRES']
/** Both databases, the second only where a server is. */
export const flavours: { flavour: Flavour; skip: boolean }[] = [
  { flavour: 'sqlite', skip: false },
  { flavour: 'postgres', skip: postgres === undefined },
]

/** One copy: a data directory and its own connections. Several can share a database. */
export interface Copy {
  database: Database
  writer: Writer
  people: People
  routes: Route[]
  dir: string
  close(): Promise<void>
}
export interface House extends Copy {
  clock: Clock & { advance(ms: number): void }
  another(): Promise<Copy>
}

export const publicUrl = 'http://localhost:8080'
export const password = 'correct horse battery'
export const owner = { email: 'Ada@Example.org', name: 'Ada', password }

export async function makeHouse(flavour: Flavour, settings: { publicUrl?: string } = {}): Promise<House> {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'ps-people-'))
  const name = `ps_people_${crypto.randomUUID().replaceAll('-', '')}`
  const admin = async (text: string) => {
    const client = new pg.Client({ connectionString: postgres })
    await client.connect()
    await client.query(text)
    await client.end()
  }
  if (flavour === 'postgres') await admin(`create database ${name}`)
  const url = flavour === 'sqlite' ? `sqlite:${root}/one.db` : `${new URL(`/${name}`, postgres)}`
  let offset = 0
  const clock = {
    now: () => Date.now() + offset,
    monotonic: () => performance.now() + offset,
    advance: (ms: number) => {
      offset += ms
    },
  }
  const key = LogKey.create()
  const sealing = crypto.getRandomValues(new Uint8Array(32))
  const copies: Copy[] = []
  async function another(): Promise<Copy> {
    const database = await openDatabase(url)
    let fresh = false
    await migrate(database, {
      first: async () => {
        fresh = true
      },
      check: async () => {},
    })
    const writer = makeWriter({
      database,
      clock,
      hub: makeHub(),
      signing: () => ({ key, origin: key.origin }),
      guard: async () => {},
    })
    if (fresh)
      await writer.write((tx) =>
        tx.append({
          type: 'log.opened',
          actor: serverActor,
          subject: null,
          data: { public_key: key.publicKey, schema: 2 },
        }),
      )
    const dir = path.join(root, `copy-${copies.length}`)
    const dataDir = openDataDir(dir)
    const people = makePeople({
      config: { host: '127.0.0.1', port: 8080, publicUrl: settings.publicUrl ?? publicUrl },
      clock,
      logger: makeLogger('silent'),
      read: database.read,
      signIn: database.signIn,
      writer,
      dataDir,
      keys: { current: () => ({ version: 1, key: sealing }), byVersion: (v) => (v === 1 ? sealing : undefined) },
    })
    const ctx = { db: database.read, writer, people }
    const routes = [...sessionRoutes(ctx), ...setupRoutes(ctx), ...peopleRoutes(ctx), ...tokenRoutes(ctx)]
    const copy: Copy = {
      database,
      writer,
      people,
      routes,
      dir,
      async close() {
        await people.close()
        await writer.close()
        await database.close()
        dataDir.release()
      },
    }
    copies.push(copy)
    return copy
  }
  const first = await another()
  return {
    ...first,
    clock,
    another,
    async close() {
      for (const copy of copies) await copy.close()
      if (flavour === 'postgres') await admin(`drop database ${name} with (force)`)
      fs.rmSync(root, { recursive: true })
    },
  }
}

/** An answer; `at` looks into its body. */
export class Reply {
  readonly status: number
  readonly body: unknown
  readonly cookies: readonly string[]
  constructor(status: number, body: unknown, cookies: readonly string[] = []) {
    this.status = status
    this.body = body
    this.cookies = cookies
  }
  at(...path: (string | number)[]): unknown {
    return path.reduce<unknown>(
      (v, key) => (typeof v === 'object' && v !== null ? Reflect.get(v, key) : undefined),
      this.body,
    )
  }
  text(name: string): string {
    const value = this.at(name)
    if (typeof value !== 'string') throw new Error(`${name} is no text in ${JSON.stringify(this.body)}`)
    return value
  }
  get code(): unknown {
    return this.at('code')
  }
}
export interface Send {
  body?: unknown
  headers?: Record<string, string>
  remote?: string
  /** Instead of whoever the request proves to be. */
  as?: Caller
}

/** What the HTTP edge does with a route: who, may they, parse, handle. */
export async function send(copy: Copy, method: string, url: string, given: Send = {}): Promise<Reply> {
  const headers = { host: 'localhost:8080', ...given.headers }
  const refuse = (refusal: Refusal): Reply => {
    const said: Problem = problem(refusal)
    return new Reply(said.status, said)
  }
  try {
    const found = copy.routes.map((route) => ({ route, path: match(route, method, url) })).find((r) => r.path !== null)
    if (!found?.path) return refuse(new Refusal('not_found'))
    const { route, path: parts } = found
    const caller = given.as ?? (await copy.people.authenticate({ method, headers }))
    const refused = mayCall(route, caller)
    if (refused) return refuse(refused)
    const parsed = route.body?.safeParse(given.body)
    if (parsed && !parsed.success) return refuse(new Refusal('invalid_request', parsed.error.message))
    const answer: Answer = await route.handler({
      caller: caller as never,
      body: parsed?.data as never,
      query: undefined as never,
      path: parts,
      headers,
      remote: given.remote ?? '192.0.2.1',
      signal: new AbortController().signal,
      request: new Request(`http://localhost:8080${url}`, { method }),
      raw: undefined as never,
      requestId: 'test',
    })
    const shape = route.answers[answer.status]
    if (shape === undefined) throw new Error(`${method} ${url} answered ${answer.status}, which it does not declare`)
    return new Reply(answer.status, shape?.parse(answer.body), answer.cookies)
  } catch (error) {
    if (error instanceof Refusal) return refuse(error)
    throw error
  }
}

function match(route: Route, method: string, url: string): Record<string, string> | null {
  const [want, have] = [route.path.split('/'), url.split('/')]
  if (route.method !== method || want.length !== have.length) return null
  const parts: Record<string, string> = {}
  for (const [i, part] of want.entries()) {
    if (part.startsWith('{')) parts[part.slice(1, -1)] = have[i] ?? ''
    else if (part !== have[i]) return null
  }
  return parts
}

/** A page in a browser: keeps its cookie, and its secret as storage would. */
export class Browser {
  cookie = ''
  secret = ''
  readonly copy: Copy
  readonly remote: string
  constructor(copy: Copy, remote = '192.0.2.1') {
    this.copy = copy
    this.remote = remote
  }
  headers(): Record<string, string> {
    return {
      origin: publicUrl,
      'sec-fetch-site': 'same-origin',
      ...(this.cookie ? { cookie: this.cookie } : {}),
      ...(this.secret ? { 'x-permission-slip-session': this.secret } : {}),
    }
  }
  async send(method: string, url: string, body?: unknown): Promise<Reply> {
    const reply = await send(this.copy, method, url, { body, headers: this.headers(), remote: this.remote })
    for (const line of reply.cookies) {
      const pair = line.split(';')[0] ?? ''
      this.cookie = pair.endsWith('=') ? '' : pair
    }
    if (reply.at('session_secret') !== undefined) this.secret = reply.text('session_secret')
    return reply
  }
  signIn(code?: string, typed: { email?: string; password?: string } = {}): Promise<Reply> {
    const { email = owner.email, password: given = password } = typed
    return this.send('POST', '/api/v1/session', { email, password: given, ...(code === undefined ? {} : { code }) })
  }
}

/** The first owner, signed in. */
export async function settled(house: House): Promise<{ browser: Browser; token: string; person: string }> {
  const made = await house.people.setupToken()
  const browser = new Browser(house)
  const reply = await browser.send('POST', '/api/v1/setup', { ...owner, token: made?.token })
  if (reply.status !== 201) throw new Error(`set-up: ${JSON.stringify(reply.body)}`)
  return { browser, token: reply.text('token'), person: String(reply.at('person', 'id')) }
}

/** A second person; the first ways of inviting come later. */
export async function addPerson(house: House, role: string, email: string): Promise<string> {
  const person = `usr_${crypto.randomUUID().replaceAll('-', '')}`
  const account = `acc_${crypto.randomUUID()}`
  await house.database.signIn
    .insertInto('auth_accounts')
    .values({
      id: account,
      password: await Bun.password.hash(password),
      totp: null,
      totp_step: 0,
      created_at: house.clock.now(),
    })
    .execute()
  await house.writer.write((tx) =>
    tx.db
      .insertInto('people')
      .values({ id: person, account, name: role, email, role, removed: 0, created_at: tx.now })
      .execute(),
  )
  return person
}

/** Types and data of the entries since the log was opened. */
export async function entries(
  copy: Copy,
): Promise<{ type: string; subject: string | null; data: Record<string, unknown> }[]> {
  const rows = await copy.database.read.selectFrom('log_entries').select('leaf').orderBy('seq').execute()
  return rows.slice(1).map((row) => JSON.parse(row.leaf))
}
export const types = async (copy: Copy): Promise<string[]> => (await entries(copy)).map((e) => e.type)
