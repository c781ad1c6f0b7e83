import { Database as Sqlite } from 'bun:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { Kysely } from 'kysely'
import type { Tables } from '../../src/db/schema/index.ts'
import { sqliteDialect } from '../../src/db/sqlite-dialect.ts'
import { standing } from '../../src/metrics/standing.ts'
import { flavours, type Gate, makeGate, movableClock, type TestAgent, until } from '../harness.ts'
import { codeOf, person } from '../safety/parties.ts'
import { type Read, sampleIn, samplesIn } from './scrape.ts'

const write = (page: string) => ({ connector: 'notebook', action: 'write', params: { page, body: 'b' } })
const list = { connector: 'notebook', action: 'list', params: {} }

for (const { flavour, skip } of flavours) {
  describe.skipIf(skip)(`/metrics on ${flavour}`, () => {
    const clock = movableClock()
    let gate: Gate
    let agent: TestAgent
    let viewer = ''
    beforeAll(async () => {
      gate = await makeGate(flavour, { outside: { clock } })
      agent = await gate.agent()
      viewer = (await person(gate, 'viewer', ['read'])).token
    })
    afterAll(() => gate.close())

    const get = (token: string | null) =>
      fetch(`${gate.url}/metrics`, token === null ? {} : { headers: { authorization: `Bearer ${token}` } })
    const scrape = async (): Promise<Read[]> => samplesIn(await (await get(viewer)).text())
    const outcomes = async (...names: string[]) => {
      const samples = await scrape()
      return names.map((outcome) =>
        sampleIn(samples, 'permission_slip_actions_total', { connector: 'notebook', outcome }),
      )
    }

    test('is for viewers and tokens with the scope read; no agent, nobody else', async () => {
      const answer = await get(viewer)
      expect([answer.status, answer.headers.get('content-type')]).toEqual([
        200,
        'text/plain; version=0.0.4; charset=utf-8',
      ])
      expect((await get(null)).status).toBe(401)
      expect((await agent.signed('GET', '/metrics')).status).toBe(403)
      const decides = (await person(gate, 'approver', ['decide'])).token
      expect((await get(decides)).status).toBe(403)
    })

    test('counts each action once under what became of it, when it has become so', async () => {
      expect(await outcomes('succeeded', 'denied', 'cancelled')).toEqual([0, 0, 0])
      const [one, two, three] = [
        await agent.client.actions.submit(write('1')),
        await agent.client.actions.submit(write('2')),
        await agent.client.actions.submit(write('3')),
      ]
      let samples = await scrape()
      expect(sampleIn(samples, 'permission_slip_actions_open', { status: 'pending' })).toBe(3)
      expect(sampleIn(samples, 'permission_slip_actions_submitted_total', { connector: 'notebook' })).toBe(3)
      clock.advance(20_000)
      await gate.owner.approvals.approve(one.id, { digest: one.digest })
      await until(agent.client, one.id, 'succeeded')
      await gate.owner.approvals.deny(two.id, { digest: two.digest })
      await agent.client.actions.cancel(three.id)
      samples = await scrape()
      expect(await outcomes('succeeded', 'denied', 'cancelled', 'failed')).toEqual([1, 1, 1, 0])
      expect(sampleIn(samples, 'permission_slip_actions_open', { status: 'pending' })).toBe(0)
      expect(sampleIn(samples, 'permission_slip_decisions_total', { by: 'person', effect: 'approve' })).toBe(1)
      const decided = (le: string) =>
        sampleIn(samples, 'permission_slip_decision_seconds_bucket', { effect: 'approve', le })
      // PostgreSQL's log time is the server's, which no test moves.
      expect([decided('15'), decided('60')]).toEqual(flavour === 'sqlite' ? [0, 1] : [1, 1])
      expect(sampleIn(samples, 'permission_slip_service_seconds_count', { connector: 'notebook' })).toBe(1)
    })

    test('what a rule decides is counted as a rule’s, and is no wait of a person', async () => {
      const before = await scrape()
      await gate.owner.rules.add({ name: 'l', effect: 'allow', connector: 'notebook', action: 'list', params: {} })
      expect((await agent.client.actions.submit(list, { wait: 10 })).status).toBe('succeeded')
      const after = await scrape()
      const moved = (name: string, labels: Record<string, string>) =>
        sampleIn(after, name, labels) - sampleIn(before, name, labels)
      expect(moved('permission_slip_decisions_total', { by: 'rule', effect: 'approve' })).toBe(1)
      expect(moved('permission_slip_decision_seconds_count', { effect: 'approve' })).toBe(0)
      expect(moved('permission_slip_actions_total', { outcome: 'succeeded' })).toBe(1)
    })

    test('a submission that is undone is not counted', async () => {
      const counted = async () => sampleIn(await scrape(), 'permission_slip_actions_submitted_total')
      const waits = await agent.client.actions.submit(write('x'))
      const before = await counted()
      await gate.owner.agents.change(agent.id, { limits: { pending: 1 } })
      expect(await codeOf(agent.client.actions.submit(write('x'), { retries: 0 }))).toBe('too_many_pending')
      expect(await counted()).toBe(before)
      const { writer } = gate.running.ctx
      const change = { connector: 'notebook', from: null, to: 'pending', by: 'submit', ageMs: 0 } as const
      const undone = writer.write(async (tx) => {
        tx.changed(change)
        throw new Error('undone')
      })
      await expect(undone).rejects.toThrow('undone')
      expect(await counted()).toBe(before)
      await gate.owner.agents.change(agent.id, { limits: { pending: 50 } })
      await agent.client.actions.cancel(waits.id)
    })

    test('refusals are counted by their code', async () => {
      const codes = async (code: string) => sampleIn(await scrape(), 'permission_slip_refusals_total', { code })
      const before = [await codes('not_found'), await codes('unauthenticated'), await codes('misdirected')]
      await fetch(`${gate.url}/api/v1/nowhere`)
      await fetch(`${gate.url}/api/v1/approvals`)
      await fetch(`${gate.url}/api/v1/me`, { headers: { host: 'other.example' } })
      const after = [await codes('not_found'), await codes('unauthenticated'), await codes('misdirected')]
      expect(after.map((count, i) => count - (before[i] ?? 0))).toEqual([1, 1, 1])
    })

    test('long polls and event streams are there while they are open', async () => {
      const open = async () => {
        const samples = await scrape()
        return [sampleIn(samples, 'permission_slip_long_polls'), sampleIn(samples, 'permission_slip_event_streams')]
      }
      const becomes = async (wanted: number[]) => {
        for (let i = 0; i < 100 && !Bun.deepEquals(await open(), wanted); i++) await Bun.sleep(20)
        expect(await open()).toEqual(wanted)
      }
      expect(await open()).toEqual([0, 0])
      const asked = await agent.client.actions.submit(write('waits'))
      const gone = new AbortController()
      const stream = await fetch(`${gate.url}/api/v1/events`, {
        headers: { authorization: `Bearer ${viewer}` },
        signal: gone.signal,
      })
      const poll = agent.client.actions.get(asked.id, { wait: 30 })
      await becomes([1, 1])
      gone.abort()
      await stream.body?.cancel().catch(() => {})
      await agent.client.actions.cancel(asked.id)
      await poll
      await becomes([0, 0])
    })

    test('how long the oldest waits, how many entries the log has, and whether the clock is in doubt', async () => {
      expect(sampleIn(await scrape(), 'permission_slip_oldest_waiting_seconds')).toBe(0)
      const old = await agent.client.actions.submit(write('old'))
      clock.advance(90_000)
      await agent.client.actions.submit(write('new'))
      const samples = await scrape()
      // PostgreSQL's log time is the server's, which no test moves.
      expect(sampleIn(samples, 'permission_slip_oldest_waiting_seconds')).toBeGreaterThanOrEqual(90)
      expect((await agent.client.actions.get(old.id)).status).toBe('pending')
      const { length } = await gate.running.ctx.db.selectFrom('log_entries').select('seq').execute()
      expect(sampleIn(samples, 'permission_slip_log_entries')).toBe(length)
      expect(sampleIn(samples, 'permission_slip_clock_in_doubt')).toBe(0)
      clock.jump(10 * 60_000)
      expect(sampleIn(await scrape(), 'permission_slip_clock_in_doubt')).toBe(1)
      await gate.owner.server.confirmClock()
      expect(sampleIn(await scrape(), 'permission_slip_clock_in_doubt')).toBe(0)
    })

    test('the writer’s batches hold every work, and what runs is named', async () => {
      const samples = await scrape()
      const batches = sampleIn(samples, 'permission_slip_writer_commit_seconds_count')
      expect(batches).toBeGreaterThan(0)
      expect(sampleIn(samples, 'permission_slip_writer_batch_works_sum')).toBeGreaterThanOrEqual(batches)
      expect(sampleIn(samples, 'permission_slip_build_info', { database: flavour, version: '0.1.0' })).toBe(1)
      expect(sampleIn(samples, 'process_resident_memory_bytes')).toBeGreaterThan(1e6)
    })

    test('every metric is described once, and ends as its type wants', async () => {
      const text = await (await get(viewer)).text()
      const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => ({ name, type }))
      expect(new Set(types.map(({ name }) => name)).size).toBe(types.length)
      for (const { name, type } of types) expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter'])
      for (const sample of samplesIn(text)) {
        const family = sample.name.replace(/_(bucket|sum|count)$/, '')
        expect(types.map((one) => one.name)).toContain(
          types.some((one) => one.name === sample.name) ? sample.name : family,
        )
      }
    })
  })
}

