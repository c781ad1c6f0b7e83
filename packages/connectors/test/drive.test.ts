import { describe, expect, test } from 'bun:test'
import type { Json, JsonObject } from '@permission-slip/protocol/json.ts'
import { z } from 'zod'
import { call, parseJson } from '../kit/answer.ts'
import { action, defineConnector } from '../kit/define.ts'
import { drive, newProgress } from '../kit/drive.ts'
import { BadAnswer, NotSent, ServiceFault, Unanswered } from '../kit/faults.ts'
import { path } from '../kit/path.ts'
import { post } from '../kit/request.ts'
import { say } from '../kit/say.ts'
import type { Action, Context, Send } from '../kit/types.ts'
import { send, service } from './server.ts'
import { shop } from './shop.ts'

const stored = { id: 'fil_1', name: 'a.txt', type: 'text/plain', size: 5, sha256: '0'.repeat(64) }
const ctx: Context = {
  fields: { shop: 'acme' },
  account: null,
  key: 'k1',
  now: 0,
  file: () => new TextEncoder().encode('hello'),
}
const act = (id: string): Action => {
  const a = shop.actions[id]
  if (!a) throw new Error(id)
  return a
}
interface Ran {
  readonly result?: Json
  readonly error?: unknown
  readonly progress: ReturnType<typeof newProgress>
}
async function run(
  id: string,
  params: JsonObject,
  origin: string,
  more: { maxAnswerBytes?: number } = {},
): Promise<Ran> {
  const progress = newProgress()
  try {
    const origins = { shop: { api: origin, uploads: `${origin}/up`, handoff: origin } }
    return { result: await drive(shop, act(id), params, ctx, send, { origins, progress, ...more }), progress }
  } catch (error) {
    return { error, progress }
  }
}
const answering = (status: number, body: Json | string = {}, headers: Record<string, string> = {}) =>
  service(
    () =>
      new Response(typeof body === 'string' ? body : JSON.stringify(body), {
        status,
        headers: { 'content-type': 'application/json', ...headers },
      }),
  )

describe('one request', () => {
  test('is sent once, with the service version and the key, and gives back only declared fields', async () => {
    using s = answering(200, { id: 'o1', internal: 'x', lines: [{ name: 'a', cost: 1 }] })
    expect(await run('order', { sku: 'a b' }, s.origin)).toEqual({
      result: { id: 'o1' },
      progress: { sent: 1, answered: 1, effects: 1 },
    })
    expect(s.got).toHaveLength(1)
    expect(s.got[0]).toMatchObject({ method: 'POST', path: '/orders', body: 'line[sku]=a%20b' })
    expect(s.got[0]?.headers).toMatchObject({
      'shop-version': '2026-01',
      'idempotency-key': 'k1',
      'content-type': 'application/x-www-form-urlencoded',
    })
    expect((await run('read', { id: 'o1' }, s.origin)).result).toEqual({ id: 'o1', lines: [{ name: 'a' }] })
    expect(s.got[1]?.headers['idempotency-key']).toBeUndefined()
  })
  test('keeps whole numbers beyond 2^53 exact, as text, and drops __proto__', async () => {
    using s = answering(200, '{"id":"o1","big":9007199254740993,"__proto__":{"id":"x"}}')
    expect((await run('read', { id: 'o1' }, s.origin)).result).toEqual({ id: 'o1', big: '9007199254740993' })
  })
  test('is read without a way to change what objects are', () => {
    const read = parseJson(new TextEncoder().encode('{"a":{"__proto__":{"x":1},"b":1e400,"c":-0.5}}'))
    expect(JSON.stringify(read)).toBe('{"a":{"b":"1e400","c":-0.5}}')
    expect(() => parseJson(new Uint8Array([0x22, 0xff, 0x22]))).toThrow()
  })
  test('without a body is an empty answer', async () => {
    using s = service(() => new Response(null, { status: 204 }))
    expect(await run('remove', { id: 'o1' }, s.origin)).toEqual({
      result: {},
      progress: { sent: 1, answered: 1, effects: 1 },
    })
  })
  test('that was done, but whose answer is unreadable, incomplete or too large, did happen', async () => {
    for (const body of ['<html>', '{"id":', '{}', '{"id":7}']) {
      using s = answering(200, body)
      const ran = await run('order', { sku: 'a' }, s.origin)
      expect(ran.error).toBeInstanceOf(BadAnswer)
      expect(ran.progress.effects).toBe(1)
    }
    using s = answering(200, { id: 'x'.repeat(2000) })
    expect((await run('order', { sku: 'a' }, s.origin, { maxAnswerBytes: 1000 })).error).toMatchObject({
      name: 'BadAnswer',
      code: 'answer_too_large',
    })
  })
})

