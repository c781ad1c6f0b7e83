import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Action } from '@permission-slip/protocol/action.ts'
import { newId } from '@permission-slip/protocol/ids.ts'
import { depotAs, depotEnv } from '../../campaign/depot/connector.ts'
import { Journal } from '../../campaign/depot/journal.ts'
import { type Depot, startDepot } from '../../campaign/depot/service.ts'
import { decidedOver, digestOf } from '../../src/actions/row.ts'
import { approve as approveAs } from '../../src/approvals/decide.ts'
import type { ActionRow } from '../../src/db/schema/actions.ts'
import type { PersonCaller } from '../../src/http/caller.ts'
import { LogKey } from '../../src/log/keys.ts'
import { sealEntry, sha256 } from '../../src/log/seal.ts'
import { verifyLog } from '../../src/log/verify.ts'
import { flavours, type Gate, makeGate, type TestAgent } from '../harness.ts'
import { type Ask, type Asked, asker, eventually, until } from './asking.ts'

/** What an action that is approved and waits for its connection meets before it starts. */
interface Waiting {
  gate: Gate
  agent: TestAgent
  connection: `con_${string}`
  asked: Asked
}
interface Case {
  what: string
  code: string
  /** Approved by a rule, and not by a person. */
  byRule?: true
  change(w: Waiting): Promise<unknown>
}

const anything = { ref: { anything: true as const }, mode: { anything: true as const } }
const rule = (effect: 'allow' | 'deny', agent: string) => ({
  name: `${effect} ${crypto.randomUUID()}`,
  effect,
  agents: [agent as `agt_${string}`],
  connector: 'depot',
  action: 'bare',
  params: effect === 'allow' ? anything : {},
})
const ruleOf = (action: Action): string => action.decision?.rule ?? ''

/** Changes the row behind the server's back, as somebody could who has only the database. */
const tamper = (w: Waiting, set: Partial<ActionRow>) =>
  w.gate.running.ctx.database.write.updateTable('actions').set(set).where('id', '=', w.asked.id).execute()
const rowOf = (w: Waiting): Promise<ActionRow> =>
  w.gate.running.ctx.db.selectFrom('actions').selectAll().where('id', '=', w.asked.id).executeTakeFirstOrThrow()

const cases: readonly Case[] = [
  { what: 'the agent is paused', code: 'agent_stopped', change: (w) => w.gate.owner.agents.pause(w.agent.id) },
  { what: 'the agent is revoked', code: 'agent_stopped', change: (w) => w.gate.owner.agents.revoke(w.agent.id) },
  {
    what: 'what the agent may ask for is narrowed',
    code: 'access_changed',
    change: (w) =>
      w.gate.owner.agents.change(w.agent.id, {
        access: [{ connector: 'depot', connections: null, actions: ['look'] }],
      }),
  },
  {
    what: 'the action is switched off',
    code: 'access_changed',
    change: (w) => w.gate.owner.connections.change(w.connection, { actions_off: ['bare'] }),
  },
  {
    what: 'the connection is paused',
    code: 'access_changed',
    change: (w) => w.gate.owner.connections.change(w.connection, { status: 'paused' }),
  },
  {
    what: 'the connection gets another credential',
    code: 'connection_changed',
    change: (w) => w.gate.owner.connections.change(w.connection, { fields: { token: 'another-token-0123456789' } }),
  },
  {
    what: 'the connection is removed',
    code: 'connection_changed',
    change: (w) => w.gate.owner.connections.remove(w.connection),
  },
  { what: 'a deny rule is made', code: 'rule_denied', change: (w) => w.gate.owner.rules.add(rule('deny', w.agent.id)) },
  {
    what: 'the rule that allowed it is switched off',
    code: 'rule_changed',
    byRule: true,
    change: (w) => w.gate.owner.rules.change(ruleOf(w.asked), { enabled: false }),
  },
  {
    what: 'the rule that allowed it is changed',
    code: 'rule_changed',
    byRule: true,
    change: (w) => w.gate.owner.rules.change(ruleOf(w.asked), { note: 'another version' }),
  },
  {
    what: 'the rule that allowed it is removed',
    code: 'rule_changed',
    byRule: true,
    change: (w) => w.gate.owner.rules.remove(ruleOf(w.asked)),
  },
  {
    what: 'a deny rule is made although a rule allowed it',
    code: 'rule_denied',
    byRule: true,
    change: (w) => w.gate.owner.rules.add(rule('deny', w.agent.id)),
  },
  { what: 'everything is frozen', code: 'frozen', change: (w) => w.gate.owner.server.freeze() },
  {
    what: 'its parameters are changed in the database',
    code: 'approval_unproved',
    change: (w) => tamper(w, { params: JSON.stringify({ ref: w.asked.ref, mode: 'refuse' }) }),
  },
  {
    what: 'its digest is changed in the database',
    code: 'approval_unproved',
    change: (w) => tamper(w, { digest: `sha256:${'0'.repeat(64)}` }),
  },
  {
    what: 'its parameters, salt and digest are changed in the database so that they agree',
    code: 'approval_unproved',
    async change(w) {
      const row = {
        ...(await rowOf(w)),
        params: JSON.stringify({ ref: 'forged', mode: 'answer' }),
        salt: randomBytes(32).toString('base64url'),
      }
      return tamper(w, { params: row.params, salt: row.salt, digest: digestOf(decidedOver(row), row.salt) })
    },
  },
]

