import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { createAgentClient, createPersonClient } from '@permission-slip/client/client.ts'
import { signRequest } from '@permission-slip/client/sign.ts'
import pg from 'pg'
import { recover } from '../../src/actions/recover.ts'
import { isStartRefusal, type Running, serve } from '../../src/serve.ts'
import { newcomer, prepared } from '../agents/newcomer.ts'
import { type Gate, makeGate, postgresUrl, until } from '../harness.ts'
import { eventually } from '../recovery/asking.ts'
import { codeOf, read } from '../safety/parties.ts'

const write = (page: string) => ({ connector: 'notebook', action: 'write', params: { page, body: 'b' } })
const keys = ['master.key', 'log.key', 'sign-in.key']

describe.skipIf(postgresUrl === undefined)('two copies over one PostgreSQL', () => {
  let gate: Gate
  let other: Running
  let dir: string
  const url = () => other.ctx.config.publicUrl
  beforeAll(async () => {
    gate = await makeGate('postgres')
    dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ps-copy-'))
    for (const key of keys) fs.cpSync(path.join(gate.dir, key), path.join(dir, key))
    other = await serve({ ...gate.env, PERMISSION_SLIP_DATA_DIR: dir, PERMISSION_SLIP_PORT: '0' })
  })
  afterAll(async () => {
    await other.stop()
    fs.rmSync(dir, { recursive: true, force: true })
    await gate.close()
  })

  test('they are two: each its own id, the same log and keys, and no set-up link', () => {
    expect(other.ctx.copy).not.toBe(gate.running.ctx.copy)
    expect(other.ctx.keys.origin).toBe(gate.running.ctx.keys.origin)
    expect(other.setupUrl).toBeNull()
  })

  test('what is asked at one is decided at the other, and who waits at the first is woken within a second', async () => {
    const agent = await gate.agent()
    const owner = createPersonClient({ url: url(), token: gate.ownerToken })
    const asked = await agent.client.actions.submit(write('across'))
    const polling = agent.signed('GET', `/api/v1/actions/${asked.id}?wait=30`)
    await new Promise((resolve) => setTimeout(resolve, 200))
    await owner.approvals.approve(asked.id, { digest: asked.digest })
    const late = new Promise<'too late'>((resolve) => setTimeout(() => resolve('too late'), 1500))
    const answer = await Promise.race([polling, late])
    expect(answer === 'too late' ? answer : ((await answer.json()) as object)).toMatchObject({ status: 'succeeded' })
  })

  test('decided at both at once, it is decided once and runs once', async () => {
    const agent = await gate.agent()
    await gate.owner.agents.change(agent.id, { limits: { submissions_per_second: 1000 } })
    const owners = [gate.owner, createPersonClient({ url: url(), token: gate.ownerToken })]
    const all = await Promise.all(Array.from({ length: 10 }, (_, i) => agent.client.actions.submit(write(`both ${i}`))))
    await gate.entries()
    const codes = await Promise.all(
      all.flatMap((asked) =>
        owners.flatMap((o) => [
          codeOf(o.approvals.approve(asked.id, { digest: asked.digest })),
          codeOf(o.approvals.approve(asked.id, { digest: asked.digest })),
        ]),
      ),
    )
    expect(codes.filter((c) => c === 'no error')).toHaveLength(10)
    expect(codes.filter((c) => c === 'already_decided')).toHaveLength(30)
    for (const asked of all) await until(agent.client, asked.id, 'succeeded')
    const lines = await gate.entries()
    for (const type of ['action.approved', 'action.started', 'action.succeeded'])
      expect(lines.filter((l) => l.type === type)).toHaveLength(10)
  })

  test('a signature and an Idempotency-Key count once over both', async () => {
    const agent = await gate.agent()
    const at = createAgentClient({ url: url(), signer: agent.signer })
    const [here, elsewhere] = await Promise.all([
      agent.client.actions.submit(write('key'), { idempotencyKey: 'k' }),
      at.actions.submit(write('key'), { idempotencyKey: 'k' }),
    ])
    expect(elsewhere.id).toBe(here.id)
    const body = new TextEncoder().encode(JSON.stringify({ connector: 'notebook', action: 'list', params: {} }))
    const once = async (to: string, nonce: string) => {
      const headers = await signRequest(
        { method: 'POST', url: `${to}/api/v1/actions`, headers: { 'content-type': 'application/json' }, body },
        agent.signer,
        { nonce },
      )
      return read(fetch(`${to}/api/v1/actions`, { method: 'POST', headers, body }))
    }
    const nonce = crypto.randomUUID()
    const both = await Promise.all([once(gate.url, nonce), once(url(), nonce)])
    expect(both.map((a) => a.code).sort()).toEqual([null, 'replayed'].sort())
  })

  test('a stream of one copy tells what happens at the other, and ends when the right ends there', async () => {
    const agent = await gate.agent()
    const { token, id } = await gate.owner.people.makeToken({ name: 'stream', scopes: ['read'] })
    const listener = createPersonClient({ url: url(), token })
    const heard: string[] = []
    const ended = (async () => {
      for await (const event of listener.events()) heard.push(`${event.type} ${event.subject ?? ''}`)
    })()
    await new Promise((resolve) => setTimeout(resolve, 200))
    const asked = await agent.client.actions.submit(write('told'))
    await gate.owner.people.revokeToken(id)
    expect(
      await Promise.race([ended, new Promise((resolve) => setTimeout(() => resolve('too late'), 2000))]),
    ).toBeUndefined()
    expect(heard).toEqual([`action.submitted ${asked.id}`])
  })

  test('when the database drops every connection, nothing dies: each stream ends or goes on, and both copies go on', async () => {
    const agent = await gate.agent()
    await gate.owner.agents.change(agent.id, { limits: { submissions_per_second: 1000, pending: 1000 } })
    const heard = new Map<number, string>()
    const ended = new Set<number>()
    for (let i = 0; i < 20; i++)
      void (async () => {
        for await (const event of gate.owner.events()) heard.set(i, event.subject ?? '')
      })()
        .finally(() => ended.add(i))
        .catch(() => {})
    await new Promise((resolve) => setTimeout(resolve, 200))
    const admin = new pg.Client({ connectionString: postgresUrl })
    await admin.connect()
    const name = new URL(gate.env['PERMISSION_SLIP_DATABASE_URL'] ?? '').pathname.slice(1)
    for (let i = 0; i < 10; i++) {
      const busy = Promise.all(
        Array.from({ length: 5 }, (_, k) =>
          codeOf(agent.client.actions.submit(write(`cut ${i} ${k}`), { retries: 0 })),
        ),
      )
      await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name])
      await busy
    }
    await admin.end()
    for (const base of [gate.url, url()]) {
      const made = await prepared(base, agent.signer, { method: 'GET', path: '/api/v1/me' })
      expect((await fetch(made.url, made.init)).status).toBe(200)
    }
    const asked = await agent.client.actions.submit(write('after'))
    await new Promise((resolve) => setTimeout(resolve, 1500))
    const polling = agent.signed('GET', `/api/v1/actions/${asked.id}?wait=30`)
    await new Promise((resolve) => setTimeout(resolve, 100))
    await createPersonClient({ url: url(), token: gate.ownerToken }).approvals.deny(asked.id, { digest: asked.digest })
    const late = new Promise<'too late'>((resolve) => setTimeout(() => resolve('too late'), 1500))
    const answer = await Promise.race([polling, late])
    expect(answer === 'too late' ? answer : answer.status).toBe(200)
    for (let i = 0; i < 20; i++) expect([i, ended.has(i) || heard.get(i) === asked.id]).toEqual([i, true])
  }, 20_000)

  test('a copy without the key files, or with others, does not start and says which to bring', async () => {
    for (const missing of keys) {
      for (const kind of ['missing', 'other'] as const) {
        const third = fs.mkdtempSync(path.join(os.tmpdir(), 'ps-third-'))
        for (const key of keys) if (key !== missing) fs.cpSync(path.join(gate.dir, key), path.join(third, key))
        if (kind === 'other') {
          const alien = await makeGate('sqlite')
          fs.cpSync(path.join(alien.dir, missing), path.join(third, missing))
          await alien.close()
        }
        const before = fs.readdirSync(third).filter((f) => f.includes('.key'))
        const started = serve({ ...gate.env, PERMISSION_SLIP_DATA_DIR: third, PERMISSION_SLIP_PORT: '0' }).then(
          (s) => s.stop().then(() => 'started'),
          (e: Error) => e.message,
        )
        expect(await started).toContain(path.join(third, missing))
        expect(fs.readdirSync(third).filter((f) => f.includes('.key'))).toEqual(before)
        fs.rmSync(third, { recursive: true, force: true })
      }
    }
  }, 20_000)

  test('a data directory that was copied whole does not start beside its original, and says what to remove', async () => {
    const copied = fs.mkdtempSync(path.join(os.tmpdir(), 'ps-copied-'))
    for (const name of [...keys, 'copy-id']) fs.cpSync(path.join(gate.dir, name), path.join(copied, name))
    const env = { ...gate.env, PERMISSION_SLIP_DATA_DIR: copied, PERMISSION_SLIP_PORT: '0' }
    const refused = await serve(env).then(
      (s) => s.stop().then(() => null),
      (e: unknown) => e,
    )
    expect(isStartRefusal(refused)).toBe(true)
    expect(String(refused)).toContain(`remove ${path.join(copied, 'copy-id')}`)
    fs.rmSync(path.join(copied, 'copy-id'))
    await (await serve(env)).stop()
    fs.rmSync(copied, { recursive: true, force: true })
  }, 20_000)

  test('what a copy whose id another server took was to start, the other copy starts; it is not ready until it has its id again', async () => {
    const agent = await gate.agent()
    const admin = new pg.Client({ connectionString: gate.env['PERMISSION_SLIP_DATABASE_URL'] })
    await admin.connect()
    const { ctx } = gate.running
    const key = createHash('sha256').update(ctx.copy).digest().readBigInt64BE(0).toString()
    const taken = admin.query('select pg_advisory_lock($1::bigint)', [key])
    const cut = new pg.Client({ connectionString: gate.env['PERMISSION_SLIP_DATABASE_URL'] })
    await cut.connect()
    await cut.query(
      `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted
        and ((classid::bigint << 32) | objid::bigint) = $1::bigint`,
      [key],
    )
    await cut.end()
    await taken
    await eventually('it knows', async () => ctx.database.copyProblem() !== null)
    expect((await fetch(`${gate.url}/readyz`)).status).toBe(503)
    const asked = await agent.client.actions.submit(write('whose'))
    await gate.owner.approvals.approve(asked.id, { digest: asked.digest })
    await until(agent.client, asked.id, 'succeeded')
    const { copy } = await ctx.db
      .selectFrom('actions')
      .select('copy')
      .where('id', '=', asked.id)
      .executeTakeFirstOrThrow()
    expect(copy).toBe(other.ctx.copy)
    expect(await recover(ctx, true)).toBe(0)
    await admin.end()
    await eventually('it has its id again', async () => ctx.database.copyProblem() === null)
    expect((await fetch(`${gate.url}/readyz`)).status).toBe(200)
  })

  test('a code enrols one agent over both, and wrong codes are counted over both', async () => {
    const [one, two] = [await newcomer(gate), await newcomer({ url: url() })]
    const { code } = await gate.owner.agents.invite()
    const codes = await Promise.all([codeOf(one.enroll(code)), codeOf(two.enroll(code))])
    expect(codes.sort()).toEqual(['invalid_code', 'no error'])
    const wrong = await Promise.all(
      Array.from({ length: 16 }, async (_, i) => {
        const bot = await newcomer(i % 2 ? gate : { url: url() })
        return codeOf(bot.enroll(`PS-AAAA-AA${i + 10}`))
      }),
    )
    expect(wrong.filter((c) => c === 'invalid_code')).toHaveLength(9)
    expect(wrong.filter((c) => c === 'invitations_paused')).toHaveLength(7)
  })
})
