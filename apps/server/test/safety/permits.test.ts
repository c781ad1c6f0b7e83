import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { Permit } from '../../src/actions/permit.ts'
import { Approved } from '../../src/actions/settle.ts'
import { start } from '../../src/actions/start.ts'
import { approve } from '../../src/approvals/decide.ts'
import { ConnectionTest } from '../../src/connections/test-permit.ts'
import type { Account } from '../../src/egress/egress.ts'
import { flavours, type Gate, makeGate, until } from '../harness.ts'

/** Whatever a program could try in place of the real thing. */
function forgeries(real: object, prototype: object): [string, unknown][] {
  const facts = { action: 'act_1', connection: null, connector: 'notebook', params: '{}' }
  return [
    ['nothing', undefined],
    ['null', null],
    ['a plain object with its fields', { ...facts }],
    ['an object with its prototype', Object.create(prototype)],
    ['its prototype, filled', Object.create(prototype, Object.getOwnPropertyDescriptors(facts))],
    ['an heir of a real one', Object.create(real)],
    ['a structured clone', structuredClone({ ...real })],
    ['its JSON', JSON.parse(JSON.stringify(real)) as unknown],
    ['a proxy of a real one', new Proxy(real, {})],
    ['a class of the same name', new (class Approved {})()],
    ['its prototype itself', prototype],
  ]
}

for (const { flavour, skip } of flavours) {
  describe.skipIf(skip)(`permits on ${flavour}`, () => {
    let gate: Gate
    let real: Approved
    beforeAll(async () => {
      gate = await makeGate(flavour)
      const agent = await gate.agent()
      const asked = await agent.client.actions.submit({
        connector: 'notebook',
        action: 'write',
        params: { page: 'p', body: 'b' },
      })
      const { ctx } = gate.running
      const me = await gate.owner.me()
      if (me.kind !== 'person') throw new Error('the owner is a person')
      const caller = { ...me, id: me.person, scopes: [...me.scopes], fromSetup: true, credential: '' }
      // Approved and started, and nobody performs it: its permit is what an executor would hold in the middle.
      const still = { ...ctx, executor: { ...ctx.executor, kick() {} } }
      await approve(still, caller, asked.id, { digest: asked.digest })
      const started = await start(ctx, asked.id)
      if (started.did !== 'started') throw new Error(`it was not started: ${started.did}`)
      const proved = await Approved.prove(ctx.db, ctx.trustedKeys(), started.row, ctx.copy)
      if (!proved) throw new Error('a real approval was not proved')
      real = proved
    })
    afterAll(() => gate.close())

    test('an approval or a connection test can not be constructed, only proved', () => {
      for (const made of [Approved, ConnectionTest])
        for (const wrong of forgeries(real, made.prototype as object))
          expect([wrong[0], Approved.is(wrong[1]), ConnectionTest.is(wrong[1])]).toEqual([wrong[0], false, false])
      expect(Approved.is(real)).toBe(true)
    })

    test('without a real one no credential is opened and nothing leaves, by HTTP or by a driver', async () => {
      const { vault, egress, connectors } = gate.running.ctx
      const connector = await connectors.load('notebook')
      if (!connector) throw new Error('no notebook')
      const account: Account = { connector, connection: null, secrets: new Map() }
      const limits = { timeoutMs: 1000, maxBytes: 1000 }
      const wire = {
        step: 1,
        method: 'GET',
        url: 'https://example.org/',
        headers: {},
        body: null,
        credential: true,
        key: null,
        handoff: false,
      } as const
      for (const made of [Approved, ConnectionTest])
        for (const [what, wrong] of forgeries(real, made.prototype as object)) {
          const permit = wrong as Permit
          const told = async (work: () => unknown) => {
            try {
              await work()
              return 'let through'
            } catch (error) {
              return error instanceof Error ? error.message : 'thrown'
            }
          }
          expect([what, await told(() => vault.open(permit, 'con_1', {}))]).toEqual([
            what,
            expect.stringContaining('permit'),
          ])
          expect([what, await told(() => egress.http(permit, account, wire, limits))]).toEqual([
            what,
            expect.stringContaining('permit'),
          ])
          expect([what, await told(() => egress.io(permit, account, { ...limits, step: async () => {} }))]).toEqual([
            what,
            expect.stringContaining('permit'),
          ])
        }
    })

    test('a row that says it was approved proves nothing: only signed entries do', async () => {
      const { ctx } = gate.running
      const agent = await gate.agent()
      const asked = await agent.client.actions.submit({
        connector: 'notebook',
        action: 'write',
        params: { page: 'never', body: 'b' },
      })
      const decision = JSON.stringify({
        effect: 'approve',
        by: 'person',
        rule: null,
        rule_version: null,
        person: null,
        edited: false,
        reason: null,
        at: null,
        required: 1,
        votes: [],
      })
      await gate.entries()
      await ctx.writer.write(
        async (tx) =>
          void (await tx.db
            .updateTable('actions')
            .set({ status: 'approved', decision, start_by: tx.now + 60_000 })
            .where('id', '=', asked.id)
            .execute()),
      )
      const ended = await until(agent.client, asked.id, 'cancelled')
      expect(ended).toMatchObject({ error: { code: 'approval_unproved' }, result: null })
      expect((await ctx.db.selectFrom('notebook_pages').select('name').execute()).map((p) => p.name)).not.toContain(
        'never',
      )
    })

    test('parameters that were changed in the database after the approval are not run', async () => {
      const { ctx } = gate.running
      const agent = await gate.agent()
      const asked = await agent.client.actions.submit({
        connector: 'notebook',
        action: 'write',
        params: { page: 'kept', body: 'as approved' },
      })
      await ctx.writer.write(
        async (tx) =>
          void (await tx.db
            .updateTable('actions')
            .set({ params: JSON.stringify({ page: 'kept', body: 'tampered' }) })
            .where('id', '=', asked.id)
            .execute()),
      )
      await gate.owner.approvals.approve(asked.id, { digest: asked.digest })
      const ended = await until(agent.client, asked.id, 'cancelled', 'failed')
      expect(ended.error?.code).toBe('approval_unproved')
      expect(JSON.stringify(await ctx.db.selectFrom('notebook_pages').selectAll().execute())).not.toContain('tampered')
    })
  })
}
