import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createAgentClient, createPersonClient } from '@permission-slip/client/client.ts'
import { generateKeyPair, signerOf } from '@permission-slip/client/keys.ts'
import { flavours, type Gate, makeGate, until } from '../harness.ts'
import { codeOf } from '../problem-code.ts'

const write = (page: string, body = 'text') => ({ connector: 'notebook', action: 'write', params: { page, body } })

for (const { flavour, skip } of flavours) {
  describe.skipIf(skip)(`what was said once is held to, on ${flavour}`, () => {
    let gate: Gate
    beforeAll(async () => {
      gate = await makeGate(flavour)
    })
    afterAll(() => gate.close())
    const allow = (agent: string, page: string) =>
      gate.owner.rules.add({
        name: page,
        effect: 'allow',
        agents: [agent as `agt_${string}`],
        connector: 'notebook',
        action: 'write',
        params: { page: { equals: page }, body: { anything: true } },
        expires_at: '2100-01-01T00:00:00.000Z',
        note: 'kept',
      })

    test('a rule that is renamed or switched keeps its agents, its note and its end', async () => {
      const a = await gate.agent()
      const b = await gate.agent()
      const rule = await allow(a.id, 'narrow')
      for (const change of [{ name: 'renamed' }, { enabled: false }, { enabled: true }]) {
        const {
          version: _v,
          updated_at: _u,
          name: _n,
          enabled: _e,
          ...rest
        } = await gate.owner.rules.change(rule.id, change)
        expect(rest).toMatchObject({
          agents: [a.id],
          note: 'kept',
          expires_at: '2100-01-01T00:00:00.000Z',
          connections: null,
        })
      }
      expect((await b.client.actions.submit(write('narrow'))).status).toBe('pending')
      expect((await a.client.actions.submit(write('narrow'), { wait: 10 })).status).toBe('succeeded')
      await gate.owner.rules.remove(rule.id)
    })

    test('a stored rule that lacks its agents, or can not be read, allows nothing and hides no other rule', async () => {
      const a = await gate.agent()
      const rule = await allow(a.id, 'broken')
      const { writer } = gate.running.ctx
      for (const body of [JSON.stringify({ ...rule, agents: undefined }), '{"half":']) {
        await writer.write((tx) => tx.db.updateTable('rules').set({ body }).where('id', '=', rule.id).execute())
        expect((await a.client.actions.submit(write('broken'))).status).toBe('pending')
        expect((await gate.owner.rules.list()).items.map((r) => r.id)).not.toContain(rule.id)
      }
      await gate.owner.rules.remove(rule.id)
    })

    test('an approval is spent by its start: a row that says approved again starts nothing', async () => {
      const { id, client } = await gate.agent()
      const rule = await allow(id, 'spent')
      const done = await client.actions.submit(write('spent'), { wait: 10 })
      expect(done.result).toMatchObject({ version: 1 })
      const { writer, executor, db } = gate.running.ctx
      await writer.write((tx) =>
        tx.db
          .updateTable('actions')
          .set({ status: 'approved', start_by: Date.now() + 300_000 })
          .where('id', '=', done.id)
          .execute(),
      )
      executor.kick(done.id)
      expect(await until(client, done.id, 'cancelled')).toMatchObject({ error: { code: 'approval_unproved' } })
      expect(
        (await db.selectFrom('notebook_pages').select('version').where('name', '=', 'spent').executeTakeFirst())
          ?.version,
      ).toBe(1)
      await gate.owner.rules.remove(rule.id)
    })

    test('what was recorded is answered as recorded, also when nobody may wait for it', async () => {
      const { id } = await gate.agent()
      await gate.owner.agents.change(id, { limits: { long_polls: 1 } })
      const { token } = await gate.owner.agents.token(id, 'bearer')
      const client = createAgentClient({ url: gate.url, token })
      const first = await client.actions.submit(write('poll'))
      const polling = client.actions.get(first.id, { wait: 20 })
      await new Promise((resolve) => setTimeout(resolve, 200))
      const answer = await fetch(`${gate.url}/api/v1/actions?wait=10`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(write('poll 2')),
      })
      expect(answer.status).toBe(202)
      const more = await fetch(`${gate.url}/api/v1/actions/${first.id}?wait=5`, {
        headers: { authorization: `Bearer ${token}` },
      })
      expect([more.status, ((await more.json()) as { code: string }).code]).toEqual([429, 'too_many_waits'])
      await gate.owner.approvals.deny(first.id, { digest: first.digest })
      expect((await polling).status).toBe('denied')
    })

    test('"run it again" twice is one new action', async () => {
      const { client } = await gate.agent()
      const asked = await client.actions.submit(write('again'))
      await gate.owner.approvals.deny(asked.id, { digest: asked.digest })
      const [one, two] = [await gate.owner.actions.retry(asked.id), await gate.owner.actions.retry(asked.id)]
      expect(one).toMatchObject({ retry_of: asked.id, status: 'pending' })
      expect(two.id).toBe(one.id)
    })

    test('a code used twice pauses the agent it made, and words are asked for before it is confirmed', async () => {
      const { code } = await gate.owner.agents.invite()
      const enrol = async () => {
        const pair = await generateKeyPair()
        const client = createAgentClient({ url: gate.url, signer: await signerOf(pair) })
        return client.enroll({ code, public_key: pair.public_key, name: 'twin' })
      }
      const { agent } = await enrol()
      expect(await codeOf(enrol())).toBe('invalid_code')
      expect((await gate.owner.agents.get(agent)).held).toBe(true)
      expect(await codeOf(gate.owner.agents.confirm(agent))).toBe('wrong_words')

      const other = await gate.owner.agents.invite()
      const pair = await generateKeyPair()
      const first = createAgentClient({ url: gate.url, signer: await signerOf(pair) })
      const made = await first.enroll({ code: other.code, public_key: pair.public_key, name: 'first' })
      await gate.owner.agents.confirm(made.agent)
      const thief = await generateKeyPair()
      const second = createAgentClient({ url: gate.url, signer: await signerOf(thief) })
      expect(await codeOf(second.enroll({ code: other.code, public_key: thief.public_key, name: 'second' }))).toBe(
        'invalid_code',
      )
      expect(await gate.owner.agents.get(made.agent)).toMatchObject({ status: 'paused', held: true })
    })

    test('a token can not give itself, or an agent, more than it was given', async () => {
      const { id } = await gate.agent()
      const made = await fetch(`${gate.url}/api/v1/tokens`, {
        method: 'POST',
        headers: { authorization: `Bearer ${gate.ownerToken}`, 'content-type': 'application/json' },
        body: JSON.stringify({ name: 'script', scopes: ['read', 'decide', 'manage'] }),
      })
      const { token } = (await made.json()) as { token: string }
      const script = createPersonClient({ url: gate.url, token })
      expect(await codeOf(script.server.changeSettings({ tokens_decide_high_risk: true }))).toBe('forbidden')
      expect(await codeOf(script.agents.token(id, 'x'))).toBe('forbidden')
      expect(await codeOf(script.agents.addKey(id, (await generateKeyPair()).public_key))).toBe('forbidden')
    })
  })
}
