import { createHash } from 'node:crypto'
import net from 'node:net'
import { bearer } from '@permission-slip/connectors/kit/auth.ts'
import { defineConnector } from '@permission-slip/connectors/kit/define.ts'
import type { Connector, WireRequest } from '@permission-slip/connectors/kit/types.ts'
import { mysql } from '@permission-slip/connectors/mysql.ts'
import { postgres } from '@permission-slip/connectors/postgres.ts'
import { redis } from '@permission-slip/connectors/redis.ts'
import { systemClock } from '../../src/clock.ts'
import { parseConfig } from '../../src/config/config.ts'
import { Secret } from '../../src/connections/secret.ts'
import { ConnectionTest } from '../../src/connections/test-permit.ts'
import type { Db, Writer } from '../../src/db/writer-types.ts'
import { type Account, makeEgress } from '../../src/egress/egress.ts'
import type { Resolver } from '../../src/egress/resolve.ts'

/** A service of one origin, called `svc`, with a bearer token. */
export const service = (origin: string): Connector =>
  defineConnector({
    id: 'svc',
    name: 'Service',
    docs: 'https://svc.test',
    origins: { api: origin },
    auth: [bearer('Token', 'https://svc.test')],
    actions: {},
  })

export const canary = 'canary-Q2hhcmxpZQ-7f3a9e51c0'

export interface EgressOptions {
  env?: Record<string, string>
  resolver?: Resolver
  trust?: readonly string[]
  ports?: readonly number[]
  addresses?: () => readonly string[]
}

const nothing = new Proxy(
  {},
  {
    get: (_target, name) => {
      throw new Error(`this test has no database (${String(name)})`)
    },
  },
)

export const egressWith = (options: EgressOptions = {}) =>
  makeEgress({
    config: parseConfig({ PERMISSION_SLIP_DATA_DIR: '/nowhere', ...options.env }),
    clock: systemClock,
    db: nothing as Db,
    writer: nothing as Writer,
    ports: () => options.ports ?? [],
    ...(options.resolver ? { resolver: options.resolver } : {}),
    ...(options.trust ? { trust: options.trust } : {}),
    ...(options.addresses ? { addresses: options.addresses } : {}),
  })

export const permitFor = (connector: string) => ConnectionTest.permit({ connection: 'con_1', connector })

export const account = (
  connector: Connector,
  fields: Record<string, string> = {},
  secrets: Record<string, string> = { token: canary },
  egressAllowed: string[] = [],
): Account => ({
  connector,
  connection: { id: 'con_1', auth: connector.auth[0]?.name ?? '', fields, egressAllowed },
  secrets: new Map(Object.entries(secrets).map(([name, value]) => [name, new Secret(value)])),
})

export const request = (url: string, over: Partial<WireRequest> = {}): WireRequest => ({
  step: 1,
  method: 'GET',
  url,
  headers: { accept: 'application/json' },
  body: null,
  credential: true,
  key: null,
  handoff: false,
  ...over,
})

export const limits = { timeoutMs: 5000, maxBytes: 64 * 1024 }

/** A server that speaks in bytes: what it read, whole, by connection; it answers as told. */
export async function rawServer(
  answer: (socket: net.Socket, read: string) => void,
): Promise<{ port: number; seen: string[]; close(): Promise<void> }> {
  const seen: string[] = []
  const sockets = new Set<net.Socket>()
  const server = net.createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    let read = ''
    let answered = false
    socket.on('data', (part) => {
      read += part.toString('latin1')
      const head = read.indexOf('\r\n\r\n')
      const length = Number(/content-length: (\d+)/i.exec(read)?.[1] ?? 0)
      if (answered || head < 0 || read.length < head + 4 + length) return
      answered = true
      seen.push(read)
      answer(socket, read)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const where = server.address()
  if (where === null || typeof where === 'string') throw new Error('no port')
  return {
    port: where.port,
    seen,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}

export const reply = (body: string, head = ''): string =>
  `HTTP/1.1 200 OK\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${head}\r\n${body}`
export const toLocal: Resolver = async () => ['127.0.0.1']

/** The test PostgreSQL, as a connection of ours. */
export const pgTest = process.env['PS_TEST_POSTGRES']
export const mysqlTest = process.env['PS_TEST_MYSQL']
export const redisTest = process.env['PS_TEST_REDIS']
export const place = (url: string) => {
  const at = new URL(url)
  return { host: at.hostname, port: at.port, name: `${at.hostname}:${at.port}` }
}
export function pgAccount(fields: Record<string, string> = {}, password = ''): Account {
  const at = place(pgTest ?? 'postgres://127.0.0.1:1')
  const all = { host: at.host, port: at.port, user: 'postgres', database: 'postgres', tls: 'disable', ...fields }
  return account(postgres, all, password === '' ? {} : { password }, [at.name])
}
export function mysqlAccount(fields: Record<string, string> = {}, password = ''): Account {
  const at = place(mysqlTest ?? 'mysql://127.0.0.1:1')
  const all = { host: at.host, port: at.port, user: 'root', tls: 'disable', ...fields }
  return account(mysql, all, password === '' ? {} : { password }, [at.name])
}
export function redisAccount(fields: Record<string, string> = {}, secrets: Record<string, string> = {}): Account {
  const at = place(redisTest ?? 'redis://127.0.0.1:1')
  return account(redis, { host: at.host, port: at.port, tls: 'disable', database: '0', ...fields }, secrets, [at.name])
}

export const randomName = (): string =>
  `ps_${createHash('sha256').update(crypto.randomUUID()).digest('hex').slice(0, 16)}`
