import { describe, expect, test } from 'bun:test'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Json, JsonObject } from '@permission-slip/protocol/json.ts'
import { finish } from '../kit/drive.ts'
import { ServiceFault } from '../kit/faults.ts'
import { resolveOrigin } from '../kit/origin.ts'
import { parseParams } from '../kit/params.ts'
import { exampleContext, render } from '../kit/render.ts'
import { describeAction, paramsSchema, resultSchema } from '../kit/schema.ts'
import type { Action, Connector } from '../kit/types.ts'
import { looseParts } from '../kit/walk.ts'
import { connectors } from '../src/index.ts'
import { another } from './sample.ts'

/** What does not yet hold, as `connector.action: rule`. May only shrink. */
const exceptions: ReadonlySet<string> = new Set([])

const loaded = await Promise.all(connectors.map(async (c) => ({ ...c, connector: await c.load() })))
const canary = 'canary-0f3c9a-never-shown'

/** A test for every action, named after it. */
const each = (rule: string, check: (connector: Connector, action: Action) => void | Promise<void>): void => {
  for (const { connector } of loaded)
    for (const action of Object.values(connector.actions)) {
      const name = `${connector.id}.${action.id}: ${rule}`
      if (!exceptions.has(name)) test(name, () => check(connector, action))
    }
}
const paramsOf = (a: Action): JsonObject => parseParams(a, a.example.params)
/** The requests; or, where a check between two steps refuses these parameters by the example's answers, its words. */
const text = async (c: Connector, a: Action, params: JsonObject): Promise<string> => {
  try {
    return JSON.stringify(await render(c, a, params, exampleContext(a), { example: true }))
  } catch (error) {
    if (error instanceof ServiceFault) return error.message
    throw error
  }
}

describe('the list of connectors', () => {
  test('names every file of src, and each connector says its own id and name', () => {
    const apart = ['index.ts', 'catalogue.ts', 'render.ts']
    const files = readdirSync(join(import.meta.dirname, '../src')).filter(
      (f) => f.endsWith('.ts') && !apart.includes(f),
    )
    expect(connectors.map((c) => `${c.id}.ts`).sort()).toEqual(files.sort())
    for (const { id, name, family, connector } of loaded)
      expect([connector.id, connector.name, connector.family]).toEqual([id, name, family])
  })
})

describe('every action', () => {
  each('has a JSON Schema that forbids unknown parameters', (_, a) => {
    expect(paramsSchema(a)['additionalProperties']).toBe(false)
    expect(looseParts(a.params)).toEqual([])
    expect(resultSchema(a)).toBeObject()
    expect(() => describeAction(a)).not.toThrow()
  })
  each('has an example that parses, fills only defaults, and renders', async (c, a) => {
    const parsed = paramsOf(a)
    expect(parsed).toMatchObject(a.example.params)
    expect(parseParams(a, parsed)).toEqual(parsed)
    expect((await render(c, a, parsed, exampleContext(a), { example: true })).length).toBeGreaterThan(0)
  })
  each('stays on its origins', async (c, a) => {
    const origins = Object.keys(c.origins).map((o) => resolveOrigin(c, o, exampleContext(a).fields))
    for (const r of await render(c, a, paramsOf(a), exampleContext(a), { example: true }))
      if (r.url !== null && !r.handoff) expect(origins.some((o) => r.url?.startsWith(`${o}/`))).toBe(true)
  })
  each('reads every parameter', async (c, a) => {
    for (const name of Object.keys(a.params.shape)) {
      // An option may only matter beside another, so each is changed from the example and from the bare parameters.
      const from = paramsOf(a)
      const value = another(a, name, from[name])
      expect({ name, value: value !== undefined }).toEqual({ name, value: true })
      expect({
        name,
        changed: (await text(c, a, { ...from, [name]: value ?? null })) !== (await text(c, a, from)),
      }).toEqual({ name, changed: true })
    }
  })
  each('has a summary of words and values that is one line', (_, a) => {
    const { parts, text: line } = a.summary(paramsOf(a))
    expect(line).not.toMatch(/[\n\r]/)
    expect(parts.length).toBeGreaterThan(0)
    expect('text' in (parts[0] ?? {})).toBe(true)
  })
  each('says how it is undone or that it is not, if it deletes, sends or pays', (_, a) => {
    if (['delete', 'send', 'pay'].includes(a.effect)) expect(a.undo).not.toBeNull()
  })
  each('pins what it names, or says that it can change', (_, a) => {
    if (['read', 'create', 'send'].includes(a.effect)) return
    expect(Object.keys(a.pins)).not.toEqual([])
    for (const [name, pin] of Object.entries(a.pins)) {
      expect(Object.keys(a.params.shape)).toContain(name)
      if ('by' in pin) expect(Object.keys(a.params.shape)).toContain(pin.by)
      else expect(pin.unpinned).toMatch(/\.$/)
    }
  })
  each('drops what the service sends beside the declared result', (c, a) => {
    const schema = resultSchema(a)
    if (schema['type'] !== 'object') return
    const given = Object.fromEntries(
      Object.entries(schema['properties'] as JsonObject).map(([k, s]) => [k, fits(s as JsonObject)]),
    )
    expect(JSON.stringify(finish(a, { ...given, [canary]: canary }))).not.toContain(canary)
    expect(c.id).toBeString()
  })
  each('carries a key wherever it says that the service takes one', async (c, a) => {
    if (a.idempotency === null) return
    expect(await text(c, a, paramsOf(a))).toContain(exampleContext(a).key)
    expect(a.idempotency.window_s).toBeGreaterThan(0)
  })
})

