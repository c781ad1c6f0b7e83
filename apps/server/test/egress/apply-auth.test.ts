import { describe, expect, test } from 'bun:test'
import { createHmac } from 'node:crypto'
import { NotSent } from '@permission-slip/connectors/kit/faults.ts'
import type { Apply } from '@permission-slip/connectors/kit/types.ts'
import { Secret } from '../../src/connections/secret.ts'
import { applyAuth } from '../../src/egress/apply-auth.ts'
import { request } from './support.ts'

const credential = (secrets: Record<string, string>, fields: Record<string, string> = {}) => ({
  fields,
  secrets: new Map(Object.entries(secrets).map(([name, value]) => [name, new Secret(value)])),
  now: 1_614_265_330_000,
})
const url = 'https://svc.test/x?a=1'
const apply = (how: Apply, secrets: Record<string, string>, over = {}, fields = {}) =>
  applyAuth(request(url, { headers: {}, ...over }), how, credential(secrets, fields))

describe('how a credential is put on a request', () => {
  test.each<[Apply, Record<string, string>, object]>([
    [{ kind: 'none' }, {}, { url, headers: {} }],
    [{ kind: 'bearer', secret: 't' }, { t: 'tok' }, { url, headers: { authorization: 'Bearer tok' } }],
    [
      { kind: 'basic', user: { text: 'api' }, password: { secret: 't' } },
      { t: 'p:ü' },
      { url, headers: { authorization: `Basic ${Buffer.from('api:p:ü').toString('base64')}` } },
    ],
    [
      { kind: 'basic', user: { secret: 't' }, password: { text: 'X' } },
      { t: 'key' },
      { url, headers: { authorization: `Basic ${Buffer.from('key:X').toString('base64')}` } },
    ],
    [
      { kind: 'header', name: 'X-Api-Key', secret: 't', prefix: 'k ' },
      { t: 'tok' },
      { url, headers: { 'x-api-key': 'k tok' } },
    ],
    [
      { kind: 'query', name: 'key', secret: 't' },
      { t: 'a&b c' },
      { url: 'https://svc.test/x?a=1&key=a%26b%20c', headers: {} },
    ],
  ])('%j', (how, secrets, expected) => {
    expect(applyAuth(request(url, { headers: {} }), how, credential(secrets))).toEqual(expected as never)
  })

  test('never onto a hand-off, nor onto what says no', () => {
    for (const over of [{ handoff: true }, { credential: false }])
      for (const how of [
        { kind: 'bearer', secret: 't' },
        { kind: 'query', name: 'k', secret: 't' },
        { kind: 'standard-webhooks', secret: 't' },
      ] as const)
        expect(apply(how, { t: 'whsec_AAAA' }, over)).toEqual({ url, headers: {} })
  })

  test('a missing secret, one with a line break, and a header that is there already send nothing', () => {
    expect(() => apply({ kind: 'bearer', secret: 't' }, {})).toThrow(NotSent)
    expect(() => apply({ kind: 'bearer', secret: 't' }, { t: 'a\r\nx: y' })).toThrow('line break')
    expect(() => apply({ kind: 'bearer', secret: 't' }, { t: 'a' }, { headers: { authorization: 'other' } })).toThrow(
      "credential's",
    )
    expect(() => apply({ kind: 'query', name: 'a', secret: 't' }, { t: 'x' })).toThrow("credential's")
  })

  test("Standard Webhooks: the specification's own example", () => {
    // github.com/standard-webhooks, spec: secret, id, timestamp, body and signature of its example.
    const secret = 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
    const body = Buffer.from('{"test": 2432232314}')
    const { headers } = apply(
      { kind: 'standard-webhooks', secret: 't' },
      { t: `whsec_${secret}` },
      { key: 'msg_p5jXN8AQM9LWM0D4loKWxJek', body, method: 'POST' },
    )
    expect(headers).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    })
    const mac = createHmac('sha256', Buffer.from(secret, 'base64'))
      .update(`msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.${body}`)
      .digest('base64')
    expect(headers['webhook-signature']).toBe(`v1,${mac}`)
    expect(() => apply({ kind: 'standard-webhooks', secret: 't' }, { t: 'whsec_not base64!' }, { key: 'm' })).toThrow(
      'base64',
    )
    expect(() => apply({ kind: 'standard-webhooks', secret: 't' }, { t: 'whsec_AAAA' }, { key: null })).toThrow('id')
  })
})
