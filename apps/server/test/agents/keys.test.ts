import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createAgentClient } from '@permission-slip/client/client.ts'
import { flavours, type Gate, makeGate, typesOf } from '../harness.ts'
import { codeOf, read } from '../safety/parties.ts'
import { newcomer, prepared } from './newcomer.ts'

const list = { connector: 'notebook', action: 'list', params: {} }

for (const { flavour, skip } of flavours) {
  describe.skipIf(skip)(`an agent's keys and tokens on ${flavour}`, () => {
    let gate: Gate
    beforeAll(async () => {
      gate = await makeGate(flavour)
    })
    afterAll(() => gate.close())

    test('a key that the agent adds waits for the owner; one that the owner adds is in force at once', async () => {
      const agent = await gate.agent()
      const [second, third] = [await newcomer(gate), await newcomer(gate)]
      await gate.entries()
      const added = await read(
        agent.signed('POST', `/api/v1/agents/${agent.id}/keys`, { public_key: second.publicKey }),
      )
      expect(JSON.parse(added.text)).toMatchObject({ key: second.signer.keyid, status: 'unconfirmed' })
      expect(await second.client.me()).toMatchObject({ agent: { id: agent.id } })
      expect(await codeOf(second.client.actions.submit(list))).toBe('agent_unconfirmed')
      expect(await codeOf(agent.client.actions.submit(list))).toBe('no error')
      await gate.owner.agents.confirm(agent.id)
      expect(await codeOf(second.client.actions.submit(list))).toBe('no error')
      await gate.owner.agents.addKey(agent.id, third.publicKey)
      expect(await codeOf(third.client.actions.submit(list))).toBe('no error')
      expect(typesOf(await gate.entries(), agent.id)).toEqual(['agent.key_added', 'agent.confirmed', 'agent.key_added'])
    })

    test('an unconfirmed key adds, revokes and uploads nothing; an agent touches no other agent’s keys', async () => {
      const [agent, other] = [await gate.agent(), await gate.agent()]
      const [second, third] = [await newcomer(gate), await newcomer(gate)]
      await agent.signed('POST', `/api/v1/agents/${agent.id}/keys`, { public_key: second.publicKey })
      await gate.entries()
      const as = async (method: string, path: string, body?: unknown) => {
        const made = await prepared(gate.url, second.signer, { method, path, body })
        return (await read(fetch(made.url, made.init))).code
      }
      expect(await as('POST', `/api/v1/agents/${agent.id}/keys`, { public_key: third.publicKey })).toBe(
        'agent_unconfirmed',
      )
      expect(await as('DELETE', `/api/v1/agents/${agent.id}/keys/${agent.signer.keyid}`)).toBe('agent_unconfirmed')
      expect(await as('POST', '/api/v1/files', 'x')).toBe('agent_unconfirmed')
      expect(
        (await read(agent.signed('POST', `/api/v1/agents/${other.id}/keys`, { public_key: third.publicKey }))).code,
      ).toBe('forbidden')
      expect((await read(agent.signed('DELETE', `/api/v1/agents/${other.id}/keys/${other.signer.keyid}`))).code).toBe(
        'forbidden',
      )
      expect((await read(agent.signed('DELETE', `/api/v1/agents/${agent.id}/keys/${other.signer.keyid}`))).code).toBe(
        'not_found',
      )
      expect(await gate.entries()).toEqual([])
    })

    test('a revoked key is nobody, at once, while the others go on', async () => {
      const agent = await gate.agent()
      const second = await newcomer(gate)
      await gate.owner.agents.addKey(agent.id, second.publicKey)
      expect((await read(agent.signed('DELETE', `/api/v1/agents/${agent.id}/keys/${agent.signer.keyid}`))).status).toBe(
        204,
      )
      expect(await codeOf(agent.client.me())).toBe('bad_signature')
      expect(await codeOf(second.client.actions.submit(list))).toBe('no error')
      expect(await codeOf(gate.owner.agents.addKey(agent.id, agent.publicKey))).toBe('key_known')
    })

    test('of two keys that wait, the one that the page shows is the one that is confirmed', async () => {
      const agent = await gate.agent()
      const [second, third] = [await newcomer(gate), await newcomer(gate)]
      for (const one of [second, third])
        await agent.signed('POST', `/api/v1/agents/${agent.id}/keys`, { public_key: one.publicKey })
      const shown = (await gate.owner.agents.get(agent.id)).keys.find((key) => key.status === 'unconfirmed')
      await gate.owner.agents.confirm(agent.id)
      const after = (await gate.owner.agents.get(agent.id)).keys
      expect(after.find((key) => key.id === shown?.id)?.status).toBe('active')
      expect(after.filter((key) => key.status === 'unconfirmed')).toHaveLength(1)
    })

    test('a bearer token is answered once, kept as a hash, and ends when it is revoked', async () => {
      const agent = await gate.agent()
      const { id, token } = await gate.owner.agents.token(agent.id, 'script')
      const bearer = createAgentClient({ url: gate.url, token })
      expect(await codeOf(bearer.actions.submit(list))).toBe('no error')
      const kept = await gate.running.ctx.db
        .selectFrom('agent_tokens')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirstOrThrow()
      expect(JSON.stringify(kept)).not.toContain(token)
      expect(JSON.stringify(await gate.owner.agents.get(agent.id))).not.toContain(token)
      await gate.owner.agents.revokeToken(agent.id, id)
      expect(await codeOf(bearer.me())).toBe('unauthenticated')
      expect(await codeOf(gate.owner.agents.revokeToken(agent.id, id))).toBe('not_found')
    })

    test('a refused request uses up nothing: the same signature holds when what stood in its way is gone', async () => {
      const agent = await gate.agent()
      const second = await newcomer(gate)
      const add = await prepared(gate.url, agent.signer, {
        method: 'POST',
        path: `/api/v1/agents/${agent.id}/keys`,
        body: { public_key: agent.publicKey },
      })
      for (let i = 0; i < 2; i++) expect((await read(fetch(add.url, add.init))).code).toBe('key_known')
      const ask = await prepared(gate.url, agent.signer, {
        method: 'POST',
        path: '/api/v1/actions',
        body: list,
        headers: { 'idempotency-key': 'a' },
      })
      await gate.owner.agents.pause(agent.id)
      for (let i = 0; i < 2; i++) expect((await read(fetch(ask.url, ask.init))).code).toBe('agent_paused')
      await gate.owner.agents.resume(agent.id)
      expect((await read(fetch(ask.url, ask.init))).status).toBe(202)
      expect((await read(fetch(ask.url, ask.init))).code).toBe('replayed')
      const real = await prepared(gate.url, agent.signer, {
        method: 'POST',
        path: `/api/v1/agents/${agent.id}/keys`,
        body: { public_key: second.publicKey },
      })
      expect((await read(fetch(real.url, real.init))).status).toBe(201)
      expect((await read(fetch(real.url, real.init))).code).toBe('replayed')
    })

    test('a signature of a change counts once, also after a restart; one of a look may come again', async () => {
      const agent = await gate.agent()
      const ask = await prepared(gate.url, agent.signer, { method: 'POST', path: '/api/v1/actions', body: list })
      expect((await read(fetch(ask.url, ask.init))).status).toBe(202)
      const asked = (await agent.client.actions.list()).items.length
      await gate.restart()
      expect((await read(fetch(ask.url, ask.init))).code).toBe('replayed')
      expect((await agent.client.actions.list()).items).toHaveLength(asked)
      const look = await prepared(gate.url, agent.signer, { method: 'GET', path: '/api/v1/me' })
      for (let i = 0; i < 2; i++) expect((await read(fetch(look.url, look.init))).status).toBe(200)
    })

    test('fifty of the same signature at once make one action', async () => {
      const agent = await gate.agent()
      const ask = await prepared(gate.url, agent.signer, { method: 'POST', path: '/api/v1/actions', body: list })
      const all = await Promise.all(Array.from({ length: 50 }, () => read(fetch(ask.url, ask.init))))
      expect(all.filter((a) => a.status === 202)).toHaveLength(1)
      expect(all.filter((a) => a.code === 'replayed')).toHaveLength(49)
    })
  })
}
