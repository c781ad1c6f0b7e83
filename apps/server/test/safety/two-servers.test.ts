import { expect, test } from 'bun:test'
import { createAgentClient } from '@permission-slip/client/client.ts'
import { makeGate, until } from '../harness.ts'
import { byToken, codeOf, read } from './parties.ts'

const write = (page: string, body = 'b') => ({ connector: 'notebook', action: 'write', params: { page, body } })

test('two servers in one process share nothing: no agent, token, session, page, event, freeze or count', async () => {
  const [one, two] = await Promise.all([makeGate('sqlite'), makeGate('sqlite')])
  expect(one.running.ctx.keys.origin).not.toBe(two.running.ctx.keys.origin)
  expect(one.logKey).not.toBe(two.logKey)
  expect(one.url).not.toBe(two.url)

  const agent = await one.agent()
  const stranger = createAgentClient({ url: two.url, signer: agent.signer })
  expect(await codeOf(stranger.me())).toBe('bad_signature')
  const { token } = await one.owner.agents.token(agent.id, 'x')
  expect((await read(byToken(two, token)('GET', '/api/v1/me'))).code).toBe('unauthenticated')
  expect((await read(byToken(two, one.ownerToken)('GET', '/api/v1/approvals'))).code).toBe('unauthenticated')
  const { code } = await one.owner.agents.invite()
  expect(await codeOf(stranger.enroll({ code, public_key: agent.publicKey, name: 'x' }))).toBe('invalid_code')

  await Promise.all([one.entries(), two.entries()])
  const asked = await agent.client.actions.submit(write('mine', 'of one'))
  await one.owner.approvals.approve(asked.id, { digest: asked.digest })
  await until(agent.client, asked.id, 'succeeded')
  expect(await two.entries()).toEqual([])
  expect(await two.running.ctx.db.selectFrom('notebook_pages').selectAll().execute()).toEqual([])

  // The same key may live on both, since they know nothing of each other.
  const twin = await two.owner.agents.invite()
  const enrolled = await stranger.enroll({ code: twin.code, public_key: agent.publicKey, name: 'x' })
  await two.owner.agents.confirm(enrolled.agent)
  await one.owner.server.freeze()
  expect(await codeOf(agent.client.actions.submit(write('x')))).toBe('frozen')
  expect(await codeOf(stranger.actions.submit(write('x')))).toBe('no error')

  await one.close()
  expect((await stranger.actions.list()).items).toHaveLength(1)
  await two.close()
})
