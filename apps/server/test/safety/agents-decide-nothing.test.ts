import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { roles, scopes } from '@permission-slip/protocol/person.ts'
import { makeApp } from '../../src/http/app.ts'
import type { Route } from '../../src/http/route.ts'
import { lowestRole } from '../../src/people/roles.ts'
import { flavours, type Gate, makeGate, type TestAgent } from '../harness.ts'
import { byToken, person, read } from './parties.ts'

for (const { flavour, skip } of flavours) {
  describe.skipIf(skip)(`who may call what on ${flavour}`, () => {
    let gate: Gate
    let routes: readonly Route[]
    beforeAll(async () => {
      gate = await makeGate(flavour)
      routes = makeApp(gate.running.ctx).routes
    })
    afterAll(() => gate.close())

    /** A real address of the route, so that what refuses is the right to call, not a missing id. */
    async function addresses(agent: TestAgent): Promise<(route: Route) => string> {
      const asked = await agent.client.actions.submit({
        connector: 'notebook',
        action: 'write',
        params: { page: 'p', body: 'b' },
      })
      return (route) =>
        route.path.replace(/\{(\w+)\}/g, (_all, name: string) => {
          if (name === 'rest') return '0/000'
          if (route.path.startsWith('/api/v1/agents')) return name === 'key' ? agent.signer.keyid : agent.id
          return asked.id
        })
    }
    /** A body that would be taken from a person where it matters most. */
    const bodyOf = (route: Route, digest: string): unknown =>
      route.method === 'GET' ? undefined : route.path.includes('/approvals/') ? { digest } : {}

    test('an agent, by its key and by its token, is refused on every address that is not for agents, and nothing is logged', async () => {
      const agent = await gate.agent()
      const bearer = byToken(gate, (await gate.owner.agents.token(agent.id, 'red')).token)
      const at = await addresses(agent)
      const [waiting] = (await gate.owner.approvals.list()).items
      const shut = routes.filter(
        (r) => !r.who.some((w) => w === 'public' || w === 'agent' || w === 'unconfirmed-agent'),
      )
      expect(shut.length).toBeGreaterThan(30)
      await gate.entries()
      for (const route of shut) {
        const body = bodyOf(route, waiting?.digest ?? '')
        for (const [how, answer] of [
          ['key', await read(agent.signed(route.method, at(route), body))],
          ['token', await read(bearer(route.method, at(route), body))],
        ] as const)
          expect([route.method, route.path, how, answer.status, answer.code]).toEqual([
            route.method,
            route.path,
            how,
            403,
            'forbidden',
          ])
      }
      expect(await gate.entries()).toEqual([])
      expect((await gate.owner.approvals.list()).items.map((a) => a.status)).toContain('pending')
    })

    test('addresses that are for anybody give an agent nothing that they would not give to nobody', async () => {
      const agent = await gate.agent()
      const bearer = byToken(gate, (await gate.owner.agents.token(agent.id, 'red')).token)
      const at = await addresses(agent)
      await gate.entries()
      for (const route of routes.filter((r) => r.who.includes('public'))) {
        const body = bodyOf(route, '')
        const nobody = await read(byToken(gate, 'nothing')(route.method, at(route), body))
        const answer = await read(bearer(route.method, at(route), body))
        expect([route.path, answer.status, answer.code]).toEqual([route.path, nobody.status, nobody.code])
        if (route.method === 'GET') expect(answer.text.length).toBe(nobody.text.length)
      }
      expect((await read(bearer('GET', '/api/v1/log/tile/entries/000.p/1'))).code).toBe('forbidden')
      expect(await gate.entries()).toEqual([])
    })

    test('an unconfirmed agent only sees itself; a revoked one nothing; a paused one asks for nothing', async () => {
      const first = await gate.agent()
      const { token } = await gate.owner.agents.token(first.id, 'red')
      const at = await addresses(first)
      const open = routes.filter((r) => r.who.includes('agent'))
      const me = routes.find((r) => r.who.includes('unconfirmed-agent'))
      expect(me?.path).toBe('/api/v1/me')

      await gate.owner.agents.pause(first.id)
      await gate.entries()
      expect(
        (await read(first.signed('POST', '/api/v1/actions', { connector: 'notebook', action: 'list' }))).code,
      ).toBe('agent_paused')
      expect((await read(byToken(gate, token)('POST', '/api/v1/files', 'x'))).code).toBe('agent_paused')
      expect((await first.signed('GET', '/api/v1/me')).status).toBe(200)
      expect(await gate.entries()).toEqual([])

      await gate.owner.agents.revoke(first.id)
      await gate.entries()
      for (const route of [...open, ...(me ? [me] : [])]) {
        const signed = await read(first.signed(route.method, at(route), bodyOf(route, '')))
        expect([route.path, signed.status, signed.code]).toEqual([route.path, 401, 'bad_signature'])
        const bearer = await read(byToken(gate, token)(route.method, at(route), bodyOf(route, '')))
        expect([route.path, bearer.status, bearer.code]).toEqual([route.path, 401, 'unauthenticated'])
      }
      expect(await gate.entries()).toEqual([])
    })

    test('a person’s token opens exactly what the table says of its role and scope', async () => {
      const agent = await gate.agent()
      const at = await addresses(agent)
      const rank = (role: string) => ['viewer', 'approver', 'owner'].indexOf(role)
      for (const role of roles) {
        for (const scope of scopes) {
          const { token } = await person(gate, role, [scope])
          const call = byToken(gate, token)
          for (const route of routes) {
            if (route.who.includes('public')) continue
            const lowest = lowestRole(route)
            const may = lowest !== null && rank(role) >= rank(lowest) && (route.scope === null || route.scope === scope)
            if (may) continue
            const answer = await read(call(route.method, at(route), bodyOf(route, '')))
            expect([role, scope, route.method, route.path, answer.code]).toEqual([
              role,
              scope,
              route.method,
              route.path,
              'forbidden',
            ])
          }
        }
      }
    }, 60_000)

    test('nobody, and a made-up token, is told to say who they are wherever the door is not open to all', async () => {
      const agent = await gate.agent()
      const at = await addresses(agent)
      for (const route of routes.filter((r) => !r.who.includes('public'))) {
        const bare = await read(fetch(`${gate.url}${at(route)}`, { method: route.method }))
        const made = await read(byToken(gate, 'psp_made-up')(route.method, at(route)))
        expect([route.path, bare.code, made.code]).toEqual([route.path, 'unauthenticated', 'unauthenticated'])
      }
    })

    test('a token of a person decides high risk only where an owner switched that on', async () => {
      const agent = await gate.agent()
      const { token } = await person(gate, 'approver', ['decide', 'read'])
      const asked = await agent.client.actions.submit({
        connector: 'notebook',
        action: 'write',
        params: { page: 'risky', body: 'b' },
      })
      // No connector of ours has an action of high risk without an account: the row says it.
      await gate.running.ctx.writer.write(
        async (tx) =>
          void (await tx.db.updateTable('actions').set({ risk: 'high' }).where('id', '=', asked.id).execute()),
      )
      const approve = () =>
        read(byToken(gate, token)('POST', `/api/v1/approvals/${asked.id}/approve`, { digest: asked.digest }))
      expect((await approve()).code).toBe('forbidden')
      await gate.owner.server.changeSettings({ tokens_decide_high_risk: true })
      expect((await approve()).status).toBe(200)
      await gate.owner.server.changeSettings({ tokens_decide_high_risk: false })
    })
  })
}
