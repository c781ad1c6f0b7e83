import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { finish } from '../../src/actions/finish.ts'
import { readAction } from '../../src/actions/row.ts'
import { approveByPerson } from '../../src/actions/settle.ts'
import { start } from '../../src/actions/start.ts'
import { jobs } from '../../src/jobs/index.ts'
import { flavours, type Gate, makeGate, type TestAgent } from '../harness.ts'
import { byToken, codeOf, person, read } from './parties.ts'

const write = (page: string) => ({ connector: 'notebook', action: 'write', params: { page, body: 'b' } })
/** Approved and started as ever, by a copy that then got no answer. */
async function leftUnknown(gate: Gate, asked: { id: string }): Promise<{ id: string }> {
  const { ctx } = gate.running
  const me = await gate.owner.me()
  const by = me.kind === 'person' ? me.person : ''
  await ctx.writer.write(async (tx) =>
    approveByPerson(tx, await readAction(tx.db, asked.id, null), { person: by, via: 'token', edited: false }, 60_000),
  )
  await start(ctx, asked.id)
  await finish(ctx, await readAction(ctx.db, asked.id, null), {
    to: 'unknown',
    code: 'outcome_unknown',
    message: 'No answer came.',
  })
  return asked
}
const MB = 1024 * 1024

for (const { flavour, skip } of flavours) {
  describe.skipIf(skip)(`short of space on ${flavour}`, () => {
    let free = 10_000 * MB
    let gate: Gate
    beforeAll(async () => {
      gate = await makeGate(flavour, { outside: { freeSpace: () => free } })
    })
    afterAll(() => gate.close())

    test('under 200 MB nothing new is taken and nothing recorded of it, while deny, cancel, pause, settle and freeze still work', async () => {
      free = 10_000 * MB
      const agent = await gate.agent()
      const [one, two, three] = [
        await agent.client.actions.submit(write('1')),
        await agent.client.actions.submit(write('2')),
        await agent.client.actions.submit(write('3')),
      ]
      await gate.owner.approvals.deny(three.id, { digest: three.digest })
      const unknown = await leftUnknown(gate, await agent.client.actions.submit(write('4')))
      free = 200 * MB - 1
      await gate.entries()
      expect(await codeOf(agent.client.actions.submit(write('5'), { retries: 0 }))).toBe('disk_full')
      expect((await agent.signed('POST', '/api/v1/actions', write('5'), { 'idempotency-key': 'x' })).status).toBe(507)
      expect(await codeOf(agent.client.upload('a.txt', 'text/plain', new Uint8Array(3)))).toBe('disk_full')
      expect(await codeOf(gate.owner.actions.retry(three.id))).toBe('disk_full')
      const ready = await fetch(`${gate.url}/readyz`)
      expect([ready.status, await ready.text()]).toEqual([503, expect.stringContaining('199 MB are free')])
      expect(await gate.entries()).toEqual([])
      expect(await codeOf(gate.owner.approvals.deny(one.id, { digest: one.digest }))).toBe('no error')
      expect(await codeOf(agent.client.actions.cancel(two.id))).toBe('no error')
      expect(await codeOf(gate.owner.actions.settle(unknown.id, { happened: false, note: '' }))).toBe('no error')
      expect(await codeOf(gate.owner.agents.pause(agent.id))).toBe('no error')
      expect(await codeOf(gate.owner.server.freeze())).toBe('no error')
      expect(await codeOf(gate.owner.server.unfreeze())).toBe('no error')
      free = 200 * MB
      await gate.owner.agents.resume(agent.id)
      expect(await codeOf(agent.client.actions.submit(write('6')))).toBe('no error')
    })
  })

  describe.skipIf(skip)(`refused requests on ${flavour}`, () => {
    let gate: Gate
    let agent: TestAgent
    beforeAll(async () => {
      gate = await makeGate(flavour)
      agent = await gate.agent()
    })
    afterAll(() => gate.close())
    const flush = async () => {
      for (const job of jobs) if (job.name === 'refused') await job.run(gate.running.ctx)
    }
    const counted = async () =>
      (await gate.entries()).filter((e) => e.type === 'log.refused').map((e) => e.data['count'])

    test('are counted and become one entry a minute, with their number and nothing of what they said', async () => {
      await gate.entries()
      await gate.owner.agents.change(agent.id, { access: [] })
      for (let i = 0; i < 3; i++)
        expect(
          (await read(agent.signed('POST', '/api/v1/actions', write('x'), { 'idempotency-key': `k${i}` }))).code,
        ).toBe('not_allowed')
      expect((await read(agent.signed('GET', '/api/v1/approvals'))).code).toBe('forbidden')
      expect(
        (await read(fetch(`${gate.url}/api/v1/me`, { headers: { signature: 'x', 'signature-input': 'y' } }))).code,
      ).toBe('bad_signature')
      await gate.owner.agents.change(agent.id, { access: null })
      expect((await gate.entries()).map((e) => e.type)).toEqual(['agent.changed', 'agent.changed'])
      await flush()
      expect(await counted()).toEqual([5])
      await flush()
      expect(await counted()).toEqual([])
      expect(jobs.find((job) => job.name === 'refused')?.everyMs).toBe(60_000)
    })

    test('that are not well-formed, or nobody’s, are not counted; those of a people’s page neither', async () => {
      await gate.entries()
      expect((await read(agent.signed('POST', '/api/v1/actions', { nonsense: 1 }))).code).toBe('invalid_request')
      expect((await read(agent.signed('GET', '/api/v1/actions/act_0'))).code).toBe('not_found')
      expect((await read(fetch(`${gate.url}/api/v1/approvals`))).code).toBe('unauthenticated')
      const viewer = byToken(gate, (await person(gate, 'viewer', ['read'])).token)
      expect((await read(viewer('POST', '/api/v1/freeze', {}))).code).toBe('forbidden')
      await gate.entries()
      await flush()
      expect(await counted()).toEqual([])
    })

    test('are not lost when the server stops', async () => {
      expect((await read(agent.signed('GET', '/api/v1/people'))).code).toBe('forbidden')
      await gate.entries()
      await gate.restart()
      expect(await counted()).toEqual([1])
    })
  })
}
