import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { AgentClient } from '@permission-slip/client/client.ts'
import { type House, makeHouse } from '../../campaign/house.ts'
import { flavours, postgresUrl } from '../harness.ts'
import { type Ask, type Asked, approve, asker, eventually, told, until } from './asking.ts'

const begun = ['action.submitted', 'action.voted', 'action.approved', 'action.started']
const failed = (code: string) => `action.failed ${code}`
const unknown = 'action.unknown outcome_unknown'

for (const { flavour, skip } of flavours) {
  describe.skipIf(skip)(`kill -9 in the middle of executions, on ${flavour}`, () => {
    let house: House
    let client: AgentClient
    let ask: Ask
    const all: Record<string, Asked> = {}
    const one = (name: string): Asked => {
      const asked = all[name]
      if (!asked) throw new Error(`no ${name}`)
      return asked
    }
    const received = async (ref: string) =>
      (await house.received(ref)).map((line) => `${line.method} ${line.did ? 'did' : 'did not'}`)

    beforeAll(async () => {
      house = await makeHouse(flavour, postgresUrl)
      const wide = await house.depot('wide', { concurrency: 50 })
      const narrow = await house.depot('narrow', { concurrency: 1 })
      ;({ client } = await house.agent({ submissions_per_second: 1000 }))
      ask = asker(client, wide)
      all['pending'] = await ask('bare')
      all['gone'] = await ask('keyed', 'hold', await house.depot('removed while it runs'))
      for (const name of ['keyed', 'briefly_keyed', 'probed', 'vaguely_probed', 'bare', 'look', 'keyed_steps', 'steps'])
        all[name] = await ask(name, 'hold')
      for (const name of ['probed', 'vaguely_probed']) all[`${name}, not done`] = await ask(name, 'swallow')
      all['did not'] = await ask('bare', 'swallow')
      all['blocking'] = await ask('bare', 'hold', narrow)
      const started = Object.entries(all).filter(([name]) => name !== 'pending')
      for (const [, asked] of started) await approve(house, asked)
      await eventually('the service has received them all', async () => {
        const refs = new Set((await house.received()).map((line) => line.ref.replace(/-second$/, '')))
        return started.every(([, asked]) => refs.has(asked.ref))
      })
      // These two wait behind the one that blocks their connection.
      all['waiting'] = await ask('bare', 'answer', narrow)
      all['stale'] = await ask('hasty', 'answer', narrow)
      await approve(house, one('waiting'))
      await approve(house, one('stale'))
      await house.owner.connections.remove(one('gone').connection ?? '')
      await house.kill()
      // Longer than the brief key's window and the hasty action's start-by time.
      await new Promise((resolve) => setTimeout(resolve, 2100))
      await house.start()
      await Promise.all(
        started.map(([, asked]) => until(client, asked.id, 'succeeded', 'failed', 'unknown', 'expired')),
      )
    }, 60_000)
    afterAll(() => house?.close())

    test('by key: the same request with the same key, and the service did it once', async () => {
      const { id, ref } = one('keyed')
      expect(await client.actions.get(id)).toMatchObject({ status: 'succeeded', result: { ref }, error: null })
      expect(await told(house, id)).toEqual([...begun, 'action.step POST 1/2', 'action.succeeded key'])
      expect(await received(ref)).toEqual(['POST did', 'POST did not'])
      expect(new Set((await house.received(ref)).map((line) => line.key))).toEqual(new Set([id]))
    })

    test('by key outside its window: nothing is sent again, the outcome is unknown', async () => {
      const { id, ref } = one('briefly_keyed')
      expect(await client.actions.get(id)).toMatchObject({ status: 'unknown', next: { do: 'ask_owner' } })
      expect(await told(house, id)).toEqual([...begun, unknown])
      expect(await received(ref)).toEqual(['POST did'])
    })

    test('by key when its connection is gone: nothing is sent again, the outcome is unknown', async () => {
      const { id, ref } = one('gone')
      expect(await client.actions.get(id)).toMatchObject({ status: 'unknown' })
      expect(await told(house, id)).toEqual([...begun, unknown])
      expect(await received(ref)).toEqual(['POST did'])
    })

    test('by a probe that finds it: succeeded; the look is recorded before it is sent', async () => {
      for (const name of ['probed', 'vaguely_probed']) {
        const { id, ref } = one(name)
        expect(await client.actions.get(id)).toMatchObject({ status: 'succeeded', result: { ref: 'found' } })
        expect(await told(house, id)).toEqual([...begun, 'action.step GET 1/2', 'action.succeeded probe'])
        expect(await received(ref)).toEqual(['POST did', 'GET did not'])
      }
    })

    test('by a probe that is certain and does not find it: failed, nothing is sent again', async () => {
      const { id, ref } = one('probed, not done')
      expect(await client.actions.get(id)).toMatchObject({
        status: 'failed',
        error: { code: 'not_sent' },
        partial: false,
      })
      expect(await told(house, id)).toEqual([...begun, 'action.step GET 1/2', failed('not_sent')])
      expect(await received(ref)).toEqual(['POST did not', 'GET did not'])
    })

    test('by a probe that is not certain and does not find it: unknown', async () => {
      const { id, ref } = one('vaguely_probed, not done')
      expect(await client.actions.get(id)).toMatchObject({ status: 'unknown' })
      expect((await told(house, id)).slice(0, 6)).toEqual([...begun, 'action.step GET 1/2', unknown])
      expect((await received(ref)).filter((line) => line.startsWith('POST'))).toEqual(['POST did not'])
    })

    test('with neither: unknown, sent once; a person settles it, and running it again is a new action', async () => {
      const { id, ref } = one('bare')
      expect(await told(house, id)).toEqual([...begun, unknown])
      expect(await received(ref)).toEqual(['POST did'])
      const settled = await house.owner.actions.settle(id, { happened: true, note: 'it is on the shelf' })
      expect(settled).toMatchObject({ status: 'succeeded', error: null })
      expect((await told(house, id)).slice(5)).toEqual(['action.settled', 'action.succeeded person'])
      expect(house.owner.actions.settle(id, { happened: false, note: '' })).rejects.toMatchObject({
        code: 'already_settled',
      })

      const not = one('did not')
      expect(await client.actions.get(not.id)).toMatchObject({ status: 'unknown' })
      expect(await house.owner.actions.settle(not.id, { happened: false, note: '' })).toMatchObject({
        status: 'failed',
        error: { code: 'settled_did_not' },
      })
      const again = await house.owner.actions.retry(not.id)
      expect(again).toMatchObject({ status: 'pending', retry_of: not.id, params: not.params })
      expect(again.id).not.toBe(not.id)
      expect(await received(not.ref)).toEqual(['POST did not'])
    })

    test('a read is simply run again', async () => {
      const { id, ref } = one('look')
      expect(await client.actions.get(id)).toMatchObject({ status: 'succeeded' })
      expect(await told(house, id)).toEqual([...begun, 'action.step GET 1/2', 'action.succeeded executor'])
      expect(await received(ref)).toEqual(['GET did not', 'GET did not'])
    })

    test('of two steps with a key each, both are sent again and done once', async () => {
      const { id, ref } = one('keyed_steps')
      expect(await client.actions.get(id)).toMatchObject({ status: 'succeeded' })
      const steps = ['action.step POST 1/1', 'action.step POST 2/1', 'action.step POST 1/2', 'action.step POST 2/2']
      expect(await told(house, id)).toEqual([...begun, ...steps, 'action.succeeded key'])
      expect(await received(`${ref}-first`)).toEqual(['POST did', 'POST did not'])
      expect(await received(`${ref}-second`)).toEqual(['POST did', 'POST did not'])
    })

    test('of two steps without a key, none is sent again', async () => {
      const { id, ref } = one('steps')
      expect(await client.actions.get(id)).toMatchObject({ status: 'unknown' })
      expect(await told(house, id)).toEqual([...begun, 'action.step POST 1/1', 'action.step POST 2/1', unknown])
      expect(await received(`${ref}-first`)).toEqual(['POST did'])
      expect(await received(`${ref}-second`)).toEqual(['POST did'])
    })

    test('what was approved and had not started starts, once its connection is free', async () => {
      const { id, ref } = one('waiting')
      expect(await until(client, id, 'succeeded')).toMatchObject({ result: { ref } })
      expect(await told(house, id)).toEqual([...begun, 'action.succeeded executor'])
      expect(await received(ref)).toEqual(['POST did'])
    })

    test('what was approved and did not start within its time has expired, and never reaches the service', async () => {
      const { id, ref } = one('stale')
      expect(await client.actions.get(id)).toMatchObject({ status: 'expired', error: { code: 'approval_stale' } })
      expect(await told(house, id)).toEqual([
        'action.submitted',
        'action.voted',
        'action.approved',
        'action.expired approval_stale',
      ])
      expect(await received(ref)).toEqual([])
    })

    test('what was pending is pending', async () => {
      const { id, ref } = one('pending')
      expect(await client.actions.get(id)).toMatchObject({ status: 'pending' })
      expect(await told(house, id)).toEqual(['action.submitted'])
      expect(await received(ref)).toEqual([])
    })

    test('by key while the service is down: unknown, not failed; and succeeded once it is back', async () => {
      const asked = await ask('keyed', 'hold')
      await approve(house, asked)
      await eventually('received', async () => (await house.received(asked.ref)).length === 1)
      await house.kill()
      await house.killDepot()
      await house.start()
      expect(await until(client, asked.id, 'unknown', 'failed', 'succeeded')).toMatchObject({ status: 'unknown' })
      await house.startDepot()
      expect(await until(client, asked.id, 'succeeded')).toMatchObject({ result: { ref: asked.ref } })
      expect(await received(asked.ref)).toEqual(['POST did', 'POST did not'])
    }, 60_000)

    test('by key after the connector changed: nothing is sent again, the outcome is unknown', async () => {
      const asked = await ask('keyed', 'hold')
      await approve(house, asked)
      await eventually('received', async () => (await house.received(asked.ref)).length === 1)
      await house.kill()
      await house.start({ DEPOT_VERSION: '2' })
      expect(await until(client, asked.id, 'unknown', 'failed', 'succeeded')).toMatchObject({ status: 'unknown' })
      expect(await received(asked.ref)).toEqual(['POST did'])
      await house.stop()
      await house.start()
    }, 60_000)

    test('a server that is asked to end finishes what runs', async () => {
      const asked = await ask('bare', 'hold')
      await approve(house, asked)
      await eventually('received', async () => (await house.received(asked.ref)).length === 1)
      const stopped = house.stop()
      await new Promise((resolve) => setTimeout(resolve, 300))
      await house.release(asked.ref)
      expect(await stopped).toBe(0)
      await house.start()
      expect(await client.actions.get(asked.id)).toMatchObject({ status: 'succeeded', result: { ref: asked.ref } })
      expect(await told(house, asked.id)).toEqual([...begun, 'action.succeeded executor'])
      expect(await received(asked.ref)).toEqual(['POST did'])
    }, 60_000)

    test('a second server on the same folder refuses to start, and the first goes on', async () => {
      expect(await house.startSecond()).toContain('in use by another server')
      expect(await client.actions.get(one('keyed').id)).toMatchObject({ status: 'succeeded' })
    })

    test('after all this the log verifies from its bytes', async () => {
      const report = await house.verify()
      expect(report.problems).toEqual([])
      expect(report.ok).toBe(true)
    })
  })
}
