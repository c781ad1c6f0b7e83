import { expect, test } from 'bun:test'
import type { Approval } from '@permission-slip/protocol/action.ts'
import type { JsonObject } from '@permission-slip/protocol/json.ts'
import fc from 'fast-check'
import { changedParams } from '../src/features/action/diff.ts'
import { schemaFields } from '../src/features/action/schema-field.ts'
import { type Kept, keepInPlace } from '../src/features/inbox/stable-list.ts'
import { draftFrom, draftOf, ruleBody } from '../src/features/rules/draft.ts'
import { visible } from '../src/ui/visible.ts'

const approval: Approval = {
  id: 'act_1',
  status: 'pending',
  agent: 'agt_1',
  connector: 'notebook',
  connector_version: 'v',
  action: 'write',
  connection: null,
  connection_revision: null,
  params: { page: 'hello', body: 'text' },
  digest: `sha256:${'0'.repeat(64)}`,
  salt: '',
  summary: { text: 'Write', parts: [{ text: 'Write' }] },
  effect: 'create',
  risk: 'medium',
  reason: null,
  created_at: '2026-01-01T00:00:00.000Z',
  expires_at: null,
  decision: null,
  executed_params: null,
  result: null,
  partial: false,
  retry_of: null,
  error: null,
  next: { do: 'wait', say: '', url: null, after_s: null },
  agent_name: 'robo',
  connection_label: null,
  connector_name: 'Notebook',
  title: 'Write a page',
}
const numbered = (n: number): Approval => ({
  ...approval,
  id: `act_${n}`,
  created_at: new Date(Date.UTC(2026, 0, 1) + n * 1000).toISOString(),
})

test('nothing on the screen moves, whatever comes and goes; what is new comes after it; nothing is lost', () => {
  const lists = fc.array(fc.uniqueArray(fc.integer({ min: 1, max: 12 })))
  fc.assert(
    fc.property(lists, (steps) => {
      let shown: Kept[] = []
      for (const step of steps) {
        const before = shown.map((k) => k.item.id)
        shown = keepInPlace(shown, step.map(numbered))
        const after = shown.map((k) => k.item.id)
        expect(after.slice(0, before.length)).toEqual(before)
        expect(new Set(after).size).toBe(after.length)
        const waiting = shown.filter((k) => !k.gone).map((k) => k.item.id)
        expect(waiting.toSorted()).toEqual(step.map((n) => `act_${n}` as const).toSorted())
      }
    }),
  )
})

test('no control or format character of an agent reaches the screen, but line breaks and tabs do', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(/(?![\n\t])[\p{Cc}\p{Cf}]/u.test(visible(text))).toBe(false)
    }),
  )
  expect(visible('a\u202Eb\nc\td')).toBe('a⟦U+202E⟧b\nc\td')
})

test('a difference names exactly the parameters that changed, came or went', () => {
  const before: JsonObject = { same: { a: 1, b: [2] }, old: 1, gone: true }
  const after: JsonObject = { same: { b: [2], a: 1 }, old: 2, come: null }
  expect(changedParams(before, after)).toEqual([
    { name: 'old', before: 1, after: 2 },
    { name: 'gone', before: true, after: undefined },
    { name: 'come', before: undefined, after: null },
  ])
})

test('a form has a field of the right kind for each parameter; what has none is JSON', () => {
  const fields = schemaFields({
    type: 'object',
    required: ['a'],
    properties: {
      a: { type: 'string', maxLength: 100 },
      b: { type: 'integer', minimum: 1 },
      c: { type: 'boolean' },
      d: { type: 'string', enum: ['x', 'y'] },
      e: { type: 'array', items: {} },
      f: { anyOf: [{ type: 'string' }, { type: 'null' }] },
    },
  })
  expect(fields.map((f) => f.field.kind)).toEqual(['text', 'number', 'switch', 'choice', 'json', 'json'])
  expect(fields.map((f) => f.required)).toEqual([true, false, false, false, false, false])
})

test('a rule made from an action is the narrowest: this agent, this account, exactly these values', () => {
  const own: Approval = { ...approval, connection: 'con_1' }
  expect(ruleBody(draftFrom(own))).toMatchObject({
    effect: 'allow',
    agents: ['agt_1'],
    connections: ['con_1'],
    params: { page: { equals: 'hello' }, body: { equals: 'text' } },
  })
})

test('a rule that is opened and saved unchanged says the same', () => {
  const rule = {
    id: 'rul_1' as const,
    version: 1,
    enabled: true,
    created_by: 'usr_1' as const,
    created_at: approval.created_at,
    updated_at: approval.created_at,
    name: 'Pages',
    effect: 'allow' as const,
    agents: null,
    connector: 'notebook',
    action: 'write',
    connections: null,
    params: { page: { equals: { deep: [1, null] } }, body: { anything: true as const } },
    note: 'why',
    expires_at: '2030-05-01T10:30:00.000Z',
  }
  const { id: _, version: __, enabled: ___, created_by: ____, created_at: _____, updated_at: ______, ...said } = rule
  expect(ruleBody(draftOf(rule))).toEqual(said)
})
