import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import {
  type AgentClient,
  createAgentClient,
  createPersonClient,
  type PersonClient,
} from '@permission-slip/client/client.ts'
import { generateKeyPair, signerOf } from '@permission-slip/client/keys.ts'
import pg from 'pg'
import type { Flavour } from '../src/db/dialect.ts'
import { type LogReport, verifyLog } from '../src/log/verify.ts'
import { type Child, startAndKill, startChild } from './child.ts'
import { depotEnv } from './depot/connector.ts'
import type { Received } from './depot/journal.ts'

interface ServerReady {
  readonly url: string
  readonly setup: string | null
}

/** A server process and a depot process with an owner, to be killed and started again. */
export interface House {
  readonly url: string
  readonly dir: string
  readonly env: Record<string, string>
  readonly owner: PersonClient
  readonly ownerToken: string
  /** A connection of the depot. */
  depot(label: string, change?: { concurrency?: number }): Promise<`con_${string}`>
  agent(limits?: Record<string, number>): Promise<{ id: `agt_${string}`; client: AgentClient }>
  received(ref?: string): Promise<Received[]>
  release(ref?: string): Promise<void>
  kill(): Promise<void>
  /** Asks the server to end; its exit code. */
  stop(): Promise<number | null>
  start(more?: Record<string, string>): Promise<void>
  /** Starts it and kills it so many milliseconds later, ready or not. */
  startAndKill(ms: number): Promise<void>
  killDepot(): Promise<void>
  startDepot(): Promise<void>
  /** Starts a second server on the same folder; what keeps it from starting, or null. */
  errors(): string
  startSecond(): Promise<string | null>
  verify(): Promise<LogReport>
  close(): Promise<void>
}

const file = (name: string) => path.join(import.meta.dirname, name)

export async function freshDatabase(server: string): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `ps_${crypto.randomUUID().replaceAll('-', '')}`
  const admin = async (sql: string) => {
    const client = new pg.Client({ connectionString: server })
    await client.connect()
    await client.query(sql)
    await client.end()
  }
  await admin(`create database ${name}`)
  return { url: new URL(`/${name}`, server).href, drop: () => admin(`drop database if exists ${name} with (force)`) }
}

/**
 * @param postgres URL of a PostgreSQL server, for that flavour.
 * @param options the slowest answer of the depot, and further private addresses that may be reached.
 */
export async function makeHouse(
  flavour: Flavour,
  postgres: string | undefined,
  options: { slowestMs?: number; reach?: readonly string[] } = {},
): Promise<House> {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ps-house-'))
  const database = flavour === 'postgres' && postgres !== undefined ? await freshDatabase(postgres) : null
  const journal = path.join(dir, 'depot.jsonl')
  const slowest = String(options.slowestMs ?? 0)
  let depot = await startChild<{ port: number }>(file('depot/main.ts'), [journal, '0', slowest], {})
  const { port } = depot.ready
  const at = `http://127.0.0.1:${port}/control`
  const env: Record<string, string> = {
    PERMISSION_SLIP_DATA_DIR: path.join(dir, 'data'),
    PERMISSION_SLIP_PORT: '0',
    PERMISSION_SLIP_LOG_LEVEL: 'error',
    ...(database ? { PERMISSION_SLIP_DATABASE_URL: database.url } : {}),
    ...depotEnv(port, options.reach),
  }
  const startServer = (extra: Record<string, string> = {}): Promise<Child<ServerReady>> =>
    startChild(file('server-process.ts'), [], { ...env, ...extra })
  let server = await startServer()
  const { url, setup } = server.ready
  env['PERMISSION_SLIP_PORT'] = new URL(url).port
  const token = new URL(setup ?? '').searchParams.get('token') ?? ''
  const made = await createPersonClient({ url, token: null }).people.setup({
    token,
    email: 'ada@example.org',
    name: 'Ada',
    password: 'correct horse battery',
  })
  const owner = createPersonClient({ url, token: made.token })
  return {
    url,
    dir,
    env,
    owner,
    ownerToken: made.token,
    async depot(label, change) {
      const { id } = await owner.connections.add({
        connector: 'depot',
        label,
        fields: { token: 'depot-token-0123456789' },
      })
      if (change) await owner.connections.change(id, change)
      return id
    },
    async agent(limits) {
      const pair = await generateKeyPair()
      const client = createAgentClient({ url, signer: await signerOf(pair) })
      const { code } = await owner.agents.invite()
      const { agent } = await client.enroll({
        code,
        public_key: pair.public_key,
        name: `agent ${crypto.randomUUID().slice(0, 8)}`,
      })
      await owner.agents.confirm(agent)
      if (limits) await owner.agents.change(agent, { limits })
      return { id: agent as `agt_${string}`, client }
    },
    async received(ref) {
      const all = (await (await fetch(`${at}/journal`)).json()) as Received[]
      return ref === undefined ? all : all.filter((line) => line.ref === ref)
    },
    async release(ref) {
      await fetch(`${at}/release${ref === undefined ? '' : `?ref=${ref}`}`)
    },
    async kill() {
      await server.end('SIGKILL')
    },
    stop: () => server.end('SIGTERM'),
    errors: () => server.errors(),
    async start(extra) {
      server = await startServer(extra)
    },
    startAndKill: (ms) => startAndKill(file('server-process.ts'), env, ms),
    async killDepot() {
      await depot.end('SIGKILL')
    },
    async startDepot() {
      depot = await startChild(file('depot/main.ts'), [journal, String(port), slowest], {})
    },
    startSecond: () =>
      startServer({ PERMISSION_SLIP_PORT: '0' }).then(
        async (second) => {
          await second.end('SIGKILL')
          return null
        },
        (error: unknown) => String(error),
      ),
    async verify() {
      const { body } = await owner.log.export()
      if (!body) throw new Error('the export has no body')
      return verifyLog(body, { key: made.log_key })
    },
    async close() {
      await server.end('SIGKILL')
      await depot.end('SIGKILL')
      await database?.drop()
      fs.rmSync(dir, { recursive: true, force: true })
    },
  }
}
