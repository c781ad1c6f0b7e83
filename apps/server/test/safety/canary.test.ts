import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import readline from 'node:readline'
import { createAgentClient, createPersonClient, type PersonClient } from '@permission-slip/client/client.ts'
import { ApiError } from '@permission-slip/client/errors.ts'
import { generateKeyPair, signerOf } from '@permission-slip/client/keys.ts'
import type { Action } from '@permission-slip/protocol/action.ts'
import pg from 'pg'
import { canStart, startPostgres } from '../egress/own-postgres.ts'
import { flavours, freshPostgres } from '../harness.ts'
import { echo, formNames, forms, places, startEcho } from './echo.ts'
import { findCanary } from './find-canary.ts'

const canaries = {
  token: 'canary-token+/=~7f3a9e51c0',
  postgres: 'canary pg "\'%41/é 7f3a9e51c0',
  redis: 'canary-redis-7f3a9e51c0-%&+',
  wrong: 'canary-wrong-7f3a9e51c0',
  webhook: `whsec_${Buffer.from('canary-webhook-7f3a9e51c0-0123456').toString('base64')}`,
}
const hasRedis = spawnSync('redis-server', ['--version']).status === 0
const freePort = () =>
  new Promise<number>((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const where = server.address()
      server.close(() => resolve(typeof where === 'object' && where ? where.port : 0))
    })
  })

test('the search itself finds a canary in every wrapping', () => {
  for (const secret of Object.values(canaries)) {
    for (const name of formNames)
      expect([name, findCanary(`x${forms[name](secret)}y`, secret) !== null]).toEqual([name, true])
    expect(findCanary('canary-other and nothing else', secret)).toBeNull()
  }
})

