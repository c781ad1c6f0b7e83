import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import {
  type AgentClient,
  createAgentClient,
  createPersonClient,
  type PersonClient,
} from '@permission-slip/client/client.ts'
import { generateKeyPair, type Signer, signerOf } from '@permission-slip/client/keys.ts'
import { signRequest } from '@permission-slip/client/sign.ts'
import type { Action } from '@permission-slip/protocol/action.ts'
import pg from 'pg'
import type { Clock } from '../src/clock.ts'
import type { Outside } from '../src/context.ts'
import type { Flavour } from '../src/db/dialect.ts'
import { verifyLog } from '../src/log/verify.ts'
import { type Running, serve } from '../src/serve.ts'

export const postgresUrl = process.env['PS_TEST_POSTGRES']
/** Another server: the gate never reaches the one it stores in. */
export const targetUrl = process.env['PS_TEST_POSTGRES_TARGET']
export const redisUrl = process.env['PS_TEST_REDIS']
/** Both databases; the second only where a server is. */
export const flavours: readonly { flavour: Flavour; skip: boolean }[] = [
  { flavour: 'sqlite', skip: false },
  { flavour: 'postgres', skip: !postgresUrl },
]

/** A clock that a test moves. */
export function movableClock(): Clock & { advance(ms: number): void; jump(ms: number): void } {
  let wall = 0
  let mono = 0
  return {
    now: () => Date.now() + wall,
    monotonic: () => performance.now() + mono,
    advance(ms) {
      wall += ms
      mono += ms
    },
    jump(ms) {
      wall += ms
    },
  }
}

/** A PostgreSQL database of the test's own, to store in or (`targetUrl`) to reach as a service; `drop` when done. */
export async function freshPostgres(
  server = postgresUrl,
): Promise<{ url: string; name: string; drop(): Promise<void> }> {
  if (!server) throw new Error('PS_TEST_POSTGRES is not set')
  const name = `ps_${crypto.randomUUID().replaceAll('-', '')}`
  const admin = async (sql: string) => {
    const client = new pg.Client({ connectionString: server })
    await client.connect()
    await client.query(sql)
    await client.end()
  }
  await admin(`create database ${name}`)
  return {
    url: new URL(`/${name}`, server).href,
    name,
    drop: () => admin(`drop database if exists ${name} with (force)`),
  }
}

export interface LogLine {
  seq: number
  type: string
  subject: string | null
  data: Record<string, unknown>
}

export interface TestAgent {
  id: string
  client: AgentClient
  publicKey: string
  signer: Signer
  /** A signed request without anything that the client adds by itself. */
  signed(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>
}

/** A server of its own with an owner, for one test. */
export interface Gate {
  running: Running
  url: string
  dir: string
  owner: PersonClient
  ownerToken: string
  logKey: string
  env: Record<string, string>
  /** A confirmed agent that signs. */
  agent(name?: string): Promise<TestAgent>
  /** Every entry since the last call (the first call: since the start), oldest first. */
  entries(): Promise<LogLine[]>
  /** Stops the server and starts it again on the same files. */
  restart(): Promise<void>
  /** Verifies the whole log offline, then removes everything. */
  close(): Promise<void>
}

export async function makeGate(
  flavour: Flavour,
  options: { env?: Record<string, string>; outside?: Outside } = {},
): Promise<Gate> {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ps-gate-'))
  const database = flavour === 'postgres' ? await freshPostgres() : null
  const env: Record<string, string> = {
    PERMISSION_SLIP_DATA_DIR: dir,
    PERMISSION_SLIP_PORT: '0',
    PERMISSION_SLIP_LOG_LEVEL: process.env['PS_TEST_LOG_LEVEL'] ?? 'silent',
    ...(database ? { PERMISSION_SLIP_DATABASE_URL: database.url } : {}),
    ...options.env,
  }
  let running = await serve(env, options.outside)
  env['PERMISSION_SLIP_PORT'] = String(running.ctx.config.port)
  const url = running.ctx.config.publicUrl
  const token = new URL(running.setupUrl ?? '').searchParams.get('token')
  const answer = await fetch(`${url}/api/v1/setup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token, email: 'ada@example.org', name: 'Ada', password: 'correct horse battery' }),
  })
  if (answer.status !== 201) throw new Error(`set-up failed: ${await answer.text()}`)
  const made = (await answer.json()) as { token: string; log_key: string }
  const owner = createPersonClient({ url, token: made.token })
  let seen = -1
  const gate: Gate = {
    get running() {
      return running
    },
    url,
    dir,
    owner,
    ownerToken: made.token,
    logKey: made.log_key,
    env,
    async agent(name = `agent ${crypto.randomUUID().slice(0, 8)}`) {
      const pair = await generateKeyPair()
      const signer = await signerOf(pair)
      const client = createAgentClient({ url, signer })
      const { code } = await owner.agents.invite()
      const { agent } = await client.enroll({ code, public_key: pair.public_key, name })
      await owner.agents.confirm(agent)
      const signed: TestAgent['signed'] = async (method, path, body, more = {}) => {
        const bytes = body === undefined ? null : new TextEncoder().encode(JSON.stringify(body))
        const plain = { ...more, ...(bytes ? { 'content-type': 'application/json' } : {}) }
        const headers = await signRequest({ method, url: `${url}${path}`, headers: plain, body: bytes }, signer)
        return fetch(`${url}${path}`, { method, headers, ...(bytes ? { body: bytes } : {}) })
      }
      return { id: agent, client, publicKey: pair.public_key, signer, signed }
    },
    async entries() {
      const rows = await running.ctx.db
        .selectFrom('log_entries')
        .select(['seq', 'leaf'])
        .where('seq', '>', seen)
        .orderBy('seq')
        .execute()
      seen = rows.at(-1)?.seq ?? seen
      return rows.map((row) => {
        const { seq, type, subject, data } = JSON.parse(row.leaf) as LogLine
        return { seq, type, subject, data }
      })
    },
    async restart() {
      await running.stop()
      running = await serve(env, options.outside)
    },
    async close() {
      const response = await fetch(`${url}/api/v1/log/export`, { headers: { authorization: `Bearer ${made.token}` } })
      const body = response.body
      const report = body ? await verifyLog(body, { key: made.log_key }) : null
      await running.stop()
      await database?.drop()
      fs.rmSync(dir, { recursive: true, force: true })
      if (!report?.ok)
        throw new Error(`the log does not verify: ${JSON.stringify(report?.problems ?? response.status)}`)
    },
  }
  return gate
}

/** Types of entries about one subject. */
export const typesOf = (lines: readonly LogLine[], subject: string): string[] =>
  lines.filter((l) => l.subject === subject).map((l) => l.type)

/** Waits until an action has one of these statuses. */
export async function until(
  client: Pick<AgentClient, 'actions'>,
  id: string,
  ...statuses: Action['status'][]
): Promise<Action> {
  for (let i = 0; i < 200; i++) {
    const action = await client.actions.get(id)
    if (statuses.includes(action.status)) return action
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`${id} never became ${statuses.join(' or ')}: it is ${(await client.actions.get(id)).status}`)
}
