import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { flavours, type Gate, makeGate, typesOf, until } from './harness.ts'

for (const { flavour, skip } of flavours) {
  describe.skipIf(skip)(`the main job on ${flavour}`, () => {
    let gate: Gate
    beforeAll(async () => {
      gate = await makeGate(flavour)
    })
    afterAll(() => gate.close())

    test('an action without a rule waits for a person, runs when approved, and the log says so', async () => {
      const { id, client } = await gate.agent()
      await gate.entries()
      const asked = await client.actions.submit({
        connector: 'notebook',
        action: 'write',
        params: { page: 'hello', body: 'My first page' },
        reason: 'to say hello',
      })
      expect(asked.status).toBe('pending')
      expect(asked.next.do).toBe('wait')
      expect(typesOf(await gate.entries(), asked.id)).toEqual(['action.submitted'])
      const [waiting] = (await gate.owner.approvals.list()).items
      expect(waiting).toMatchObject({
        id: asked.id,
        agent: id,
        effect: 'create',
        risk: 'medium',
        reason: 'to say hello',
        summary: asked.summary,
      })
      await gate.owner.approvals.approve(asked.id, { digest: asked.digest })
      const done = await until(client, asked.id, 'succeeded')
      expect(done.result).toMatchObject({ page: 'hello', version: 1 })
      expect(done.decision).toMatchObject({ effect: 'approve', by: 'person', edited: false, required: 1 })
      expect(done.executed_params).toEqual({ page: 'hello', body: 'My first page' })
      expect(done.next.do).toBe('done')
      expect((await gate.entries()).map((e) => e.type)).toEqual([
        'action.voted',
        'action.approved',
        'action.started',
        'action.succeeded',
      ])
    })
  })
}
