import { describe, expect, test } from 'bun:test'
import type { Json, JsonObject } from '@permission-slip/protocol/json.ts'
import { Unanswered } from '../kit/faults.ts'
import { check, probe } from '../kit/probe.ts'
import { written } from '../src/stripe/money.ts'
import { stripe } from '../src/stripe.ts'
import { actionOf, context, run } from './run.ts'
import { type Got, send, service } from './server.ts'

const at = (origin: string) => ({ stripe: origin })
/** An account whose objects are at their paths; everything that is posted is answered by `posted`. */
const account = (objects: Readonly<Record<string, Json>>, posted: (got: Got) => Json = () => ({})) =>
  service((got) => {
    if (got.method !== 'GET') return Response.json(posted(got))
    const found = objects[got.path]
    return found === undefined ? Response.json({ error: { message: 'none' } }, { status: 404 }) : Response.json(found)
  })
const sent = (s: { got: readonly Got[] }) =>
  s.got.map((g) => [g.method, g.path, g.headers['idempotency-key'], g.body] as const)

describe('money', () => {
  test('is written as people read it, by the digits that Stripe gives each currency', () => {
    expect([
      written(1250, 'eur'),
      written(5, 'usd'),
      written(500, 'jpy'),
      written(5124, 'kwd'),
      written(100, 'isk'),
      written(-50, 'usd'),
    ]).toEqual(['12.50 EUR', '0.05 USD', '500 JPY', '5.124 KWD', '1.00 ISK', '-0.50 USD'])
  })
  test('of every action that moves it is what its summary says', () => {
    const moving = Object.values(stripe.actions).filter((a) => a.amount(a.example.params as JsonObject).length > 0)
    expect(moving.map((a) => a.id)).toEqual([
      'create_payment_intent',
      'charge_customer',
      'refund',
      'create_invoice',
      'finalize_invoice',
      'send_invoice',
      'create_payment_link',
    ])
    for (const a of moving)
      for (const { value, currency, unit } of a.amount(a.example.params)) {
        expect(unit).toBe('minor')
        expect(a.summary(a.example.params).text).toContain(written(value, currency))
      }
  })
})

describe('a refund', () => {
  const refund = { payment: 'pi_1', amount: 1250, currency: 'eur' }
  const done = { id: 're_1', status: 'succeeded', amount: 1250, currency: 'eur' }
  test('is of the payment and the amount that were approved, under the key of its step', async () => {
    using s = account({ '/v1/payment_intents/pi_1': { currency: 'eur' } }, () => done)
    expect(await run(stripe, 'refund', refund, at(s.origin))).toEqual({
      result: done,
      progress: { sent: 2, answered: 2, effects: 1 },
    })
    expect(sent(s)).toEqual([
      ['GET', '/v1/payment_intents/pi_1', undefined, ''],
      ['POST', '/v1/refunds', 'k1-2', 'payment_intent=pi_1&amount=1250'],
    ])
    expect(s.got[1]?.headers['stripe-version']).toBe('2023-08-16')
  })
  test('names a charge as a charge', async () => {
    using s = account({ '/v1/charges/ch_1': { currency: 'eur' } }, () => done)
    await run(stripe, 'refund', { ...refund, payment: 'ch_1' }, at(s.origin))
    expect(s.got[1]?.body).toBe('charge=ch_1&amount=1250')
  })
  test('of a payment in another currency is not asked for', async () => {
    using s = account({ '/v1/payment_intents/pi_1': { currency: 'jpy' } }, () => done)
    const ran = await run(stripe, 'refund', refund, at(s.origin))
    expect(ran.error).toMatchObject({
      code: 'service_refused',
      message: 'It is in JPY, not in EUR, so nothing was changed.',
    })
    expect(ran.progress).toEqual({ sent: 1, answered: 1, effects: 0 })
  })
})

