import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import net from 'node:net'
import { postgres } from '@permission-slip/connectors/postgres.ts'
import { canStart, startPostgres } from './own-postgres.ts'
import { account, egressWith, limits, permitFor, toLocal } from './support.ts'

const name = 'db.test'
const password = 'pass-ünd-wörd canary 51c0'

describe.skipIf(!canStart)('PostgreSQL with TLS and passwords (install postgresql and openssl)', () => {
  let server: Awaited<ReturnType<typeof startPostgres>>
  beforeAll(async () => {
    server = await startPostgres(name, password)
  }, 60_000)
  afterAll(() => server.stop())

  const ask = async (
    tls: string,
    over: { trusted?: boolean; host?: string; port?: number; password?: string } = {},
  ) => {
    const { trusted = true, host = name, port = server.port } = over
    const fields = { host, port: String(port), user: 'postgres', database: 'postgres', tls }
    const egress = egressWith({ resolver: toLocal, ...(trusted ? { trust: [server.cert] } : {}) })
    const bound = egress.io(
      permitFor('postgres'),
      account(postgres, fields, { password: over.password ?? password }, [`${host}:${port}`]),
      { ...limits, step: async () => {} },
    )
    try {
      const { rows } = await bound.io.postgres.query(
        'select ssl, version from pg_stat_ssl where pid = pg_backend_pid()',
        [],
        1,
      )
      return rows[0]
    } finally {
      await bound.close()
    }
  }
  const why = (work: Promise<unknown>): Promise<string> =>
    work.then(
      (value) => `it went through: ${JSON.stringify(value)}`,
      (e: Error & { code?: string }) => `${e.name} ${e.code ?? ''} ${e.message}`,
    )

  test('each mode does what it says: disable, require, verify', async () => {
    expect(await ask('disable')).toMatchObject({ ssl: false })
    expect(await ask('require', { trusted: false, host: 'other.test' })).toMatchObject({ ssl: true })
    expect(await ask('verify')).toMatchObject({ ssl: true, version: expect.stringMatching(/^TLSv1\.[23]$/) })
  })
  test('verify takes no certificate of nobody we trust, and none for another name; nothing is sent', async () => {
    expect(await why(ask('verify', { trusted: false }))).toMatch(/^NotSent not_sent .*certificate/)
    expect(await why(ask('verify', { host: 'other.test' }))).toMatch(/^NotSent not_sent .*another name/)
  })
  test('a wrong or missing password is a refused credential, and stands in no word of it', async () => {
    for (const wrong of ['wrong-password-canary', '']) {
      const said = await why(ask('verify', { password: wrong }))
      expect(said).toMatch(/^ServiceFault credential_refused/)
      if (wrong !== '') expect(said).not.toContain(wrong)
    }
  })
  test('a server that answers the wish for TLS with more than one byte is not spoken to', async () => {
    for (const answer of ['S\x16injected', 'N', 'E', 'HTTP/1.1 400']) {
      let seen = 0
      const fake = net.createServer((socket) => {
        socket.on('error', () => {})
        socket.on('data', (part) => {
          seen += part.length
          socket.write(answer, 'latin1')
        })
      })
      await new Promise<void>((resolve) => fake.listen(0, '127.0.0.1', resolve))
      const where = fake.address()
      const said = await why(ask('require', { port: where !== null && typeof where !== 'string' ? where.port : 0 }))
      expect(said).toMatch(/^NotSent not_sent/)
      expect(seen).toBe(8) // the wish, and nothing behind it
      await new Promise<void>((resolve) => fake.close(() => resolve()))
    }
  })
})
