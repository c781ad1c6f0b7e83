import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mysql } from '@permission-slip/connectors/mysql.ts'
import { canStart, startMariadb } from './own-mariadb.ts'
import { account, egressWith, limits, permitFor, toLocal } from './support.ts'

const name = 'db.test'
const password = 'pass-ünd-wörd canary 51c0'

describe.skipIf(!canStart)('MySQL with TLS and passwords (install mariadb-server and openssl)', () => {
  let server: Awaited<ReturnType<typeof startMariadb>>
  beforeAll(async () => {
    server = await startMariadb(name, password)
  }, 60_000)
  afterAll(() => server.stop())

  const ask = async (tls: string, over: { trusted?: boolean; host?: string; password?: string } = {}) => {
    const { trusted = true, host = name } = over
    const fields = { host, port: String(server.port), user: 'ada', tls }
    const egress = egressWith({ resolver: toLocal, ...(trusted ? { trust: [server.cert] } : {}) })
    const bound = egress.io(
      permitFor('mysql'),
      account(mysql, fields, { password: over.password ?? password }, [`${host}:${server.port}`]),
      { ...limits, step: async () => {} },
    )
    try {
      const sql = `select variable_value as v from information_schema.session_status where variable_name = 'Ssl_version'`
      return (await bound.io.mysql.query(sql, [], 1)).rows[0]?.['v']
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
    expect(await ask('disable')).toBe('')
    expect(await ask('require', { trusted: false, host: 'other.test' })).toMatch(/^TLSv1\.[23]$/)
    expect(await ask('verify')).toMatch(/^TLSv1\.[23]$/)
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
})