describe('an invoice', () => {
  test('is drafted with its own lines only, each under a key of its own', async () => {
    let made = 0
    using s = account({}, () => ({ id: `x_${++made}` }))
    const lines = [
      { description: 'January', amount: 12000 },
      { description: 'Travel & rest', amount: 50 },
    ]
    const ran = await run(stripe, 'create_invoice', { customer: 'cus_1', currency: 'eur', lines }, at(s.origin))
    expect(ran.result).toEqual({ id: 'x_1', items: ['x_2', 'x_3'], amount: 12050, currency: 'eur' })
    const line = 'customer=cus_1&currency=eur&invoice=x_1'
    expect(sent(s)).toEqual([
      [
        'POST',
        '/v1/invoices',
        'k1',
        'customer=cus_1&currency=eur&days_until_due=30&collection_method=send_invoice&auto_advance=false&pending_invoice_items_behavior=exclude',
      ],
      ['POST', '/v1/invoiceitems', 'k1-2', `${line}&description=January&amount=12000`],
      ['POST', '/v1/invoiceitems', 'k1-3', `${line}&description=Travel%20%26%20rest&amount=50`],
    ])
  })
  for (const id of ['send_invoice', 'finalize_invoice'])
    test(`${id} ends without an effect if the amount due is not the approved one`, async () => {
      using s = account({ '/v1/invoices/in_1': { currency: 'eur', amount_due: 13000 } })
      const ran = await run(stripe, id, { invoice: 'in_1', amount: 12000, currency: 'eur' }, at(s.origin))
      expect(ran.error).toMatchObject({ message: 'It is 130.00 EUR, not 120.00 EUR, so nothing was changed.' })
      expect(ran.progress).toEqual({ sent: 1, answered: 1, effects: 0 })
    })
})

test('a payment link asks for the approved prices only', async () => {
  const params = { currency: 'eur', line_items: [{ price: 'price_1', unit_amount: 1250 }] }
  for (const now of [
    { currency: 'eur', unit_amount: 1300 },
    { currency: 'usd', unit_amount: 1250 },
    { currency: 'eur', unit_amount: null },
  ]) {
    using s = account({ '/v1/prices/price_1': now })
    expect((await run(stripe, 'create_payment_link', params, at(s.origin))).error).toMatchObject({
      code: 'service_refused',
    })
    expect(s.got).toHaveLength(1)
  }
})

describe('sending again', () => {
  const charge = { amount: 1250, currency: 'eur', customer: 'cus_1', payment_method: 'pm_1' }
  test('while the first try still runs settles nothing', async () => {
    using s = service(() =>
      Response.json({ error: { type: 'idempotency_error', code: 'idempotency_key_in_use' } }, { status: 409 }),
    )
    expect((await run(stripe, 'charge_customer', charge, at(s.origin))).error).toBeInstanceOf(Unanswered)
  })
  test('is not offered for a DELETE, on which a key does nothing', () => {
    for (const a of Object.values(stripe.actions)) {
      const made = a.request?.(a.example.params, context)
      if (made && 'method' in made && made.method === 'DELETE') expect(a.idempotency).toBeNull()
      else if (a.effect !== 'read') expect(a.idempotency?.window_s).toBe(86_400)
    }
  })
  test('a declined card is told in Stripe’s words, and nothing happened', async () => {
    using s = service(() => Response.json({ error: { message: 'Your card was declined.' } }, { status: 402 }))
    expect((await run(stripe, 'charge_customer', charge, at(s.origin))).error).toMatchObject({
      code: 'service_refused',
      message: 'The service answered 402: Your card was declined.',
    })
  })
  test('a cancelled subscription is found by looking, one that goes on is not', async () => {
    const began = context.now / 1000
    const looked = async (more: JsonObject) => {
      const sub = { id: 'sub_1', customer: 'cus_1', cancel_at_period_end: false, created: 1, ...more }
      using s = account({ '/v1/subscriptions/sub_1': sub })
      const action = actionOf(stripe, 'cancel_subscription')
      const found = await probe(stripe, action, { subscription: 'sub_1' }, context, { send }, context.now + 3_600_000, {
        origins: at(s.origin),
      })
      return found?.found
    }
    expect(await looked({ status: 'canceled', canceled_at: began + 1 })).toBe(true)
    expect(await looked({ status: 'canceled', canceled_at: began - 86_400 })).toBe(false)
    expect(await looked({ status: 'active', canceled_at: null })).toBe(false)
  })
})

test('the check names the account, or says that a restricted key may not', async () => {
  const id = 'acct_1'
  using own = account({ '/v1/account': { id, settings: { dashboard: { display_name: 'Acme' } } } })
  expect(await check(stripe, context, { send }, { origins: at(own.origin) })).toEqual({
    account_id: id,
    account: 'Acme (acct_1)',
    warnings: [],
  })
  using restricted = service(() => Response.json({ error: { message: 'no' } }, { status: 403 }))
  expect(await check(stripe, context, { send }, { origins: at(restricted.origin) })).toMatchObject({
    account_id: null,
    warnings: [expect.stringContaining('restricted key')],
  })
  using wrong = service(() => Response.json({ error: { message: 'Invalid API Key' } }, { status: 401 }))
  await expect(check(stripe, context, { send }, { origins: at(wrong.origin) })).rejects.toMatchObject({
    code: 'credential_refused',
  })
})