test('what a scrape reads of the database, it reads by an index, and never more than 10,000 rows of it', async () => {
  const gate = await makeGate('sqlite')
  const file = gate.running.ctx.database.file ?? ''
  const sqlite = new Sqlite(file, { readonly: true })
  const asked: { sql: string; parameters: readonly unknown[] }[] = []
  const db = new Kysely<Tables>({
    dialect: sqliteDialect(sqlite, null),
    log: ({ query }) => void asked.push({ sql: query.sql, parameters: query.parameters }),
  })
  await standing({ db, clock: gate.running.ctx.clock })
  expect(asked.length).toBeGreaterThan(3)
  for (const { sql, parameters } of asked) {
    const plan = sqlite.query(`explain query plan ${sql}`).all(...(parameters as string[])) as { detail: string }[]
    const steps = plan.map(({ detail }) => detail).filter((detail) => !detail.startsWith('SCAN some'))
    expect([sql, steps.join('; ')]).toEqual([
      sql,
      expect.stringMatching(/USING (COVERING )?INDEX|PRIMARY KEY|log_entries$/),
    ])
    expect(steps.join('; ')).not.toContain('SCAN actions')
    expect([sql, parameters.some((one) => typeof one === 'number' && one <= 10_000)]).toEqual([sql, true])
  }
  await db.destroy()
  sqlite.close()
  await gate.close()
})
