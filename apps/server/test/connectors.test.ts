import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import fs from 'node:fs'
import path from 'node:path'
import type { Action } from '@permission-slip/protocol/action.ts'
import type { JsonObject } from '@permission-slip/protocol/json.ts'
import { flavours, type Gate, makeGate, type TestAgent, typesOf, until } from './harness.ts'

interface Got {
  readonly method: string
  readonly path: string
  readonly authorization: string | null
  readonly key: string | null
  readonly body: string
}
const secrets = { github: 'github_pat_of_the_owner', slack: 'xoxb-of-the-owner', stripe: 'rk_test_of_the_owner' }
type Id = keyof typeof secrets

/** One service on this machine that answers as GitHub, Slack and Stripe do to these few requests. */
function services() {
  const got: Got[] = []
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(req) {
      const { pathname, origin } = new URL(req.url)
      got.push({
        method: req.method,
        path: pathname,
        authorization: req.headers.get('authorization'),
        key: req.headers.get('idempotency-key'),
        body: await req.text(),
      })
      const answers: Record<string, unknown> = {
        '/user': { id: 1, login: 'octocat' },
        '/repos/octocat/hello/issues': { number: 7, html_url: 'https://github.com/octocat/hello/issues/7' },
        '/api/auth.test': { ok: true, team: 'Acme', team_id: 'T1', user: 'slip', user_id: 'U1' },
        '/api/files.getUploadURLExternal': { ok: true, upload_url: `${origin}/upload/v1/x`, file_id: 'F044GKUHN9Z' },
        '/api/files.completeUploadExternal': { ok: true, files: [{ id: 'F044GKUHN9Z', title: 'report.txt' }] },
        '/v1/account': { id: 'acct_1' },
        '/v1/payment_intents/pi_1': { currency: 'eur' },
        '/v1/refunds': { id: 're_1', status: 'succeeded', amount: 1250, currency: 'eur' },
      }
      return Object.hasOwn(answers, pathname) ? Response.json(answers[pathname]) : new Response('OK')
    },
  })
  return { origin: `http://127.0.0.1:${server.port}`, got, stop: () => server.stop(true) }
}

for (const { flavour, skip } of flavours) {
  describe.skipIf(skip)(`services behind HTTP on ${flavour}`, () => {
    const there = services()
    let gate: Gate
    let agent: TestAgent
    beforeAll(async () => {
      const { origin } = there
      gate = await makeGate(flavour, {
        env: {
          PERMISSION_SLIP_EGRESS_ALLOW: '127.0.0.1',
          PERMISSION_SLIP_ORIGINS: JSON.stringify({
            github: origin,
            stripe: origin,
            slack: { api: origin, handoff: origin },
          }),
        },
      })
      agent = await gate.agent()
      for (const connector of Object.keys(secrets) as Id[])
        await gate.owner.connections.add({ connector, label: connector, fields: { token: secrets[connector] } })
    })
    beforeEach(() => {
      there.got.length = 0
    })
    afterAll(async () => {
      await gate.close()
      there.stop()
    })
    const approved = async (connector: Id, action: string, params: JsonObject): Promise<Action> => {
      const asked = await agent.client.actions.submit({ connector, action, params })
      expect({ status: asked.status, sent: there.got }).toEqual({ status: 'pending', sent: [] })
      await gate.owner.approvals.approve(asked.id, { digest: asked.digest })
      return asked
    }

    test('say whose account it is', async () => {
      const accounts = new Map<string, string | null>()
      for (const c of (await gate.owner.connections.list()).items)
        accounts.set(c.connector, (await gate.owner.connections.test(c.id)).account)
      expect(Object.fromEntries(accounts)).toEqual({ github: 'octocat', slack: 'slip in Acme', stripe: 'acct_1' })
    })
    test('get one request with the owner’s credential once a person approved', async () => {
      const { id } = await approved('github', 'create_issue', { owner: 'octocat', repo: 'hello', title: 'It broke' })
      expect((await until(agent.client, id, 'succeeded')).result).toMatchObject({ number: 7 })
      expect(there.got).toEqual([
        {
          method: 'POST',
          path: '/repos/octocat/hello/issues',
          authorization: `Bearer ${secrets.github}`,
          key: null,
          body: '{"title":"It broke"}',
        },
      ])
    })
    test('get a key with what moves money, and each step stands in the log', async () => {
      await gate.entries()
      const { id, summary } = await approved('stripe', 'refund', { payment: 'pi_1', amount: 1250, currency: 'eur' })
      expect(summary.text).toBe('Refund “12.50 EUR” of “pi_1”')
      await until(agent.client, id, 'succeeded')
      expect(there.got.map((g) => [g.method, g.path, g.key])).toEqual([
        ['GET', '/v1/payment_intents/pi_1', null],
        ['POST', '/v1/refunds', `${id}-2`],
      ])
      expect(typesOf(await gate.entries(), id).filter((type) => type === 'action.step')).toHaveLength(2)
    })
    const share = { channel: 'C024BE91L', file: { name: 'report.txt', type: 'text/plain', text: 'hello' } }
    test('get a file at the address that they hand over, without the credential', async () => {
      const { id } = await approved('slack', 'upload_file', share)
      expect((await until(agent.client, id, 'succeeded', 'failed', 'unknown')).status).toBe('succeeded')
      expect(there.got.map((g) => [g.path, g.authorization === null, g.body])).toEqual([
        ['/api/files.getUploadURLExternal', false, 'filename=report.txt&length=5'],
        ['/upload/v1/x', true, 'hello'],
        [
          '/api/files.completeUploadExternal',
          false,
          '{"files":[{"id":"F044GKUHN9Z","title":"report.txt"}],"channel_id":"C024BE91L"}',
        ],
      ])
    })
    test('are shown to the person with every step, and a file that changed since goes nowhere', async () => {
      const asked = await agent.client.actions.submit({ connector: 'slack', action: 'upload_file', params: share })
      const { requests } = await gate.owner.approvals.get(asked.id)
      expect(requests.map((r) => [r.step, r.handoff])).toEqual([
        [1, false],
        [2, true],
        [3, false],
      ])
      expect(requests[1]?.body).toBe('hello')
      const { file } = asked.params as { file: { id: string } }
      fs.writeFileSync(path.join(gate.dir, 'uploads', file.id), 'HELLO')
      await gate.owner.approvals.approve(asked.id, { digest: asked.digest })
      const done = await until(agent.client, asked.id, 'failed')
      expect(done.error?.message).toContain('is not what it was when it was stored')
      expect({ partial: done.partial, sent: there.got }).toEqual({ partial: false, sent: [] })
    })
  })
}
