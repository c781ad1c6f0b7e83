import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { depotAs, depotEnv } from '../../campaign/depot/connector.ts'
import { Journal, type Mode } from '../../campaign/depot/journal.ts'
import { type Depot, startDepot } from '../../campaign/depot/service.ts'
import { hardLimitMs, leaseMs } from '../../src/actions/start.ts'
import { flavours, type Gate, makeGate, movableClock, type TestAgent } from '../harness.ts'
import { type Ask, type Asked, asker, until } from './asking.ts'

const begun = ['action.submitted', 'action.voted', 'action.approved', 'action.started']

for (const { flavour, skip } of flavours) {
  describe.skipIf(skip)(`what was sent and what was not, on ${flavour}`, () => {
    const clock = movableClock()
    let gate: Gate
    let depot: Depot
    let journal: Journal
    let dir: string
    let agent: TestAgent
    let ask: Ask
    let slow: Asked
    beforeAll(async () => {
      dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ps-sent-'))
      journal = new Journal(path.join(dir, 'depot.jsonl'))
      depot = await startDepot(journal)
      gate = await makeGate(flavour, { env: depotEnv(depot.port), outside: { clock, catalogue: depotAs('1') } })
      agent = await gate.agent()
      const { id } = await gate.owner.connections.add({
        connector: 'depot',
        label: 'depot',
        fields: { token: 'depot-token-0123456789' },
      })
      ask = asker(agent.client, id)
      if (flavour === 'sqlite') slow = await run('bare', 'hold')
    })
    afterAll(async () => {
      await gate?.close()
      depot.stop()
      fs.rmSync(dir, { recursive: true })
    })
    async function run(action: string, mode?: Mode): Promise<Asked> {
      const asked = await ask(action, mode)
      await gate.owner.approvals.approve(asked.id, { digest: asked.digest })
      return asked
    }
    const end = (id: string) => until(agent.client, id, 'succeeded', 'failed', 'unknown')
    const told = async (id: string) =>
      (await gate.owner.log.entries({ subject: id })).items.toReversed().map((entry): string => entry.type)
    const lines = (ref: string) => journal.lines.filter((line) => line.ref.startsWith(ref)).map((line) => line.method)

    for (const [action, method] of [
      ['replace', 'PUT'],
      ['bare', 'POST'],
      ['remove', 'DELETE'],
    ] as const) {
      test(`a service that reads a ${method} and hangs up gets it once, and the outcome is unknown`, async () => {
        const { id, ref } = await run(action, 'hang_up')
        expect(await end(id)).toMatchObject({
          status: 'unknown',
          error: { code: 'outcome_unknown' },
          next: { do: 'ask_owner' },
        })
        expect(lines(ref)).toEqual([method])
        expect(await told(id)).toEqual([...begun, 'action.unknown'])
      })
    }

    test('with a key it is sent again, each send recorded before it, and stays unknown without an answer', async () => {
      const { id, ref } = await run('keyed', 'hang_up')
      expect(await end(id)).toMatchObject({ status: 'unknown' })
      expect(lines(ref)).toEqual(['POST', 'POST', 'POST'])
      expect(journal.lines.filter((line) => line.ref === ref && line.did).length).toBe(1)
      expect((await told(id)).slice(0, 7)).toEqual([...begun, 'action.step', 'action.step', 'action.unknown'])
    })

    test('a read is asked again, and without an answer it has failed: it did nothing', async () => {
      const { id, ref } = await run('look', 'hang_up')
      expect(await end(id)).toMatchObject({ status: 'failed', error: { code: 'service_failed' }, partial: false })
      expect(lines(ref)).toEqual(['GET', 'GET', 'GET'])
    })

    test('with a probe it is asked after, once', async () => {
      const { id, ref } = await run('probed', 'hang_up')
      expect(await end(id)).toMatchObject({ status: 'succeeded', result: { ref: 'found' } })
      expect(lines(ref)).toEqual(['POST', 'GET'])
      expect(await told(id)).toEqual([...begun, 'action.step', 'action.succeeded'])
    })

    for (const [action, why] of [
      ['closed', 'nothing listens there'],
      ['nowhere', 'no such host is'],
    ] as const) {
      test(`where ${why}, it has failed and was not sent`, async () => {
        const asked = await agent.client.actions.submit({ connector: 'away', action, params: { ref: 'x' } })
        await gate.owner.approvals.approve(asked.id, { digest: asked.digest })
        expect(await end(asked.id)).toMatchObject({
          status: 'failed',
          error: { code: 'not_sent', retryable: true },
          partial: false,
        })
        expect(await told(asked.id)).toEqual([...begun, 'action.failed'])
      })
    }

    test('what the service refuses has failed', async () => {
      const { id, ref } = await run('bare', 'refuse')
      expect(await end(id)).toMatchObject({ status: 'failed', error: { code: 'service_refused' }, partial: false })
      expect(lines(ref)).toEqual(['POST'])
    })

    test('of two steps, the second refused: failed, partial, each step recorded before it was sent', async () => {
      const { id, ref } = await run('steps', 'refuse')
      expect(await end(id)).toMatchObject({ status: 'failed', error: { code: 'service_refused' }, partial: true })
      expect(lines(ref)).toEqual(['POST', 'POST'])
      expect(await told(id)).toEqual([...begun, 'action.step', 'action.step', 'action.failed'])
    })

    test('after its hard limit an execution sends nothing, also when no timer could fire in between', async () => {
      const { id, ref } = await run('keyed', 'hang_up')
      while (!journal.was(ref)) await new Promise((resolve) => setImmediate(resolve))
      clock.advance(hardLimitMs)
      expect(await end(id)).toMatchObject({ status: 'unknown' })
      expect(lines(ref)).toEqual(['POST'])
    })

    // Half a minute, which the database has no part in.
    if (flavour !== 'sqlite') return
    test('without an answer in time the outcome is unknown, since the service may have done it', async () => {
      expect(await agent.client.actions.get(slow.id, { wait: 40 })).toMatchObject({
        status: 'unknown',
        error: { code: 'outcome_unknown' },
      })
      expect(lines(slow.ref)).toEqual(['POST'])
      expect(await told(slow.id)).toEqual([...begun, 'action.unknown'])
    }, 60_000)
  })
  describe.skipIf(skip)(`a lease that ends while a step is recorded, on ${flavour}`, () => {
    test('nothing of that step is sent, and it is the wall clock’s to say: others read the lease by it', async () => {
      const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ps-lease-'))
      const journal = new Journal(path.join(dir, 'depot.jsonl'))
      const depot = await startDepot(journal)
      const clock = movableClock()
      const gate = await makeGate(flavour, { env: depotEnv(depot.port), outside: { clock, catalogue: depotAs('1') } })
      const { client } = await gate.agent()
      const fields = { token: 'depot-token-0123456789' }
      const { id } = await gate.owner.connections.add({ connector: 'depot', label: 'depot', fields })
      const asked = await asker(client, id)('steps')
      const { ctx } = gate.running
      const { write } = ctx.writer
      const steps = () => ctx.db.selectFrom('action_steps').select('step').where('action', '=', asked.id).execute()
      let jumped = false
      // The entry takes its time: when it stands, the lease is over.
      Object.assign(ctx.writer, {
        write: async (work: Parameters<typeof write>[0]) => {
          const done = await write(work)
          if (!jumped && (await steps()).length > 0) {
            jumped = true
            clock.jump(leaseMs)
          }
          return done
        },
      })
      await gate.owner.approvals.approve(asked.id, { digest: asked.digest })
      const ended = await until(client, asked.id, 'succeeded', 'failed', 'unknown')
      expect(ended).toMatchObject({ status: 'failed', error: { code: 'not_sent' }, partial: false })
      expect([jumped, journal.lines]).toEqual([true, []])
      await gate.close()
      depot.stop()
      fs.rmSync(dir, { recursive: true })
    })
  })
}
