import { describe, expect, test } from 'bun:test'
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { thumbprintText } from '@permission-slip/protocol/http-signature.ts'
import { httpbis } from 'http-message-signatures'
import { flavours, freshPostgres, makeGate, targetUrl } from './harness.ts'

/** What an agent's author does without anything of ours: curl with a bearer token, and somebody else's RFC 9421 library. */
for (const { flavour, skip } of flavours) {
  describe.skipIf(skip || !targetUrl)(`agents that use nothing of ours, on ${flavour}`, () => {
    test('curl with a bearer token, and an independent signer, run SQL on a real PostgreSQL after an approval', async () => {
      const target = await freshPostgres(targetUrl)
      const gate = await makeGate(flavour)
      const at = new URL(target.url)
      await gate.owner.connections.add({
        connector: 'postgres',
        label: 'shop',
        fields: { url: `${target.url}?sslmode=disable` },
        allow_private: [`${at.hostname}:${at.port}`],
      })
      const ask = (n: number) =>
        JSON.stringify({
          connector: 'postgres',
          action: 'query',
          params: { sql: 'select $1::int * 2 as n', params: [n] },
        })
      const approveAll = async () => {
        for (;;) {
          const [first] = (await gate.owner.approvals.list()).items
          if (first) return gate.owner.approvals.approve(first.id, { digest: first.digest })
          await new Promise((resolve) => setTimeout(resolve, 30))
        }
      }

      const { token } = await gate.owner.agents.token((await gate.agent('curl')).id, 'curl')
      const curl = Bun.spawn(
        [
          'curl',
          '-sS',
          '--noproxy',
          '*',
          '-H',
          `Authorization: Bearer ${token}`,
          '-H',
          'Content-Type: application/json',
          '-H',
          'Idempotency-Key: once',
          '-d',
          ask(21),
          `${gate.url}/api/v1/actions?wait=30`,
        ],
        { stdout: 'pipe' },
      )
      await approveAll()
      expect(JSON.parse(await new Response(curl.stdout).text())).toMatchObject({
        status: 'succeeded',
        result: { rows: [{ n: 42 }] },
      })

      const pair = generateKeyPairSync('ed25519')
      const publicKey = pair.publicKey.export({ format: 'jwk' }).x ?? ''
      const keyid = createHash('sha256').update(thumbprintText(publicKey)).digest('base64url')
      const send = async (method: string, path: string, body: string, more: Record<string, string> = {}) => {
        const url = `${gate.url}${path}`
        const headers = {
          'content-type': 'application/json',
          'content-digest': `sha-256=:${createHash('sha256').update(body).digest('base64')}:`,
          ...more,
        }
        const signed = await httpbis.signMessage(
          {
            key: { id: keyid, alg: 'ed25519', sign: async (data: Buffer) => sign(null, data, pair.privateKey) },
            fields: ['@method', '@authority', '@path', '@query', ...Object.keys(headers)],
            params: ['created', 'nonce', 'keyid', 'alg', 'tag'],
            paramValues: { created: new Date(), nonce: randomBytes(16).toString('base64url'), tag: 'permission-slip' },
          },
          { method, url, headers },
        )
        return fetch(url, { method, headers: signed.headers as Record<string, string>, body })
      }
      const { code } = await gate.owner.agents.invite()
      const enrolled = await send(
        'POST',
        '/api/v1/enrollments',
        JSON.stringify({ code, public_key: publicKey, name: 'theirs' }),
      )
      expect(enrolled.status).toBe(201)
      const early = await send('POST', '/api/v1/actions', ask(1), { 'idempotency-key': 'k' })
      expect([early.status, ((await early.json()) as { code: string }).code]).toEqual([403, 'agent_unconfirmed'])
      await gate.owner.agents.confirm(((await enrolled.json()) as { agent: string }).agent)
      const waiting = send('POST', '/api/v1/actions?wait=30', ask(4), { 'idempotency-key': 'k' })
      await approveAll()
      expect(await (await waiting).json()).toMatchObject({ status: 'succeeded', result: { rows: [{ n: 8 }] } })
      await gate.close()
      await target.drop()
    })
  })
}