describe('what the service says', () => {
  const refused: [string, number, Json | string, Record<string, string>, string, boolean][] = [
    ['a wrong request', 422, { error: { message: 'no such sku' } }, {}, 'service_refused', false],
    ['no such thing', 404, { message: 'not found' }, {}, 'service_refused', false],
    ['a bad credential', 401, { message: 'Bad credentials' }, {}, 'credential_refused', false],
    ['a missing scope', 403, { error: 'insufficient scope' }, {}, 'credential_refused', false],
    ['a thing that this account may not see', 403, { message: 'archived' }, {}, 'service_refused', false],
    ['too many requests', 429, {}, { 'retry-after': '30' }, 'service_rate_limited', true],
    ['a method that it does not have', 501, {}, {}, 'service_failed', false],
    ['another address', 308, '', { location: 'https://evil.example/' }, 'service_refused', false],
  ]
  for (const [what, status, body, headers, code, retryable] of refused)
    test(`${status}, ${what}, is ${code}: nothing happened`, async () => {
      using s = answering(status, body, headers)
      const ran = await run('order', { sku: 'a' }, s.origin)
      expect(ran.error).toBeInstanceOf(ServiceFault)
      expect(ran.error).toMatchObject({ code, retryable })
      expect(ran.progress).toEqual({ sent: 1, answered: 1, effects: 0 })
      expect(s.got).toHaveLength(1)
    })
  for (const status of [500, 502, 503, 504, 408, 303])
    test(`${status} leaves open whether a change happened, and is a plain failure of a read`, async () => {
      using s = answering(status)
      expect((await run('order', { sku: 'a' }, s.origin)).error).toBeInstanceOf(Unanswered)
      expect((await run('remove', { id: 'a' }, s.origin)).error).toBeInstanceOf(Unanswered)
      expect((await run('read', { id: 'a' }, s.origin)).error).toBeInstanceOf(ServiceFault)
      expect(s.got).toHaveLength(3)
    })
  test('its own words are repeated short, on one line, wherever they stand', async () => {
    const told: [Json | string, string, string][] = [
      [{ errors: [{ message: 'a' }, { detail: 'b' }] }, 'application/json', 'a; b'],
      ['<Error><Code>X</Code><Message>Denied here</Message></Error>', 'application/xml', 'Denied here'],
      ['two\nlines', 'text/plain', 'two ⏎ lines'],
      ['<html>secret page</html>', 'text/html', ''],
    ]
    for (const [body, type, words] of told) {
      using s = answering(400, body, { 'content-type': type })
      const { error } = await run('order', { sku: 'a' }, s.origin)
      expect(error).toMatchObject({
        message: words === '' ? 'The service answered 400.' : `The service answered 400: ${words}`,
      })
    }
    using s = answering(400, { message: 'x'.repeat(5000) })
    const { error } = await run('order', { sku: 'a' }, s.origin)
    expect(error instanceof Error && error.message.length).toBeLessThan(400)
  })
  test('errors of GraphQL in a 200 are a refusal', async () => {
    using s = answering(200, { data: { rename: null }, errors: [{ message: 'taken' }] })
    const ran = await run('rename', { to: 'b' }, s.origin)
    expect(ran.error).toMatchObject({ code: 'service_refused', message: 'The service refused it: taken' })
    expect(ran.progress.effects).toBe(0)
  })
})

