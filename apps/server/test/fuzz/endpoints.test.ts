import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { errors, isErrorCode } from '@permission-slip/protocol/errors.ts'
import fc from 'fast-check'
import { flavours, type Gate, makeGate } from '../harness.ts'
import { type Got, type Sent, sendRaw } from './send-raw.ts'

interface Operation {
  method: string
  path: string
  statuses: string[]
  query: string[]
  body: Schema | null
}
interface Schema {
  type?: string
  properties?: Record<string, Schema>
  items?: Schema
  enum?: unknown[]
  const?: unknown
  anyOf?: Schema[]
  additionalProperties?: Schema | boolean
}
interface Description {
  paths: Record<
    string,
    Record<
      string,
      {
        responses: Record<string, unknown>
        parameters: { name: string; in: string }[]
        requestBody?: { content: Record<string, { schema: Schema }> }
      }
    >
  >
}

async function operations(gate: Gate): Promise<Operation[]> {
  const { paths } = (await (await fetch(`${gate.url}/openapi.json`)).json()) as Description
  return Object.entries(paths).flatMap(([path, all]) =>
    Object.entries(all).map(([method, one]) => ({
      method: method.toUpperCase(),
      path,
      statuses: Object.keys(one.responses),
      query: one.parameters.filter((p) => p.in === 'query').map((p) => p.name),
      body: one.requestBody?.content['application/json']?.schema ?? null,
    })),
  )
}

const oddText = fc.constantFrom(
  '',
  '\0',
  '\ud800',
  '\u202e',
  '𝟙',
  'null',
  '__proto__',
  'constructor',
  'a'.repeat(5000),
  '../..',
  "'; drop table actions; --",
  '%00',
  '-1',
  '1e999',
  '\r\nx: y',
)
const text = fc.oneof(
  { weight: 2, arbitrary: fc.string({ maxLength: 20 }) },
  { weight: 1, arbitrary: oddText },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 8 }) },
)
const number = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(-0, 2 ** 53, -(2 ** 63), 1e308))
const anything = fc.oneof(fc.jsonValue({ maxDepth: 4 }), text, number, fc.constantFrom(null, true, [], {}))

/** Something that the schema could have meant, now and then something that it could not. */
function like(schema: Schema, ids: readonly string[]): fc.Arbitrary<unknown> {
  const fitting = (): fc.Arbitrary<unknown> => {
    if (schema.const !== undefined) return fc.constant(schema.const)
    if (schema.enum) return fc.constantFrom(...schema.enum)
    if (schema.anyOf) return fc.oneof(...schema.anyOf.map((one) => like(one, ids)))
    if (schema.type === 'object' || schema.properties) {
      const named = Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([name, one]) => [name, like(one, ids)]),
      )
      const known = fc.record(named, { requiredKeys: [] })
      return fc.oneof(
        { weight: 6, arbitrary: known },
        { weight: 1, arbitrary: fc.tuple(known, fc.dictionary(text, anything)).map(([a, b]) => ({ ...a, ...b })) },
      )
    }
    if (schema.type === 'array') return fc.array(like(schema.items ?? {}, ids), { maxLength: 4 })
    if (schema.type === 'string') return fc.oneof(fc.constantFrom(...ids, 'notebook', 'write', 'owner'), text)
    if (schema.type === 'number' || schema.type === 'integer') return number
    if (schema.type === 'boolean') return fc.boolean()
    return anything
  }
  return fc.oneof({ weight: 8, arbitrary: fc.constant(null).chain(fitting) }, { weight: 1, arbitrary: anything })
}

/** `JSON.stringify` writes lone surrogates as escapes, so this keeps what it is given, odd parts included. */
const written = (value: unknown): string => JSON.stringify(value) ?? 'null'
const brokenBodies = fc.constantFrom<string | Uint8Array>(
  '',
  '{',
  'nonsense',
  '{"a":1,"a":2}',
  '"\\ud800"',
  '"\\u0000"',
  '\ufeff{}',
  '1e999',
  `${'['.repeat(100_000)}`,
  `${'{"a":'.repeat(50)}1${'}'.repeat(50)}`,
  new Uint8Array([0x22, 0xff, 0xfe, 0x22]),
  new Uint8Array([0xed, 0xa0, 0x80]),
)
const types = fc.constantFrom(
  'application/json',
  'application/json; charset=utf-8',
  'text/plain',
  'multipart/form-data',
  'application/x-www-form-urlencoded',
  '',
  ';;;',
  'application/json, text/html',
)

