import { describe, expect, test } from 'bun:test'
import { renderedRequest } from '@permission-slip/protocol/action.ts'
import { Refusal } from '@permission-slip/protocol/errors.ts'
import { FieldFault } from '../kit/faults.ts'
import { resolveOrigin } from '../kit/origin.ts'
import { parseParams } from '../kit/params.ts'
import { exampleContext, render } from '../kit/render.ts'
import type { Action } from '../kit/types.ts'
import { toWire } from '../kit/wire.ts'
import { connectors } from '../src/index.ts'
import { renderAction, renderAll } from '../src/render.ts'
import { shop } from './shop.ts'

const act = (id: string): Action => {
  const a = shop.actions[id]
  if (!a) throw new Error(id)
  return a
}
const example = (id: string) =>
  render(shop, act(id), parseParams(act(id), act(id).example.params), exampleContext(act(id)), { example: true })

describe('rendering', () => {
  test('prints every action of every connector in the fixed shape', async () => {
    const all = await renderAll()
    for (const line of all) expect(renderedRequest.safeParse(line).error).toBeUndefined()
    expect(new Set(all.map((l) => l.connector))).toEqual(new Set(connectors.map((c) => c.id)))
  })
  test('prints the exact request', async () => {
    expect(await example('order')).toEqual([
      {
        connector: 'shop',
        action: 'order',
        step: 1,
        method: 'POST',
        url: 'https://acme.shop.example/orders',
        headers: {
          accept: 'application/json',
          'content-type': 'application/x-www-form-urlencoded',
          'idempotency-key': 'example-key',
          'shop-version': '2026-01',
        },
        body: 'line[sku]=a',
        example: true,
        handoff: false,
      },
    ])
  })
  test('prints later steps from the example, and marks what goes to an address from an answer', async () => {
    expect((await example('upload')).map((r) => [r.step, r.url, r.body, r.handoff])).toEqual([
      [1, 'https://acme.shop.example/uploads', '{"name":"a.txt"}', false],
      [2, 'https://files.shop.example/put?sig=1', 'hello', true],
      [3, 'https://uploads.shop.example/v1/complete', '{"id":"u1"}', false],
    ])
    const real = await render(shop, act('upload'), act('upload').example.params, exampleContext(act('upload')))
    expect(real.map((r) => r.example)).toEqual([false, true, true])
  })
  test('gives the digest of a body that is no text', async () => {
    const action = act('photo')
    const ctx = { ...exampleContext(action), file: () => new Uint8Array([0xff, 0xfe]) }
    const [line] = await render(shop, action, action.example.params, ctx)
    expect(line?.body).toBeNull()
    expect(line?.body_sha256).toMatch(/^[0-9a-f]{64}$/)
  })
  test('prints what is not HTTP without an address, in its own language', async () => {
    const [sql] = await renderAction('postgres', 'query', { params: { sql: 'SELECT $1', params: ['a'] } })
    expect(sql).toMatchObject({
      method: 'POSTGRES',
      url: null,
      body: 'SELECT $1\n-- $1 = "a"\n-- at most 1000 rows',
      example: false,
    })
    const [set] = await renderAction('redis', 'set', { params: { key: 'a b', value: 'c' } })
    expect(set).toMatchObject({ method: 'REDIS', url: null, body: 'SET "a b" c' })
  })
  test('refuses what is not there, or not right, by name', async () => {
    expect(renderAction('nothing', 'x')).rejects.toMatchObject({ code: 'unknown_connector' })
    expect(renderAction('postgres', 'toString')).rejects.toMatchObject({ code: 'unknown_action' })
    expect(renderAction('postgres', 'query', { params: { sql: 1 } })).rejects.toBeInstanceOf(Refusal)
    expect(renderAction('postgres', 'query', { auth: 'oauth' })).rejects.toBeInstanceOf(Refusal)
  })
})

describe('an origin', () => {
  test('takes a field only if it matches its pattern whole', () => {
    expect(resolveOrigin(shop, 'api', { shop: 'acme' })).toBe('https://acme.shop.example')
    for (const bad of ['', 'a.b', 'evil.example/', 'acme\nx', 'u@evil', 'a#', 'acme:80'])
      expect(() => resolveOrigin(shop, 'api', { shop: bad })).toThrow(FieldFault)
    expect(() => resolveOrigin(shop, 'constructor', {})).toThrow(TypeError)
  })
  test('can be replaced as a whole, for all or by name, with a path below which the service is', () => {
    expect(resolveOrigin(shop, 'api', {}, { origins: { shop: 'http://127.0.0.1:9/' } })).toBe('http://127.0.0.1:9')
    expect(resolveOrigin(shop, 'uploads', {}, { origins: { shop: { api: 'http://127.0.0.1:9' } } })).toBe(
      'https://uploads.shop.example/v1',
    )
    expect(resolveOrigin(shop, 'api', {}, { origins: { shop: { api: 'https://ghe.example/api/v3/' } } })).toBe(
      'https://ghe.example/api/v3',
    )
    for (const bad of ['ftp://x', 'https://u:p@x', 'https://x/?a', 'x'])
      expect(() => resolveOrigin(shop, 'api', {}, { origins: { shop: bad } })).toThrow(FieldFault)
  })
  test('is not left by a path that a URL parser would change', () => {
    const at = (path: string) =>
      toWire(
        shop,
        null,
        { method: 'GET', to: { origin: 'api' }, path, headers: {}, body: null },
        exampleContext(act('read')),
        1,
      ).url
    expect(at('/a%20b?q=%2F..')).toBe('https://acme.shop.example/a%20b?q=%2F..')
    for (const bad of ['', '.evil.example/', '@evil.example/', ':1/', '/a/../b', '/a\\b', '/%2e%2e/x', '/a#b', '/a b'])
      expect(() => at(bad)).toThrow()
  })
  test('a header can not carry a line break', () => {
    const request = {
      method: 'GET',
      to: { origin: 'api' },
      path: '/',
      headers: { a: 'b\r\nc: d' },
      body: null,
    } as const
    expect(() => toWire(shop, null, request, exampleContext(act('read')), 1)).toThrow(/header/)
  })
})