for (const { flavour, skip } of flavours) {
  describe.skipIf(skip)(`what changed between the approval and the start, on ${flavour}`, () => {
    let gate: Gate
    let depot: Depot
    let journal: Journal
    let dir: string
    const catalogue = depotAs('1')
    beforeAll(async () => {
      dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ps-start-'))
      journal = new Journal(path.join(dir, 'depot.jsonl'))
      depot = await startDepot(journal)
      gate = await makeGate(flavour, { env: depotEnv(depot.port), outside: { catalogue } })
    })
    afterAll(async () => {
      await gate?.close()
      depot.stop()
      fs.rmSync(dir, { recursive: true })
    })

    /** An action that a person or a rule approved and that waits until `go`. */
    async function approved(
      byRule = false,
    ): Promise<Waiting & { ask: Ask; go(): void; approveIt(): Promise<unknown> }> {
      const agent = await gate.agent()
      const { id: connection } = await gate.owner.connections.add({
        connector: 'depot',
        label: crypto.randomUUID(),
        fields: { token: 'depot-token-0123456789' },
      })
      await gate.owner.connections.change(connection, { concurrency: 1 })
      const ask = asker(agent.client, connection)
      const blocking = await ask('replace', 'hold')
      await gate.owner.approvals.approve(blocking.id, { digest: blocking.digest })
      await eventually('the connection is busy', async () => journal.was(blocking.ref))
      if (byRule) await gate.owner.rules.add(rule('allow', agent.id))
      const asked = await ask('bare')
      return {
        gate,
        agent,
        connection,
        asked,
        ask,
        go: () => depot.release(blocking.ref),
        approveIt: async () => byRule || gate.owner.approvals.approve(asked.id, { digest: asked.digest }),
      }
    }
    const received = (ref: string) => journal.lines.filter((line) => line.ref === ref).length
    const cancelledWith = async (w: Waiting, code: string) => {
      const end = await until(gate.owner, w.asked.id, 'cancelled', 'succeeded', 'failed', 'unknown', 'expired')
      expect(end).toMatchObject({ status: 'cancelled', error: { code } })
      expect(received(w.asked.ref)).toBe(0)
      const told = (await gate.owner.log.entries({ subject: w.asked.id })).items
      expect(told[0]).toMatchObject({ type: 'action.cancelled', data: { code } })
      expect(told.map((entry) => entry.type)).not.toContain('action.started')
    }

    test('if nothing changed, it starts when its connection is free', async () => {
      const w = await approved()
      await w.approveIt()
      w.go()
      expect(await until(gate.owner, w.asked.id, 'succeeded')).toMatchObject({ result: { ref: w.asked.ref } })
      expect(received(w.asked.ref)).toBe(1)
    })

    test('while a connection is busy, those that wait for it do not keep the server busy', async () => {
      const w = await approved()
      await w.approveIt()
      const second = await w.ask('bare')
      await gate.owner.approvals.approve(second.id, { digest: second.digest })
      const { hub } = gate.running.ctx
      const end = performance.now() + 1000
      let transactions = 0
      for (; performance.now() < end; transactions++) await hub.wait(null, end - performance.now())
      // The jobs of a second make a few; two that woke each other made thousands.
      expect(transactions).toBeLessThan(60)
      w.go()
      for (const { id } of [w.asked, second]) await until(gate.owner, id, 'succeeded')
    })

    for (const { what, code, byRule, change } of cases) {
      test(`if ${what}, it is cancelled with ${code} and nothing is sent`, async () => {
        const w = await approved(byRule)
        await w.approveIt()
        expect((await gate.owner.actions.get(w.asked.id)).status).toBe('approved')
        await change(w)
        w.go()
        await cancelledWith(w, code)
        if (code === 'frozen') await gate.owner.server.unfreeze()
      })
    }

    for (const how of ['demoted', 'removed', 'removed, and the row is changed to name no voter'] as const) {
      test(`if the person who approved it is ${how}, it is cancelled with voter_changed and nothing is sent`, async () => {
        const w = await approved()
        const { ctx } = gate.running
        const voter = newId('usr')
        await ctx.database.write
          .insertInto('people')
          .values({
            id: voter,
            account: voter,
            name: 'Bo',
            email: `${voter}@example.org`,
            role: 'approver',
            removed: 0,
            created_at: 0,
          })
          .execute()
        const caller: PersonCaller = {
          kind: 'person',
          id: voter,
          name: 'Bo',
          email: '',
          role: 'approver',
          via: 'session',
          scopes: [],
          fresh: true,
          fromSetup: false,
          totp: false,
          credential: '',
        }
        await approveAs(ctx, caller, w.asked.id, { digest: w.asked.digest })
        if (how === 'demoted') await gate.owner.people.change(voter, { role: 'viewer' })
        else await gate.owner.people.remove(voter)
        if (how.endsWith('no voter')) await tamper(w, { decision: null })
        w.go()
        await cancelledWith(w, 'voter_changed')
      })
    }

    test('if the row alone says that it is approved, it is cancelled with approval_unproved and nothing is sent', async () => {
      const w = await approved()
      const { decision } = await rowOf(w)
      await tamper(w, {
        status: 'approved',
        start_by: Date.now() + 300_000,
        decision: JSON.stringify({ ...JSON.parse(decision ?? '{}'), effect: 'approve', by: 'person' }),
      })
      w.go()
      await cancelledWith(w, 'approval_unproved')
    })

    test('if its connector is another version, it is cancelled with connector_changed and nothing is sent', async () => {
      const w = await approved()
      await w.approveIt()
      for (const { entry } of catalogue) entry.version = '2'
      w.go()
      await cancelledWith(w, 'connector_changed')
    })
  })

  describe.skipIf(skip)(`an entry that another key signed, on ${flavour}`, () => {
    test('approves nothing: the action is cancelled, nothing is sent, and the log names the entry', async () => {
      const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ps-forged-'))
      const journal = new Journal(path.join(dir, 'depot.jsonl'))
      const depot = await startDepot(journal)
      const gate = await makeGate(flavour, { env: depotEnv(depot.port), outside: { catalogue: depotAs('1') } })
      const { client } = await gate.agent()
      const { id: connection } = await gate.owner.connections.add({
        connector: 'depot',
        label: 'x',
        fields: { token: 'depot-token-0123456789' },
      })
      const asked = await asker(client, connection)('bare')
      const { ctx } = gate.running
      const mallory = LogKey.create()
      const start_by = Date.now() + 300_000
      const forged = await ctx.writer.write(async (tx) => {
        const head = await tx.db
          .selectFrom('log_entries')
          .select(['seq', 'leaf'])
          .orderBy('seq', 'desc')
          .limit(1)
          .executeTakeFirstOrThrow()
        const seq = head.seq + 1
        const data = {
          digest: asked.digest,
          by: 'rule',
          rule: 'rul_0',
          rule_version: 1,
          person: null,
          via: null,
          required: 0,
          start_by,
        } as const
        const sealed = sealEntry(
          {
            log: ctx.keys.origin,
            seq,
            time: tx.now,
            type: 'action.approved',
            actor: { kind: 'server' },
            subject: asked.id,
            data,
            prev: sha256(head.leaf),
          },
          mallory,
        )
        const row = {
          seq,
          prev: sha256(head.leaf),
          time: tx.now,
          type: 'action.approved',
          subject: asked.id,
          leaf: sealed.leaf,
          leaf_hash: sealed.leafHash,
        }
        await tx.db.insertInto('log_entries').values(row).execute()
        await tx.db.updateTable('actions').set({ status: 'approved', start_by }).where('id', '=', asked.id).execute()
        return seq
      })
      expect(await until(client, asked.id, 'cancelled', 'succeeded', 'unknown', 'failed')).toMatchObject({
        status: 'cancelled',
        error: { code: 'approval_unproved' },
      })
      expect(journal.lines).toEqual([])
      const { body } = await gate.owner.log.export()
      const report = body && (await verifyLog(body, { key: gate.logKey }))
      expect(report?.first?.seq).toBe(forged)
      await expect(gate.close()).rejects.toThrow('does not verify')
      depot.stop()
      fs.rmSync(dir, { recursive: true })
    })
  })
}