describe('every connector', () => {
  for (const { connector } of loaded) {
    test(`${connector.id}: every field of its form is used`, async () => {
      const read = new Set<string>()
      for (const action of Object.values(connector.actions)) {
        const ctx = exampleContext(action)
        const fields = new Proxy(ctx.fields, { get: (t, k) => Reflect.get(t, read.add(String(k)) && k) })
        await render(connector, action, paramsOf(action), { ...ctx, fields }, { example: true })
      }
      for (const auth of connector.auth) {
        const { apply } = auth
        if (apply.kind === 'driver') continue
        const applied = JSON.stringify(apply)
        for (const f of auth.fields) expect(read.has(f.name) || applied.includes(`"${f.name}"`)).toBe(true)
        for (const f of auth.fields.filter((f) => f.secret)) expect(read.has(f.name)).toBe(false)
      }
    })
    test(`${connector.id}: what decides the destination is entered in its form, and is no secret`, () => {
      for (const name of connector.destination)
        for (const auth of connector.auth) expect(auth.fields.find((f) => f.name === name)?.secret).toBe(false)
    })
    test(`${connector.id}: a credential in the connection turns up nowhere`, async () => {
      const secrets = connector.auth.flatMap((a) => a.fields.filter((f) => f.secret).map((f) => [f.name, canary]))
      for (const action of Object.values(connector.actions)) {
        const ctx = exampleContext(action)
        const fields = { ...ctx.fields, ...Object.fromEntries(secrets) }
        const shown = await render(connector, action, paramsOf(action), { ...ctx, fields }, { example: true })
        expect(JSON.stringify([shown, action.summary(paramsOf(action))])).not.toContain(canary)
      }
    })
  }
})

/** A value that a JSON Schema of a result takes. */
function fits(schema: JsonObject): Json {
  if (Array.isArray(schema['anyOf'])) return fits(schema['anyOf'].at(-1) as JsonObject)
  switch (schema['type']) {
    case 'string':
      return 'x'
    case 'number':
    case 'integer':
      return 1
    case 'boolean':
      return true
    case 'array':
      return []
    case 'object':
      return Object.fromEntries(
        Object.entries((schema['properties'] ?? {}) as JsonObject).map(([k, s]) => [k, fits(s as JsonObject)]),
      )
    default:
      return null
  }
}