function request(
  all: readonly Operation[],
  ids: readonly string[],
  tokens: readonly string[],
): fc.Arbitrary<{ operation: Operation; sent: Sent }> {
  const escaped = (value: string) => encodeURIComponent(value.toWellFormed())
  const segment = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...ids) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        '%00',
        '%ff',
        '%zz',
        '%',
        '%2e%2e',
        '%2F',
        '..',
        '.',
        '__proto__',
        'a'.repeat(3000),
        '000',
        '0/000',
        'entries/000.p/1',
        '0/x999/x999/x999/999',
        '%F0%9F%92%A9',
        '*',
        ':id',
      ),
    },
    { weight: 1, arbitrary: text.map(escaped) },
  )
  return fc.constantFrom(...all).chain((operation) => {
    const path = fc.tuple(...[...operation.path.matchAll(/\{\w+\}/g)].map(() => segment)).map((parts) => {
      let i = 0
      return operation.path.replace(/\{\w+\}/g, () => parts[i++] || 'x')
    })
    const value = fc.oneof(
      fc.constantFrom(
        '0',
        '-1',
        'abc',
        'NaN',
        'Infinity',
        '1e309',
        '0.01',
        '9007199254740993',
        '%00',
        '%ff',
        'act_0',
        'true',
        '',
        '1',
        '200',
        '99999999999999999999',
      ),
      text.map(escaped),
    )
    const query = fc
      .array(
        fc.tuple(
          fc.oneof(
            { weight: 4, arbitrary: fc.constantFrom(...operation.query, 'x') },
            { weight: 1, arbitrary: text.map(escaped) },
          ),
          value,
        ),
        { maxLength: 3 },
      )
      .map((pairs) =>
        pairs.length === 0
          ? ''
          : `?${pairs.map(([k, v]) => `${k}=${k === 'wait' && Number(v) >= 1 ? '0' : v}`).join('&')}`,
      )
    const body = fc.oneof(
      { weight: 6, arbitrary: like(operation.body ?? {}, ids).map(written) },
      { weight: 1, arbitrary: brokenBodies },
    )
    const headers = fc.record(
      {
        'idempotency-key': fc.oneof(
          fc.constantFrom('k', ' ', 'x'.repeat(256), 'a b'),
          fc.stringMatching(/^[!-~]{1,20}$/),
        ),
        'last-event-id': fc.constantFrom('0', '-1', 'abc', '9'.repeat(30)),
        'signature-input': fc.constantFrom('x', 'sig1=()', 'sig1=("@method");tag="permission-slip"', '(((('),
        signature: fc.constantFrom('x', 'sig1=::', 'sig1=:AAAA:'),
        cookie: fc.constantFrom('ps_session=x', 'ps_session', ';;;', 'ps_session=%00'),
        'x-forwarded-for': fc.constantFrom('x', '::', '1.2.3.4, 5'),
        'x-forwarded-host': fc.constantFrom('evil.example', ''),
        'content-digest': fc.constantFrom('x', 'sha-256=:AAAA:'),
        origin: fc.constantFrom('null', 'https://evil.example'),
        'content-encoding': fc.constantFrom('gzip', 'br'),
        range: fc.constant('bytes=0-1'),
      },
      { requiredKeys: [] },
    )
    const some = fc.oneof({ weight: 9, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: headers })
    return fc
      .record({
        path,
        query,
        body,
        some,
        token: fc.constantFrom(...tokens, ...tokens, ...tokens, ...tokens, ''),
        type: fc.oneof({ weight: 6, arbitrary: fc.constant('application/json') }, types),
        chunked: fc.boolean(),
      })
      .map((made) => ({
        operation,
        sent: {
          method: operation.method,
          path: `${made.path}${made.query}`,
          headers: {
            ...made.some,
            ...(made.token === '' ? {} : { authorization: `Bearer ${made.token}` }),
            ...(operation.method === 'GET' ? {} : { 'content-type': made.type }),
          },
          body: operation.method === 'GET' ? null : made.body,
          chunked: made.chunked,
        },
      }))
  })
}

/** Declared, or a problem whose code stands in the one list, with what to do now. */
function judge(operation: Operation | null, got: Got): string | null {
  if (got.type === 'application/problem+json') {
    const problem = JSON.parse(got.text) as {
      code: string
      status: number
      detail: string
      next?: { do?: string; say?: string }
    }
    if (!isErrorCode(problem.code)) return `the code ${problem.code} is not in the list`
    if (problem.status !== got.status || errors[problem.code].status !== got.status)
      return `${problem.code} came with ${got.status}`
    if (!problem.next?.do || !problem.next.say || !problem.detail) return 'it does not say what to do now'
    return got.status >= 500 && got.status !== 501 ? `${got.status} ${problem.code}: ${problem.detail}` : null
  }
  if (got.status >= 500) return `a bare ${got.status}`
  if (operation === null) return null
  return operation.statuses.includes(String(got.status)) || got.type.startsWith('text/html')
    ? null
    : `${got.status} is not declared and no problem`
}

