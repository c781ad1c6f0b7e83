import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createAgentClient } from '@permission-slip/client/client.ts'
import { ApiError } from '@permission-slip/client/errors.ts'
import { flavours, type Gate, makeGate, typesOf, until } from './harness.ts'
import { codeOf } from './problem-code.ts'

const write = (page: string, body = 'text') => ({ connector: 'notebook', action: 'write', params: { page, body } })

for (const { flavour, skip } of flavours) {
  describe.skipIf(skip)(`submitting on ${flavour}`, () => {
    let gate: Gate
    beforeAll(async () => {
      gate = await makeGate(flavour)
    })
    afterAll(() => gate.close())

    test('what can not be understood is refused by field, and nothing is recorded', async () => {
      const { client } = await gate.agent()
      await gate.entries()
      const wrong: [object, string, string][] = [
        [{ connector: 'nonsense', action: 'write' }, 'unknown_connector', 'connector'],
        [{ connector: 'notebook', action: 'toString' }, 'unknown_action', 'action'],
        [{ connector: 'notebook', action: 'write', params: {} }, 'invalid_params', 'page'],
        [
          { connector: 'notebook', action: 'write', params: { page: 'a', body: 'b', colour: 1 } },
          'invalid_params',
          'colour',
        ],
        [{ connector: 'notebook', action: 'write', params: { page: 7, body: 'b' } }, 'invalid_params', 'page'],
        [
          { connector: 'notebook', action: 'write', params: { page: 'a', body: 'b' }, secret: 1 },
          'invalid_request',
          'secret',
        ],
        [
          { connector: 'notebook', action: 'write', params: { page: 'a', body: 'b' }, expires_in: -1 },
          'invalid_request',
          'expires_in',
        ],
        [
          { connector: 'notebook', action: 'write', params: { page: 'a', body: 'b' }, reason: 'x'.repeat(501) },
          'invalid_request',
          'reason',
        ],
        [
          { connector: 'notebook', action: 'write', params: { page: 'a', body: 'b' }, connection: 'con_0' },
          'invalid_request',
          'connection',
        ],
      ]
      for (const [body, code, field] of wrong) {
        const error = await client.actions.submit(body as never).then(
          () => null,
          (e: unknown) => e,
        )
        if (!(error instanceof ApiError)) throw new Error(`${JSON.stringify(body)} was taken`)
        expect([error.problem.code, error.problem.errors?.[0]?.field]).toEqual([code, field])
        expect(error.problem.next.do).toBe('fix')
      }
      expect(await gate.entries()).toEqual([])
    })

    test('raw bytes that JSON parsers disagree on are refused by name', async () => {
      const { id } = await gate.agent()
      const { token } = await gate.owner.agents.token(id, 'test')
      const bodies = [
        '{"connector":"notebook","connector":"redis","action":"write"}',
        '{"connector":"notebook","action":"write","params":{"page":"\\ud800","body":""}}',
        '{"connector":"notebook","action":"write","params":{"page":"a\\u0000","body":""}}',
        '{"connector":"notebook","action":"write","params":{"page":"a","body":"","n":9007199254740993}}',
        '{"connector":"notebook","action":"write","params":{"__proto__":{}}}',
        `{"a":${'['.repeat(40)}${']'.repeat(40)}}`,
        '{"connector":"notebook"',
        '\u00ff',
      ]
      for (const body of bodies) {
        const answer = await fetch(`${gate.url}/api/v1/actions`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body,
        })
        expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([400, 'invalid_json'])
      }
    })

    test('the same Idempotency-Key is the same action, also fifty at once, and never another', async () => {
      const { client } = await gate.agent()
      const all = await Promise.all(
        Array.from({ length: 50 }, () =>
          client.actions.submit(write('once'), { idempotencyKey: 'k1' }).catch((e: unknown) => e),
        ),
      )
      const ids = new Set(all.map((a) => (a instanceof Error ? a.message : (a as { id: string }).id)))
      expect([...ids]).toHaveLength(1)
      const [id] = ids
      expect(typesOf(await gate.entries(), id ?? '')).toEqual(['action.submitted'])
      expect(await codeOf(client.actions.submit(write('other'), { idempotencyKey: 'k1' }))).toBe(
        'idempotency_key_reused',
      )
      await gate.owner.approvals.deny(id ?? '', {
        digest: (await client.actions.get(id ?? '')).digest,
        reason: 'Not today.',
      })
      const again = await client.actions.submit(write('once'), { idempotencyKey: 'k1' })
      expect(again).toMatchObject({ id: id ?? '', status: 'denied', decision: { reason: 'Not today.' } })
    })

    test('an agent that signs needs a key for what has an effect, and none to read', async () => {
      const { signed } = await gate.agent()
      const keyless = await signed('POST', '/api/v1/actions', write('keyless'))
      expect([keyless.status, ((await keyless.json()) as { code: string }).code]).toEqual([
        400,
        'idempotency_key_required',
      ])
      expect(
        (await signed('POST', '/api/v1/actions', { connector: 'notebook', action: 'list', params: {} })).status,
      ).toBe(202)
    })

    test('a bearer agent without a key gets its identical, still pending action', async () => {
      const { id } = await gate.agent()
      const { token } = await gate.owner.agents.token(id, 'test')
      const send = async () => {
        const answer = await fetch(`${gate.url}/api/v1/actions`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: JSON.stringify(write('bearer')),
        })
        expect(answer.status).toBe(202)
        expect(answer.headers.get('location')).toStartWith('/api/v1/actions/act_')
        return (await answer.json()) as { id: string; digest: string }
      }
      const [a, b] = [await send(), await send()]
      expect(b.id).toBe(a.id)
      await gate.owner.approvals.deny(a.id, { digest: a.digest })
      expect((await send()).id).not.toBe(a.id)
    })

    test('limits of an agent hold also when everything comes at once, and are its own fields', async () => {
      const { id, client } = await gate.agent()
      await gate.owner.agents.change(id, { limits: { pending: 3, submissions_per_second: 1000 } })
      const all = await Promise.all(
        Array.from({ length: 20 }, (_, i) => codeOf(client.actions.submit(write(`p${i}`), { retries: 0 }))),
      )
      expect(all.filter((c) => c === 'no error')).toHaveLength(3)
      expect(all.filter((c) => c === 'too_many_pending')).toHaveLength(17)
      await gate.owner.agents.change(id, { limits: { pending: 1000, submissions_per_second: 5, params_bytes: 100 } })
      expect(await codeOf(client.actions.submit(write('big', 'x'.repeat(200))))).toBe('payload_too_large')
      await new Promise((resolve) => setTimeout(resolve, 1100))
      const burst = await Promise.all(
        Array.from({ length: 12 }, (_, i) => codeOf(client.actions.submit(write(`r${i}`), { retries: 0 }))),
      )
      expect(burst.filter((c) => c === 'no error')).toHaveLength(5)
      expect(await codeOf(gate.owner.agents.change(id, { limits: { nonsense: 1 } }))).toBe('invalid_request')
    })

    test('access narrows what an agent may ask for, and what it sees', async () => {
      const { id, client } = await gate.agent()
      expect((await client.connectors.list()).items.map((c) => c.id)).toEqual(['notebook'])
      await gate.owner.agents.change(id, { access: [{ connector: 'notebook', connections: null, actions: ['read'] }] })
      expect(await codeOf(client.actions.submit(write('x')))).toBe('not_allowed')
      expect((await client.connectors.get('notebook')).actions.map((a) => a.id)).toEqual(['read'])
      expect(
        await codeOf(client.actions.submit({ connector: 'notebook', action: 'read', params: { page: 'x' } })),
      ).toBe('no error')
    })

    test('an allow rule lets exactly its parameters through; a deny rule wins over it; edits are matched again', async () => {
      const { id, client } = await gate.agent()
      const allow = await gate.owner.rules.add({
        name: 'diary',
        effect: 'allow',
        agents: [id as `agt_${string}`],
        connector: 'notebook',
        action: 'write',
        params: { page: { equals: 'diary' }, body: { anything: true } },
      })
      const done = await client.actions.submit(write('diary'), { wait: 10 })
      expect(done).toMatchObject({ status: 'succeeded', decision: { by: 'rule', rule: allow.id, required: 0 } })
      expect((await client.actions.submit(write('letters'))).status).toBe('pending')
      const deny = await gate.owner.rules.add({
        name: 'no secrets',
        effect: 'deny',
        connector: 'notebook',
        action: 'write',
        params: { body: { equals: 'secret' } },
      })
      const refused = await client.actions.submit(write('diary', 'secret'))
      expect(refused).toMatchObject({
        status: 'denied',
        decision: { by: 'rule', rule: deny.id },
        error: { code: 'rule_denied' },
      })
      const asked = await client.actions.submit(write('letters', 'harmless'))
      const digest = asked.digest
      expect(
        await codeOf(gate.owner.approvals.approve(asked.id, { digest, params: { page: 'letters', body: 'secret' } })),
      ).toBe('denied_by_rule')
      expect(await client.actions.get(asked.id)).toMatchObject({ status: 'pending', digest })
      const edited = await gate.owner.approvals.approve(asked.id, {
        digest,
        params: { page: 'letters', body: 'kinder' },
      })
      expect(edited.digest).not.toBe(digest)
      const ran = await until(client, asked.id, 'succeeded')
      expect(ran).toMatchObject({ executed_params: { page: 'letters', body: 'kinder' }, decision: { edited: true } })
      expect(typesOf(await gate.entries(), asked.id)).toEqual([
        'action.submitted',
        'action.edited',
        'action.voted',
        'action.approved',
        'action.started',
        'action.succeeded',
      ])
      await gate.owner.rules.remove(deny.id)
    })

    test('what was decided, changed or withdrawn meanwhile is not decided again', async () => {
      const { client } = await gate.agent()
      const asked = await client.actions.submit(write('race'))
      expect(await codeOf(gate.owner.approvals.approve(asked.id, { digest: `sha256:${'0'.repeat(64)}` }))).toBe(
        'digest_changed',
      )
      const decided = await Promise.all(
        Array.from({ length: 10 }, (_, i) =>
          codeOf(
            i % 2
              ? gate.owner.approvals.approve(asked.id, { digest: asked.digest })
              : gate.owner.approvals.deny(asked.id, { digest: asked.digest }),
          ),
        ),
      )
      expect(decided.filter((c) => c === 'no error')).toHaveLength(1)
      expect(decided.filter((c) => c === 'already_decided')).toHaveLength(9)
      const other = await client.actions.submit(write('race 2'))
      expect((await client.actions.cancel(other.id)).status).toBe('cancelled')
      expect((await client.actions.cancel(other.id)).status).toBe('cancelled')
      expect(await codeOf(gate.owner.approvals.approve(other.id, { digest: other.digest }))).toBe('already_decided')
    })

    test('another agent sees nothing of it', async () => {
      const one = await gate.agent()
      const two = await gate.agent()
      const asked = await one.client.actions.submit(write('mine'))
      expect(await codeOf(two.client.actions.get(asked.id))).toBe('not_found')
      expect(await codeOf(two.client.actions.cancel(asked.id))).toBe('not_found')
      expect((await two.client.actions.list()).items).toEqual([])
    })

    test('an unconfirmed, paused or revoked agent asks for nothing, and a freeze stops all', async () => {
      const { id, client } = await gate.agent()
      await gate.owner.agents.pause(id)
      expect(await codeOf(client.actions.submit(write('x')))).toBe('agent_paused')
      await gate.owner.agents.resume(id)
      await gate.owner.server.freeze()
      expect(await codeOf(client.actions.submit(write('x')))).toBe('frozen')
      await gate.owner.server.unfreeze()
      const asked = await client.actions.submit(write('x'))
      await gate.owner.agents.revoke(id)
      expect(await codeOf(client.actions.get(asked.id))).toBe('bad_signature')
      expect(await gate.owner.actions.get(asked.id)).toMatchObject({
        status: 'cancelled',
        error: { code: 'agent_stopped' },
      })
      expect(await codeOf(createAgentClient({ url: gate.url, token: 'psa_nonsense' }).me())).toBe('unauthenticated')
    })
  })
}
