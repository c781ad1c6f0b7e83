import { describe, expect, test } from 'bun:test'
import { flavours, makeGate, typesOf, until } from './harness.ts'
import { codeOf } from './problem-code.ts'

for (const { flavour, skip } of flavours) {
  describe.skipIf(skip)(`an upgrade of a connector on ${flavour}`, () => {
    test('what waits is bound to the new version and digest; what reads otherwise says so; what can not be read is stale', async () => {
      const gate = await makeGate(flavour)
      const { client } = await gate.agent()
      const params = { page: 'hello', body: 'x' }
      const waits = await client.actions.submit({ connector: 'notebook', action: 'write', params })
      const differs = await client.actions.submit({ connector: 'notebook', action: 'write', params })
      const unreadable = await client.actions.submit({ connector: 'notebook', action: 'write', params })
      // As an older version would have left them.
      const { writer } = gate.running.ctx
      const set = (id: string, to: { action?: string; rendered?: string; digest?: string }) =>
        writer.write((tx) =>
          tx.db
            .updateTable('actions')
            .set({ connector_version: 'older', ...to })
            .where('id', '=', id)
            .execute(),
        )
      await set(waits.id, {})
      const older = `sha256:${'1'.repeat(64)}`
      await set(differs.id, { rendered: 'sha256:older', digest: older })
      await set(unreadable.id, { action: 'gone' })
      await gate.entries()
      await gate.restart()
      const now = await client.actions.get(waits.id)
      expect(now.connector_version).not.toBe('older')
      expect((await gate.owner.approvals.get(waits.id)).notes.join()).not.toContain('upgraded')
      expect((await gate.owner.approvals.get(differs.id)).notes.join()).toContain('look again')
      expect(await gate.owner.approvals.get(unreadable.id)).toMatchObject({ status: 'pending', stale: true })
      const lines = await gate.entries()
      expect([typesOf(lines, waits.id), typesOf(lines, differs.id), typesOf(lines, unreadable.id)]).toEqual([
        ['action.rebound'],
        ['action.rebound'],
        [],
      ])
      expect(await codeOf(gate.owner.approvals.approve(differs.id, { digest: older }))).toBe('digest_changed')
      await gate.owner.approvals.approve(waits.id, { digest: now.digest })
      await until(client, waits.id, 'succeeded')
      await gate.close()
    })
  })
}