for (const { flavour, skip } of flavours) {
  describe.skipIf(skip || !canStart || !hasRedis)(
    `a credential, on ${flavour}, is nowhere (needs postgres, openssl and redis-server)`,
    () => {
      const heard: (string | Uint8Array)[] = []
      const stops: (() => unknown)[] = []
      let dir: string
      let errors: string
      let server: ChildProcess
      let database: Awaited<ReturnType<typeof freshPostgres>> | null = null
      let url: string
      let token: string
      let owner: PersonClient
      let ends: { echo: Awaited<ReturnType<typeof startEcho>>; pg: number; redis: number }

      /** Everything that the server answers is kept: heads and bodies. */
      const listening = async (to: string, init: RequestInit): Promise<Response> => {
        const answer = await fetch(to, init)
        const body = new Uint8Array(await answer.arrayBuffer())
        heard.push([...answer.headers].join('\n'), body)
        return new Response(answer.status === 204 ? null : body, { status: answer.status, headers: answer.headers })
      }
      const nowhere = (places_: readonly [string, string | Uint8Array][]) => {
        for (const [what, bytes] of places_)
          for (const [name, secret] of Object.entries(canaries)) {
            expect([what, name, findCanary(bytes, secret)]).toEqual([what, name, null])
            // What a signing secret decodes to is as good as itself.
            if (name === 'webhook')
              expect([what, findCanary(bytes, Buffer.from(secret.slice(6), 'base64').toString())]).toEqual([what, null])
          }
      }

      beforeAll(async () => {
        dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ps-canary-'))
        errors = path.join(dir, 'stderr')
        database = flavour === 'postgres' ? await freshPostgres() : null
        const ownPg = await startPostgres('db.test', canaries.postgres)
        stops.push(() => ownPg.stop())
        const redisPort = await freePort()
        const redis = spawn(
          'redis-server',
          [
            '--port',
            String(redisPort),
            '--bind',
            '127.0.0.1',
            '--requirepass',
            canaries.redis,
            '--save',
            '',
            '--appendonly',
            'no',
            '--dir',
            dir,
          ],
          { stdio: 'ignore' },
        )
        stops.push(() => redis.kill())
        const service = await startEcho(canaries.webhook)
        stops.push(() => service.close())
        ends = { echo: service, pg: ownPg.port, redis: redisPort }
        const admin = new pg.Client({
          host: '127.0.0.1',
          port: ownPg.port,
          user: 'postgres',
          password: canaries.postgres,
          database: 'postgres',
        })
        await admin.connect()
        await admin.query('create table told (form text, said text)')
        for (const form of formNames)
          await admin.query('insert into told values ($1, $2)', [form, forms[form](canaries.postgres)])
        await admin.end()

        server = spawn(process.execPath, ['--no-env-file', path.join(import.meta.dir, 'traced-server.ts')], {
          env: {
            PATH: process.env['PATH'] ?? '',
            HOME: dir,
            PERMISSION_SLIP_DATA_DIR: path.join(dir, 'data'),
            PERMISSION_SLIP_PORT: '0',
            PERMISSION_SLIP_LOG_LEVEL: 'trace',
            PERMISSION_SLIP_EGRESS_ALLOW: '127.0.0.1',
            PERMISSION_SLIP_ORIGINS: JSON.stringify({
              echo: `http://127.0.0.1:${service.port}`,
              webhook: `http://127.0.0.1:${service.port}`,
            }),
            ...(database ? { PERMISSION_SLIP_DATABASE_URL: database.url } : {}),
          },
          stdio: ['pipe', 'pipe', fs.openSync(errors, 'w')],
        })
        const line = await new Promise<string>((resolve, reject) => {
          server.once('exit', () => reject(new Error(fs.readFileSync(errors, 'utf8'))))
          if (server.stdout) readline.createInterface({ input: server.stdout }).once('line', resolve)
        })
        const said = JSON.parse(line) as { url: string; setup: string }
        url = said.url
        const made = await createPersonClient({ url, token: null }).people.setup({
          token: new URL(said.setup).searchParams.get('token') ?? '',
          email: 'ada@example.org',
          name: 'Ada',
          password: 'correct horse battery',
        })
        token = made.token
        owner = createPersonClient({ url, token, fetch: listening })
      }, 60_000)
      afterAll(async () => {
        const gone = new Promise((resolve) => server.once('exit', resolve))
        server.kill('SIGTERM')
        await gone
        for (const stop of stops) await stop()
        await database?.drop()
        fs.rmSync(dir, { recursive: true, force: true })
      })

      async function agent() {
        const pair = await generateKeyPair()
        const client = createAgentClient({ url, signer: await signerOf(pair), fetch: listening })
        const { code } = await owner.agents.invite()
        const { agent: id } = await client.enroll({
          code,
          public_key: pair.public_key,
          name: `agent ${crypto.randomUUID()}`,
        })
        await owner.agents.confirm(id)
        const run = async (
          connection: string,
          connector: string,
          action: string,
          params: Record<string, unknown>,
        ): Promise<Action> => {
          const asked = await client.actions.submit({
            connector,
            action,
            connection: connection as `con_${string}`,
            params: params as Action['params'],
          })
          await owner.approvals.approve(asked.id, { digest: asked.digest })
          return client.actions.get(asked.id, { wait: 30 })
        }
        return { id, client, run }
      }
      const fields = {
        postgres: (password: string) => ({
          host: '127.0.0.1',
          port: String(ends.pg),
          user: 'postgres',
          database: 'postgres',
          tls: 'require',
          password,
        }),
        redis: (password: string) => ({ host: '127.0.0.1', port: String(ends.redis), tls: 'disable', password }),
      }
      const connect = async (connector: string, label: string, entered: Record<string, string>) =>
        (await owner.connections.add({ connector, label, fields: entered })).id

      test('when a service answers with it, in whatever wrapping and place, the answer is withheld', async () => {
        const connection = await connect('echo', 'echo', { token: canaries.token })
        expect((await owner.connections.test(connection)).ok).toBe(true)
        for (const form of formNames) {
          const { run } = await agent()
          for (const place of ['body', 'header'] as const)
            expect([
              form,
              place,
              await run(connection, 'echo', place === 'body' ? 'look' : 'make', { place, form }),
            ]).toMatchObject([
              form,
              place,
              { status: 'succeeded', result: null, error: { code: 'credential_in_result' } },
            ])
        }
        for (const place of places) {
          const { run } = await agent()
          if (place === 'body' || place === 'header') continue
          const ended = await run(connection, 'echo', 'make', { place, form: 'base64' })
          expect([place, ended.result]).toEqual([place, null])
          expect(['failed', 'unknown', 'succeeded']).toContain(ended.status)
        }
        expect(ends.echo.seen.length).toBeGreaterThan(20)
      }, 60_000)

      test('also when a probe brings it', async () => {
        const connection = await connect('echo', 'probed', { token: canaries.token })
        for (const form of ['raw', 'hex'] as const) {
          const { run } = await agent()
          // A probe that fails is logged: that line is looked through at the end.
          await run(connection, 'echo', 'find', { place: 'refuse', form })
          const ended = await run(connection, 'echo', 'find', { place: 'body', form })
          const withheld = { status: 'succeeded', result: null, error: { code: 'credential_in_result' } }
          expect([form, ended]).toMatchObject([form, withheld])
        }
      })

      test('three such answers pause the agent, and say so', async () => {
        const connection = await connect('echo', 'echo again', { token: canaries.token })
        const { id, run, client } = await agent()
        for (let i = 0; i < 3; i++) {
          expect((await owner.agents.get(id)).status).toBe('active')
          await run(connection, 'echo', 'look', { place: 'body', form: 'hex' })
        }
        expect((await owner.agents.get(id)).status).toBe('paused')
        const refused = await client.actions
          .submit({
            connector: 'echo',
            action: 'look',
            connection: connection as `con_${string}`,
            params: { place: 'body', form: 'hex' },
          })
          .then(
            () => null,
            (e: unknown) => e,
          )
        expect(refused instanceof ApiError && refused.problem.code).toBe('agent_paused')
        const entries = (await owner.log.entries({ subject: id })).items
        expect(entries.find((e) => e.type === 'agent.paused')?.data).toEqual({ code: 'credential_in_result' })
      }, 30_000)

      test('errors count as well as results, by HTTP and by a driver: nothing of the service’s words is told, three pause', async () => {
        const http = await connect('echo', 'errors', { token: canaries.token })
        const database = await connect('postgres', 'errors', fields.postgres(canaries.postgres))
        // Too short to be looked for in answers, and still not to be guessed by the errors.
        const short = await connect('echo', 'short', { token: 'zq-41+kk' })
        const sql = 'select said::int from told where form = $1'
        for (const [connection, connector, action, params, status] of [
          [http, 'echo', 'make', { place: 'fail', form: 'raw' }, 'failed'],
          [short, 'echo', 'make', { place: 'fail', form: 'raw' }, 'failed'],
          [http, 'echo', 'make', { place: 'crash', form: 'raw' }, 'unknown'],
          [http, 'echo', 'make', { place: 'broken', form: 'raw' }, 'succeeded'],
          [database, 'postgres', 'query', { sql, params: ['raw'] }, 'failed'],
          [database, 'postgres', 'query', { sql, params: ['hex'] }, 'failed'],
        ] as const) {
          const { id, run } = await agent()
          for (let i = 0; i < 3; i++) {
            expect((await owner.agents.get(id)).status).toBe('active')
            const ended = await run(connection, connector, action, params)
            expect([params, ended]).toMatchObject([
              params,
              { status, result: null, error: { message: 'The answer held a credential and is withheld.' } },
            ])
          }
          expect([params, (await owner.agents.get(id)).status]).toEqual([params, 'paused'])
        }
        const { id, run } = await agent()
        for (let i = 0; i < 4; i++)
          expect(
            await run(database, 'postgres', 'query', { sql: 'select $1::int', params: ['a guess'] }),
          ).toMatchObject({
            status: 'failed',
            error: { message: expect.stringContaining('"a guess"') },
          })
        expect((await owner.agents.get(id)).status).toBe('active')
      }, 60_000)

      test('PostgreSQL: success, rows and errors that hold the password, a wrong password, a form that is refused', async () => {
        const right = await connect('postgres', 'shop', fields.postgres(canaries.postgres))
        expect((await owner.connections.test(right)).ok).toBe(true)
        for (const form of formNames) {
          const { run } = await agent()
          const rows = await run(right, 'postgres', 'query', {
            sql: 'select said from told where form = $1',
            params: [form],
          })
          expect([form, rows]).toMatchObject([
            form,
            { status: 'succeeded', result: null, error: { code: 'credential_in_result' } },
          ])
          const fault = await run(right, 'postgres', 'query', {
            sql: 'select said::int from told where form = $1',
            params: [form],
          })
          expect([form, fault]).toMatchObject([form, { status: 'failed', result: null }])
        }
        const { run } = await agent()
        expect(await run(right, 'postgres', 'query', { sql: 'select 1 as one' })).toMatchObject({
          status: 'succeeded',
          result: { rows: [{ one: 1 }] },
        })
        const wrong = await connect('postgres', 'wrong', fields.postgres(canaries.wrong))
        expect((await owner.connections.test(wrong)).error?.code).toBe('credential_refused')
        expect((await run(wrong, 'postgres', 'query', { sql: 'select 1' })).status).toBe('failed')
        const bad = `postgres://ada:${encodeURIComponent(canaries.postgres)}@db.test/shop?sslrootcert=/etc/passwd`
        await expect(connect('postgres', 'bad', { url: bad })).rejects.toThrow()
        await expect(
          connect('postgres', 'bad', { ...fields.postgres(canaries.postgres), port: canaries.postgres }),
        ).rejects.toThrow()
      }, 60_000)

      test('Redis: success, values that hold the password, a wrong password', async () => {
        const right = await connect('redis', 'cache', fields.redis(canaries.redis))
        const { run } = await agent()
        expect((await owner.connections.test(right)).ok).toBe(true)
        expect((await run(right, 'redis', 'set', { key: 'a', value: 'plain' })).status).toBe('succeeded')
        expect((await run(right, 'redis', 'get', { key: 'a' })).status).toBe('succeeded')
        const filled = spawnSync('redis-cli', [
          '-p',
          String(ends.redis),
          '-a',
          canaries.redis,
          '--no-auth-warning',
          'set',
          'b',
          forms.base64(canaries.redis),
        ])
        if (filled.status === 0)
          expect(await run(right, 'redis', 'get', { key: 'b' })).toMatchObject({
            result: null,
            error: { code: 'credential_in_result' },
          })
        const wrong = await connect('redis', 'wrong', fields.redis(canaries.wrong))
        expect((await owner.connections.test(wrong)).error?.code).toBe('credential_refused')
        expect((await run(wrong, 'redis', 'get', { key: 'a' })).status).toBe('failed')
      }, 30_000)

      test('a webhook’s signing secret, also when the receiving end says it back', async () => {
        for (const place of ['body', 'fail', 'crash'] as const) {
          const connection = await connect('webhook', place, {
            url: `https://hook.invalid/${place}/raw`,
            secret: canaries.webhook,
          })
          const { run } = await agent()
          const ended = await run(connection, 'webhook', 'send', { type: 'a.b', data: {} })
          expect(ended.result).toBeNull()
        }
        await expect(
          connect('webhook', 'bad', { url: 'https://hook.invalid/', secret: `${canaries.wrong}!` }),
        ).rejects.toThrow()
      }, 30_000)

      test('after all that it is in no answer, page, export, log line, file or row', async () => {
        for (const path_ of [
          '/',
          '/connections',
          '/openapi.json',
          '/api/v1/connectors',
          '/api/v1/connections',
          '/api/v1/actions?limit=200',
          '/api/v1/log/entries?limit=500',
          '/api/v1/log/export',
          '/api/v1/settings',
          '/api/v1/agents',
        ])
          await listening(`${url}${path_}`, { headers: { authorization: `Bearer ${token}` } })
        for (const { id } of (await owner.actions.list()).items) {
          await owner.approvals.list()
          await listening(`${url}/api/v1/approvals/${id}`, { headers: { authorization: `Bearer ${token}` } })
          await listening(`${url}/api/v1/log/proof/${id}`, { headers: { authorization: `Bearer ${token}` } })
        }
        for (const { id } of (await owner.connections.list()).items) {
          await owner.connections.get(id)
          await owner.connections.remove(id)
        }
        const files = fs
          .readdirSync(path.join(dir, 'data'), { recursive: true, encoding: 'utf8' })
          .map((f) => path.join(dir, 'data', f))
          .filter((f) => fs.statSync(f).isFile())
        expect(files.length).toBeGreaterThan(4)
        nowhere(heard.map((part, i) => [`answer ${i}`, part]))
        nowhere([
          ['stderr', fs.readFileSync(errors)],
          ...files.map((f): [string, Uint8Array] => [f, fs.readFileSync(f)]),
        ])
        if (database) {
          const dump = spawnSync('pg_dump', ['--inserts', database.url], { maxBuffer: 1 << 28 })
          expect([dump.status, dump.stdout.length > 50_000]).toEqual([0, true])
          nowhere([['pg_dump', dump.stdout]])
        }
        expect(heard.length).toBeGreaterThan(200)
        expect(fs.readFileSync(errors, 'utf8').split('\n').length).toBeGreaterThan(100)
        expect(echo.id).toBe('echo')
      }, 60_000)
    },
  )
}
