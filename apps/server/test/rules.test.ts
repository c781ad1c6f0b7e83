import { describe, expect, test } from 'bun:test'
import type { Json, JsonObject } from '@permission-slip/protocol/json.ts'
import fc from 'fast-check'
import { type Asked, matchRules, type StoredRule } from '../src/rules/match.ts'

const now = Date.UTC(2026, 0, 1)
const known = { page: {}, body: {}, mode: { default: 'plain' } }
const value = fc.constantFrom<Json>('a', 'b', 1, null, ['a'], { x: 1 }, 'plain')
const condition = fc.oneof(
  value.map((equals) => ({ equals })),
  fc.constant({ anything: true as const }),
)
const agents = fc.option(fc.subarray(['agt_1', 'agt_2'], { minLength: 1 }), { nil: null })
let n = 0
const rule = (effect: fc.Arbitrary<'allow' | 'deny' | 'ask'>): fc.Arbitrary<StoredRule> =>
  fc
    .record({
      effect,
      agents,
      params: fc.dictionary(fc.constantFrom('page', 'body', 'mode'), condition),
      enabled: fc.boolean(),
      expires_at: fc.constantFrom(null, '2025-01-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z'),
      readable: fc.integer({ min: 0, max: 9 }).map((i) => i > 0),
    })
    .map(({ readable, ...body }) => {
      const id = `rul_${(n++).toString(36)}`
      const at = '2025-06-01T00:00:00.000Z'
      const whole = {
        ...body,
        id,
        version: 1,
        name: 'r',
        connector: 'notebook',
        action: 'write',
        connections: null,
        note: '',
        created_by: 'usr_1',
        created_at: at,
        updated_at: at,
      }
      return {
        id,
        version: 1,
        effect: body.effect,
        connector: 'notebook',
        action: 'write',
        body: readable ? JSON.stringify(whole) : '{"broken":',
        enabled: Number(body.enabled),
      }
    })
const any = rule(fc.constantFrom('allow', 'deny', 'ask'))
const asked: fc.Arbitrary<Asked> = fc.record({
  agent: fc.constantFrom('agt_1', 'agt_2', 'agt_3'),
  connector: fc.constant('notebook'),
  action: fc.constant('write'),
  connection: fc.constant(null),
  params: fc.dictionary(fc.constantFrom('page', 'body', 'mode'), value) as fc.Arbitrary<JsonObject>,
  known: fc.constant(known),
})

/** The same, said as plainly as possible. */
function naive(rules: StoredRule[], a: Asked): 'allow' | 'deny' | 'ask' {
  const hits = rules.filter((r) => {
    if (r.body.startsWith('{"broken')) return r.effect !== 'allow' && r.enabled === 1
    const body = JSON.parse(r.body) as {
      agents: string[] | null
      params: Record<string, { equals?: Json; anything?: true }>
      expires_at: string | null
    }
    if (r.enabled !== 1 || (body.expires_at !== null && Date.parse(body.expires_at) <= now)) return false
    if (body.agents && !body.agents.includes(a.agent)) return false
    const same = (x: unknown, y: unknown) => Bun.deepEquals(x, y, true)
    for (const [name, c] of Object.entries(body.params))
      if (!c.anything && !(Object.hasOwn(a.params, name) && same(a.params[name], c.equals))) return false
    return (
      r.effect !== 'allow' ||
      Object.entries(a.params).every(([name, v]) => name in body.params || (name === 'mode' && v === 'plain'))
    )
  })
  return (['deny', 'ask', 'allow'] as const).find((e) => hits.some((r) => r.effect === e)) ?? 'ask'
}
const rank = { deny: 0, ask: 1, allow: 2 }

describe('rules', () => {
  test('decide as a naive model does, and the explanation agrees with the outcome', () => {
    fc.assert(
      fc.property(fc.array(any, { maxLength: 8 }), asked, (rules, a) => {
        const match = matchRules(rules, a, now)
        expect(match.outcome).toBe(naive(rules, a))
        const said = match.rules.filter((r) => r.matched).map((r) => r.effect)
        expect((['deny', 'ask', 'allow'] as const).find((e) => said.includes(e)) ?? 'ask').toBe(match.outcome)
        if (match.by)
          expect(match.rules.find((r) => r.rule === match.by?.rule)).toMatchObject({
            matched: true,
            effect: match.outcome,
          })
      }),
      { numRuns: 2000 },
    )
  })
  test('adding a deny or ask rule never lets more through, removing an allow rule neither', () => {
    fc.assert(
      fc.property(fc.array(any, { maxLength: 6 }), rule(fc.constantFrom('deny', 'ask')), asked, (rules, extra, a) => {
        const before = matchRules(rules, a, now).outcome
        expect(rank[matchRules([...rules, extra], a, now).outcome] <= rank[before] || before === 'ask').toBe(true)
        if (before !== 'allow') expect(matchRules([...rules, extra], a, now).outcome).not.toBe('allow')
        expect(
          rank[
            matchRules(
              rules.filter((r) => r.effect !== 'allow'),
              a,
              now,
            ).outcome
          ] <= rank[before],
        ).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })
  test('the order of rules does not matter', () => {
    fc.assert(
      fc.property(fc.array(any, { maxLength: 6 }), asked, (rules, a) => {
        expect(matchRules([...rules].reverse(), a, now)).toEqual(matchRules(rules, a, now))
      }),
    )
  })
  test('an allow rule that does not name a parameter lets only its default through', () => {
    const body = {
      id: 'rul_1',
      version: 1,
      name: 'r',
      effect: 'allow',
      agents: null,
      connector: 'notebook',
      action: 'write',
      connections: null,
      params: { page: { equals: 'a' }, body: { anything: true } },
      note: '',
      expires_at: null,
      enabled: true,
      created_by: 'usr_1',
      created_at: '2025-06-01T00:00:00.000Z',
      updated_at: '2025-06-01T00:00:00.000Z',
    }
    const stored = [
      {
        id: 'rul_1',
        version: 1,
        effect: 'allow',
        connector: 'notebook',
        action: 'write',
        body: JSON.stringify(body),
        enabled: 1,
      },
    ]
    const ask = (params: JsonObject) =>
      matchRules(
        stored,
        { agent: 'agt_1', connector: 'notebook', action: 'write', connection: null, params, known },
        now,
      ).outcome
    expect([
      ask({ page: 'a', body: 'x' }),
      ask({ page: 'a', body: 'x', mode: 'plain' }),
      ask({ page: 'a', body: 'x', mode: 'bold' }),
      ask({ page: 'b', body: 'x' }),
      ask({ page: 'a', body: 'x', added: 1 }),
    ]).toEqual(['allow', 'allow', 'ask', 'ask', 'ask'])
  })
})
