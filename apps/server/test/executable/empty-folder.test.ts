import { expect, test } from 'bun:test'
import fs from 'node:fs'
import path from 'node:path'
import { answer, makePlace } from './program.ts'

test('the built file alone, in an empty folder, is the whole program', async () => {
  await using place = makePlace()
  const server = await place.serve()

  const health = await fetch(`${server.url}/healthz`)
  expect(health.status).toBe(200)

  // The web app is inside, each page with a nonce of its own that its policy names.
  const pages = await Promise.all([1, 2].map(() => fetch(`${server.url}/`)))
  const nonces = await Promise.all(
    pages.map(async (page) => {
      const nonce = /'nonce-([^']+)'/.exec(page.headers.get('content-security-policy') ?? '')?.[1]
      const html = await page.text()
      expect(page.status).toBe(200)
      expect(html).toContain(`content="${nonce}"`)
      expect(html).not.toContain('__STYLE_NONCE__')
      const script = /<script type="module"[^>]* src="([^"]+)"/.exec(html)?.[1]
      const file = await fetch(`${server.url}${script}`)
      expect([file.status, file.headers.get('content-type')]).toEqual([200, 'text/javascript; charset=utf-8'])
      return nonce
    }),
  )
  expect(nonces[0]).not.toBe(nonces[1])

  // An agent's first action, all by the same file.
  const at = { PERMISSION_SLIP_PUBLIC_URL: server.url }
  const cli = (args: string[], env: Record<string, string> = {}, stdin?: string) =>
    place.run([...args, '--json'], { env: { ...at, ...env }, ...(stdin === undefined ? {} : { stdin }) })
  const owner = ['setup', '--email', 'ada@example.org', '--name', 'Ada', '--password-stdin']
  const setup = answer(await cli(owner, {}, 'correct horse battery staple\n'))
  const person = { PERMISSION_SLIP_TOKEN: String(setup['token']) }
  const { code } = answer(await cli(['agent', 'invite'], person))
  const enrolled = answer(await cli(['agent', 'enroll', server.url, String(code), '--wait', '0']))
  // The word list is inside too.
  expect(enrolled['words']).toHaveLength(6)
  answer(await cli(['agent', 'confirm', String(enrolled['agent'])], person))
  const params = JSON.stringify({ page: 'hello', body: 'Hello from an agent' })
  const asked = answer(await cli(['submit', 'notebook.write', '--params', params]), 7)
  expect(asked).toMatchObject({ status: 'pending', connector: 'notebook', action: 'write' })
  const id = String(asked['id'])
  answer(await cli(['approve', id], person))
  const done = answer(await cli(['status', id, '--wait', '30']))
  expect(done).toMatchObject({ id, status: 'succeeded', result: { page: 'hello', version: 1 }, error: null })
  const verified = await cli(['log', 'verify', '--key', String(setup['log_key'])], person)
  expect([verified.code, verified.err]).toEqual([0, ''])

  expect(await server.stop()).toBe(0)
  // Everything that it made is in its data directory and the agent's profile; keys are for its own user alone.
  expect(fs.readdirSync(place.folder)).toEqual([])
  expect(fs.readdirSync(place.home).sort()).toEqual(['.config', '.permission-slip'])
  for (const key of ['log.key', 'master.key', 'sign-in.key'])
    expect(fs.statSync(path.join(place.home, '.permission-slip', key)).mode & 0o777).toBe(0o600)
})

test.skipIf(!process.env['PS_TEST_POSTGRES'])(
  'the built file speaks to PostgreSQL, as its own database (set PS_TEST_POSTGRES)',
  async () => {
    await using place = makePlace()
    const admin = process.env['PS_TEST_POSTGRES'] ?? ''
    await using sql = new Bun.SQL(admin, { max: 1 })
    const name = `executable_${crypto.randomUUID().replaceAll('-', '')}`
    await sql.unsafe(`create database ${name}`)
    try {
      const url = new URL(admin)
      url.pathname = `/${name}`
      const server = await place.serve({ PERMISSION_SLIP_DATABASE_URL: url.href })
      expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
      expect(await server.stop()).toBe(0)
    } finally {
      await sql.unsafe(`drop database ${name} with (force)`)
    }
  },
)
