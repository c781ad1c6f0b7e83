import { expect, test } from 'bun:test'
import { roles, scopes } from '@permission-slip/protocol/person.ts'
import fc from 'fast-check'
import type { AgentCaller, PersonCaller } from '../../src/http/caller.ts'
import type { Who } from '../../src/http/route.ts'
import { mayCall, mayDecideRisk, roleTable } from '../../src/people/roles.ts'
import { defaultAgent } from './callers.ts'
import { makeHouse } from './house.ts'

const persons = ['viewer', 'approver', 'owner'] as const
const agents: fc.Arbitrary<AgentCaller> = fc
  .constantFrom('unconfirmed' as const, 'active' as const, 'paused' as const, 'revoked' as const)
  .map((status) => ({ ...defaultAgent, status }))
const people: fc.Arbitrary<PersonCaller> = fc.record({
  kind: fc.constant('person' as const),
  id: fc.constant('usr_1'),
  name: fc.constant('Ada'),
  email: fc.constant('ada@example.org'),
  role: fc.constantFrom(...roles),
  via: fc.constantFrom('session' as const, 'token' as const, 'device' as const),
  scopes: fc.subarray([...scopes]),
  fresh: fc.boolean(),
  fromSetup: fc.boolean(),
  totp: fc.boolean(),
  credential: fc.constant('x'),
})
const guarded = fc.record({
  who: fc.subarray<Who>(['agent', 'unconfirmed-agent', ...persons], { minLength: 1 }),
  scope: fc.constantFrom(null, ...scopes),
  fresh: fc.boolean(),
})

test('no agent, whatever its state, comes through where a route does not name agents', () => {
  fc.assert(
    fc.property(guarded, agents, (route, agent) => {
      const named = route.who.includes('agent') || route.who.includes('unconfirmed-agent')
      if (!named) expect(mayCall(route, agent)?.code).toBe('forbidden')
      else if (agent.status === 'revoked') expect(mayCall(route, agent)?.code).toBe('agent_revoked')
      else if (agent.status === 'unconfirmed' && !route.who.includes('unconfirmed-agent'))
        expect(mayCall(route, agent)?.code).toBe('agent_unconfirmed')
      else expect(mayCall(route, agent)).toBeNull()
    }),
  )
})

test('a person comes through exactly when the role, then the scope or the freshness, suffice', () => {
  fc.assert(
    fc.property(guarded, people, (route, person) => {
      const rank = (role: Who) => ['viewer', 'approver', 'owner'].indexOf(role)
      const named = route.who.map(rank).filter((n) => n >= 0)
      const role = named.length > 0 && rank(person.role) >= Math.min(...named)
      const proof =
        person.via === 'token'
          ? route.scope === null || person.scopes.includes(route.scope)
          : !route.fresh || person.fresh
      expect(mayCall(route, person) === null).toBe(role && proof)
    }),
  )
})

test('more rights never close a door', () => {
  fc.assert(
    fc.property(guarded, people, (route, person) => {
      fc.pre(mayCall(route, person) === null)
      expect(mayCall(route, { ...person, role: 'owner', scopes, fresh: true })).toBeNull()
    }),
  )
})

test('nobody is somebody only where anybody is', () => {
  fc.assert(fc.property(guarded, (route) => expect(mayCall(route, null)?.code).toBe('unauthenticated')))
  expect(mayCall({ who: ['public'], scope: null }, null)).toBeNull()
})

test('high risk is decided by a token only if it is that of set-up, or an owner allowed it', () => {
  fc.assert(
    fc.property(
      people,
      fc.constantFrom('low' as const, 'medium' as const, 'high' as const),
      fc.boolean(),
      (person, risk, on) => {
        const refused = risk === 'high' && person.via === 'token' && !person.fromSetup && !on
        expect(mayDecideRisk(person, risk, on)?.code).toBe(refused ? 'forbidden' : undefined)
      },
    ),
  )
})

test('the table of people’s routes is this one', async () => {
  const house = await makeHouse('sqlite')
  const shown = roleTable(house.routes).map((r) =>
    [r.method, r.path, r.agents, r.role ?? '-', r.scope ?? '-', r.fresh ? 'fresh' : ''].join(' ').trim(),
  )
  await house.close()
  expect(shown).toEqual([
    'GET /api/v1/session none public -',
    'POST /api/v1/session none public -',
    'DELETE /api/v1/session none viewer -',
    'POST /api/v1/session/fresh none viewer -',
    'POST /api/v1/password none viewer -',
    'POST /api/v1/totp/start none viewer - fresh',
    'POST /api/v1/totp/confirm none viewer - fresh',
    'DELETE /api/v1/totp none viewer - fresh',
    'POST /api/v1/setup none public -',
    'GET /api/v1/people none viewer read',
    'POST /api/v1/people none owner manage fresh',
    'GET /api/v1/people/{id} none viewer read',
    'PATCH /api/v1/people/{id} none owner manage fresh',
    'DELETE /api/v1/people/{id} none owner manage fresh',
    'GET /api/v1/tokens none owner read',
    'POST /api/v1/tokens none owner manage fresh',
    'DELETE /api/v1/tokens/{id} none owner manage',
  ])
})

test('an agent is refused on every one of them that is not for anybody', async () => {
  const house = await makeHouse('sqlite')
  for (const route of house.routes)
    if (!route.who.includes('public')) expect(mayCall(route, defaultAgent)?.code).toBe('forbidden')
  await house.close()
})
