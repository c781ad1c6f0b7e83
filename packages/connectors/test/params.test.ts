import { describe, expect, test } from 'bun:test'
import { type FieldProblem, Refusal } from '@permission-slip/protocol/errors.ts'
import type { Json } from '@permission-slip/protocol/json.ts'
import fc from 'fast-check'
import { z } from 'zod'
import { action, defineConnector } from '../kit/define.ts'
import { findFiles } from '../kit/files.ts'
import { code, email, file, instant, money, url } from '../kit/kinds.ts'
import { parseParams } from '../kit/params.ts'
import { path } from '../kit/path.ts'
import { get } from '../kit/request.ts'
import { say } from '../kit/say.ts'
import { paramsSchema } from '../kit/schema.ts'
import type { Action } from '../kit/types.ts'

function taking(params: Readonly<Record<string, z.ZodType>>): Action {
  const spec = action({
    title: 't',
    effect: 'read',
    params,
    summary: () => say`t`,
    request: () => get(path`/`),
    result: {},
    example: { params: {} },
  })
  const made = defineConnector({
    id: 'x',
    name: 'X',
    docs: '',
    origins: { api: 'https://x.example' },
    actions: { a: spec },
  }).actions['a']
  if (!made) throw new Error('no action')
  return made
}
function problems(a: Action, input: Json): FieldProblem[] {
  try {
    parseParams(a, input)
    return []
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'invalid_params') throw error
    return error.fields
  }
}

const mail = taking({
  to: z.array(z.strictObject({ email: email(), name: z.string().optional() })).min(1),
  at: instant().optional(),
  kind: z.enum(['plain', 'html']).default('plain'),
  count: z.int().min(1).max(9).optional(),
  link: url().optional(),
  target: z.union([z.strictObject({ user: z.string() }), z.strictObject({ group: z.int() })]).optional(),
})

describe('parameters', () => {
  test('an unknown one is refused by name, at every depth', () => {
    expect(
      problems(mail, { to: [{ email: 'a@b.example', cc: true }], bcc: 'x' }).map((p) => [p.field, p.expected, p.got]),
    ).toEqual([
      ['to[0].cc', 'no such parameter', 'true'],
      ['bcc', 'no such parameter', '"x"'],
    ])
    expect(
      problems(mail, { to: [{ email: 'a@b.example' }], target: { user: 'a', extra: 1 } }).map((p) => p.field),
    ).toContain('target.extra')
  })
  test('a wrong one is named with what was expected and what came', () => {
    expect(problems(mail, { to: [{ email: 'nobody' }], at: 'soon', kind: 'rich', count: 10, link: 'ftp://x' })).toEqual(
      [
        { field: 'to[0].email', expected: 'an e-mail address', got: '"nobody"' },
        { field: 'at', expected: 'an instant such as 2026-01-31T09:00:00Z', got: '"soon"' },
        { field: 'kind', expected: 'one of "plain", "html"', got: '"rich"' },
        { field: 'count', expected: 'at most 9', got: '10' },
        { field: 'link', expected: 'a web address (https://…)', got: '"ftp://x"' },
      ],
    )
    expect(problems(mail, {})).toEqual([{ field: 'to', expected: 'a list', got: 'nothing' }])
    expect(problems(mail, 'x')).toEqual([{ field: 'params', expected: 'an object', got: '"x"' }])
    expect(problems(mail, { to: [], link: 'x'.repeat(99) }).map((p) => p.got)).toEqual([
      'a list of 0',
      'text of 99 characters',
    ])
  })
  test('parsing fills defaults and changes nothing else, and parsing again changes nothing', () => {
    expect(parseParams(mail, { to: [{ email: 'Ada@Example.ORG' }] })).toEqual({
      to: [{ email: 'Ada@Example.ORG' }],
      kind: 'plain',
    })
    const free = taking({ any: z.json(), map: z.record(z.string(), z.number()).optional() })
    fc.assert(
      fc.property(fc.jsonValue(), (any) => {
        if (JSON.stringify(any).includes('__proto__')) return
        const input = { any: JSON.parse(JSON.stringify(any)) as Json }
        expect(parseParams(free, input)).toEqual(input)
      }),
    )
  })
  test('no member of any object gets through unless it is declared', () => {
    const declared = new Set(['to', 'at', 'kind', 'count', 'link', 'target'])
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (name) => {
        if (declared.has(name)) return
        const input = JSON.parse(`{"to":[{"email":"a@b.example"}],${JSON.stringify(name)}:1}`) as Json
        expect(problems(mail, input).map((p) => p.field)).toContain(name)
      }),
    )
  })
})

describe('a schema of parameters', () => {
  const refused: Readonly<Record<string, z.ZodType>> = {
    'an object that lets members through': z.object({ a: z.string() }),
    'a loose object in a list': z.array(z.looseObject({})),
    'a transform': z.string().transform((s) => s.length),
    'a coercion': z.coerce.number(),
    'a preprocess': z.preprocess((v) => v, z.string()),
    'a catch': z.string().catch('x'),
    'a trim': z.string().trim(),
    'an object behind optional and union': z.union([z.string(), z.object({})]).optional(),
    'a date': z.date(),
  }
  for (const [what, schema] of Object.entries(refused))
    test(`is refused with ${what}`, () => {
      expect(() => taking({ p: schema })).toThrow(TypeError)
    })
  test('says what kind a parameter is, for forms and rules', () => {
    const properties = paramsSchema(taking({ sql: code('sql'), sum: money('minor'), doc: file() }))['properties']
    expect(properties).toMatchObject({
      sql: { 'x-kind': 'code' },
      sum: { 'x-kind': 'money', 'x-unit': 'minor' },
      doc: { 'x-kind': 'file' },
    })
  })
  test('tells where the files are', () => {
    const a = taking({ one: file(), more: z.array(z.strictObject({ doc: file().optional() })).default([]) })
    const params = parseParams(a, {
      one: 'fil_01',
      more: [{}, { doc: { name: 'a.txt', type: 'text/plain', text: 'hi' } }],
    })
    expect(findFiles(a, params).map((f) => f.path)).toEqual([['one'], ['more', 1, 'doc']])
    expect(problems(a, { one: { name: 'a', type: 'text/plain', text: 'x'.repeat(70_000) } }).length).toBeGreaterThan(0)
  })
  test('refuses a risk below what the effect means', () => {
    const spec = action({
      title: 't',
      effect: 'pay',
      risk: 'low',
      params: {},
      summary: () => say`t`,
      request: () => get(path`/`),
      result: {},
      example: { params: {} },
    })
    expect(() => defineConnector({ id: 'x', name: 'X', docs: '', actions: { a: spec } })).toThrow(/risk/)
  })
})