for (const { flavour, skip } of flavours) {
  describe.skipIf(skip)(`whatever is sent, on ${flavour}`, () => {
    let gate: Gate
    let port: number
    let all: Operation[]
    let ids: string[]
    let tokens: string[]
    beforeAll(async () => {
      gate = await makeGate(flavour)
      port = gate.running.ctx.config.port
      all = await operations(gate)
      const agent = await gate.agent()
      const asked = await agent.client.actions.submit({
        connector: 'notebook',
        action: 'write',
        params: { page: 'p', body: 'b' },
      })
      const rule = await gate.owner.rules.add({
        name: 'r',
        effect: 'ask',
        connector: 'notebook',
        action: 'read',
        params: {},
      })
      // Whatever happens to the agent that is named, the one that calls stays.
      ids = [asked.id, (await gate.agent()).id, rule.id, 'con_0', 'usr_0', 'tok_0', 'fil_0', asked.digest]
      tokens = [gate.ownerToken, (await gate.owner.agents.token(agent.id, 't')).token]
    })
    afterAll(() => gate.close())

    test('no address fails in our own code; every answer is declared, or a problem with a known code and what to do now', async () => {
      expect(all.length).toBeGreaterThan(50)
      await fc.assert(
        fc.asyncProperty(fc.array(request(all, ids, tokens), { minLength: 1, maxLength: 8 }), async (several) => {
          await Promise.all(
            several.map(async ({ operation, sent }) => {
              const wrong = judge(operation, await sendRaw(port, sent))
              if (wrong !== null)
                throw new Error(`${sent.method} ${sent.path} ${String(sent.body).slice(0, 200)}: ${wrong}`)
            }),
          )
        }),
        { numRuns: 1000, interruptAfterTimeLimit: 8000, markInterruptAsFailure: false, endOnFailure: true },
      )
      expect((await fetch(`${gate.url}/healthz`)).status).toBe(200)
    }, 60_000)

    test('NUL in an address or a query is refused by name, also where a database would choke on it', async () => {
      for (const operation of all) {
        const named = operation.path.replace(/\{\w+\}/g, 'a%00b')
        const asked = operation.query.map((name) => `${operation.path.replace(/\{\w+\}/g, ids[0] ?? '')}?${name}=a%00b`)
        for (const path of [...(named === operation.path ? [] : [named]), ...asked])
          for (const token of tokens) {
            const got = await sendRaw(port, {
              method: operation.method,
              path,
              headers: { authorization: `Bearer ${token}` },
              body: null,
            })
            expect([operation.method, path, judge(operation, got)]).toEqual([operation.method, path, null])
          }
      }
    })

    test('bodies of ten megabytes, with and without a length, are refused by every address that takes one', async () => {
      const huge = Buffer.alloc(10 * 1024 * 1024, 0x20)
      for (const operation of all.filter((o) => o.body !== null)) {
        for (const chunked of [false, true]) {
          const sent = {
            method: operation.method,
            path: operation.path.replace(/\{\w+\}/g, ids[0] ?? 'x'),
            headers: { authorization: `Bearer ${tokens[0]}`, 'content-type': 'application/json' },
            body: huge,
            chunked,
          }
          const got = await sendRaw(port, sent).catch((error: Error & { code?: string }) => error)
          // A server that refuses early may close before it has read: then there is no answer to judge.
          if (got instanceof Error) expect(['EPIPE', 'ECONNRESET']).toContain(got.code ?? got.message)
          else
            expect([operation.path, judge(operation, got), got.status < 500 && got.status >= 400]).toEqual([
              operation.path,
              null,
              true,
            ])
        }
      }
      expect((await fetch(`${gate.url}/healthz`)).status).toBe(200)
    }, 60_000)

    test('addresses that are not there and methods that are not taken answer as problems too', async () => {
      for (const [method, path] of [
        ['GET', '/api/v1/nonsense'],
        ['POST', '/'],
        ['DELETE', '/api/v1/actions'],
        ['PUT', '/api/v1/session'],
        ['POST', '/index.html'],
        ['OPTIONS', '/api/v1/actions'],
        ['PATCH', '/healthz'],
        ['GET', '/api/v1/actions/a/b/c'],
        ['GET', '//api/v1/me'],
        ['GET', '/api/v1/../v1/me'],
        ['POST', '/%00'],
      ] as const) {
        const got = await sendRaw(port, { method, path, headers: {}, body: null })
        expect([method, path, judge(null, got), got.status < 500]).toEqual([method, path, null, true])
      }
    })
  })
}