describe('several requests', () => {
  const upload = (third: () => Response, second: () => Response = () => new Response('')) =>
    service((got, origin) => {
      if (got.path === '/uploads') return Response.json({ upload_url: `${origin}/put?sig=1`, id: 'u1' })
      return got.path.startsWith('/put') ? second() : third()
    })
  test('go out in order, each step with its own key, the hand-off without our headers', async () => {
    using s = upload(() => Response.json({ url: 'https://shop.example/u1' }))
    expect(await run('upload', { doc: stored }, s.origin)).toEqual({
      result: { id: 'u1', url: 'https://shop.example/u1' },
      progress: { sent: 3, answered: 3, effects: 2 },
    })
    expect(s.got.map((g) => [g.method, g.path, g.headers['idempotency-key'], g.headers['shop-version']])).toEqual([
      ['POST', '/uploads', undefined, '2026-01'],
      ['POST', '/put?sig=1', 'k1-2', undefined],
      ['POST', '/up/complete', 'k1-3', '2026-01'],
    ])
    expect(s.got[1]?.body).toBe('hello')
  })
  test('a refusal after a step that had an effect tells how much was done', async () => {
    using s = upload(() => Response.json({ message: 'no' }, { status: 400 }))
    const ran = await run('upload', { doc: stored }, s.origin)
    expect(ran.error).toMatchObject({ code: 'service_refused' })
    expect(ran.progress).toEqual({ sent: 3, answered: 3, effects: 1 })
  })
  test('a refusal before any effect tells that nothing was done, and nothing more is sent', async () => {
    using s = upload(
      () => Response.json({}),
      () => new Response('', { status: 403 }),
    )
    const ran = await run('upload', { doc: stored }, s.origin)
    expect(ran.error).toMatchObject({ code: 'service_refused' })
    expect(ran.progress).toEqual({ sent: 2, answered: 2, effects: 0 })
  })
  test('an unreadable answer in the middle stops there; after the last one everything was done', async () => {
    using middle = service(() => Response.json({ id: 'u1' }))
    expect((await run('upload', { doc: stored }, middle.origin)).error).toMatchObject({
      name: 'ServiceFault',
      code: 'service_failed',
    })
    expect(middle.got).toHaveLength(1)
    using last = upload(() => Response.json({}))
    expect((await run('upload', { doc: stored }, last.origin)).error).toBeInstanceOf(BadAnswer)
  })
  test('an answer that can not be used, in the middle, is no success, and what was done before it counts', async () => {
    const long = { id: 'u1', url: 'x'.repeat(2000), upload_url: 'x'.repeat(2000) }
    const small = { maxAnswerBytes: 1000 }
    // The first step changes nothing, and its answer is needed for the next.
    using first = service(() => Response.json(long))
    const none = await run('upload', { doc: stored }, first.origin, small)
    expect(none.error).toMatchObject({ name: 'ServiceFault', code: 'service_failed' })
    expect(none.progress).toEqual({ sent: 1, answered: 1, effects: 0 })
    // The second has an effect, and nothing but its place in the code says that it is not the last.
    using second = upload(
      () => Response.json({ url: 'https://shop.example/u1' }),
      () => Response.json(long),
    )
    const open = await run('upload', { doc: stored }, second.origin, small)
    expect(open.error).toBeInstanceOf(Unanswered)
    expect(open.error).toMatchObject({ message: expect.stringContaining('Step 2') })
    expect(open.progress).toEqual({ sent: 2, answered: 2, effects: 1 })
    // The last says that it completes the action: everything was done.
    using last = upload(() => Response.json(long))
    const done = await run('upload', { doc: stored }, last.origin, small)
    expect(done.error).toMatchObject({ name: 'BadAnswer', code: 'answer_too_large' })
    expect(done.progress).toEqual({ sent: 3, answered: 3, effects: 2 })
  })
  test('a step that was done and is followed by others, its answer lost on the way, fails in part', async () => {
    const two = defineConnector({
      id: 'two',
      name: 'Two',
      docs: '',
      origins: { api: 'https://two.invalid' },
      account: false,
      actions: {
        make: action({
          title: 'Make two',
          effect: 'create',
          params: {},
          summary: () => say`Make two`,
          *request() {
            yield* call(post(path`/first`, {}), { id: z.string() })
            return yield* call(post(path`/second`, {}), { id: z.string() }, { completes: true })
          },
          result: { id: z.string() },
          example: { params: {}, answers: [{ id: 'a' }, { id: 'b' }] },
        }),
      },
    })
    const failing = async (at: string) => {
      const progress = newProgress()
      const sends: Send = async (wire) => {
        if (wire.url.endsWith(at)) throw new BadAnswer("The answer can't be unpacked.")
        return { status: 200, headers: {}, body: new TextEncoder().encode('{"id":"a"}') }
      }
      const make = two.actions['make']
      if (!make) throw new Error('no action')
      const error = await drive(two, make, {}, { ...ctx, fields: {} }, sends, { progress }).catch((e: unknown) => e)
      return { error, progress }
    }
    const first = await failing('/first')
    expect(first.error).toMatchObject({ name: 'ServiceFault', code: 'service_failed' })
    expect(first.progress).toEqual({ sent: 1, answered: 1, effects: 1 })
    const second = await failing('/second')
    expect(second.error).toBeInstanceOf(BadAnswer)
    expect(second.progress).toEqual({ sent: 2, answered: 2, effects: 2 })
  })
  test('an address from an answer is followed only to the listed hosts, by https', async () => {
    for (const url of [
      'https://evil.example/x',
      'http://files.shop.example/x',
      'https://files.shop.example.evil.example/',
      'https://files.shop.example:8443/',
      'https://u@files.shop.example/',
      'https://blobs.example/',
      'https://evilfiles.shop.example/',
      'https://127.0.0.1/',
    ]) {
      using s = service(() => Response.json({ upload_url: url, id: 'u1' }))
      const ran = await run('upload', { doc: stored }, s.origin)
      expect({ url, error: ran.error instanceof NotSent && ran.error.code }).toEqual({ url, error: 'egress_refused' })
      expect(s.got).toHaveLength(1)
    }
  })
})
