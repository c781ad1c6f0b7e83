import { z } from 'zod'
import { call } from '../../kit/answer.ts'
import { form } from '../../kit/body.ts'
import { action } from '../../kit/define.ts'
import { money } from '../../kit/kinds.ts'
import { path } from '../../kit/path.ts'
import { get, post } from '../../kit/request.ts'
import { say } from '../../kit/say.ts'
import { currency, minor, sameAmount, written } from './money.ts'
import { has_more, id, keyed, metadata, moving, paged } from './parts.ts'

const price = id('price|plan', 'price_1MoC3TLkdIwHu7ixcIbKelAC')
const link = { id: z.string(), url: z.string(), active: z.boolean() }
const one = {
  id: 'plink_1MoC3ULkdIwHu7ixZjtGpVl2',
  url: 'https://buy.stripe.com/test_cN25nr0iZ7bUa7meUY',
  active: true,
}
const priced = { id: 'price_1MoC3TLkdIwHu7ixcIbKelAC', unit_amount: 1250, currency: 'eur' }

export const linkActions = {
  list_prices: action({
    title: 'List prices',
    effect: 'read',
    params: { active: z.boolean().default(true), currency: currency.optional(), ...paged },
    summary: (p) => say`List ${p.limit} prices`,
    request: (query) => get(path`/v1/prices`, { query }),
    result: {
      data: z.array(
        z.object({
          id: z.string(),
          product: z.string().nullish(),
          nickname: z.string().nullish(),
          type: z.string().optional(),
          unit_amount: z.number().nullish(),
          currency: z.string(),
          recurring: z.object({ interval: z.string(), interval_count: z.number() }).nullish(),
          active: z.boolean(),
        }),
      ),
      has_more,
    },
    example: { params: { currency: 'eur' }, answers: [{ data: [{ ...priced, active: true }], has_more: false }] },
  }),
  create_payment_link: action({
    title: 'Make a payment link',
    description: 'An address where anyone can buy these, as often as wanted, until it is switched off.',
    effect: 'create',
    params: {
      currency,
      line_items: z
        .array(z.strictObject({ price, unit_amount: money('minor'), quantity: z.int().min(1).max(999).default(1) }))
        .min(1)
        .max(20),
      allow_promotion_codes: z.boolean().default(false),
      metadata,
    },
    summary: (p) =>
      say`Make a payment link for ${written(total(p.line_items), p.currency)}: ${p.line_items.map((l) => `${l.quantity} × ${l.price}`)}`,
    amount: (p) => minor(total(p.line_items), p.currency),
    *request({ line_items, currency, ...p }) {
      for (const line of line_items)
        yield* sameAmount(get(path`/v1/prices/${line.price}`), 'unit_amount', line.unit_amount, currency)
      const sold = line_items.map(({ price, quantity }) => ({ price, quantity }))
      return yield* call(post(path`/v1/payment_links`, form({ line_items: sold, ...p })), link, { completes: true })
    },
    result: link,
    idempotency: keyed,
    undo: { action: 'switch_payment_link_off', say: 'Switch the link off; what was paid stays paid.' },
    pins: { line_items: moving('What is sold at a price') },
    example: {
      params: { currency: 'eur', line_items: [{ price: priced.id, unit_amount: 1250, quantity: 2 }] },
      answers: [priced, one],
    },
  }),
  switch_payment_link_off: action({
    title: 'Switch a payment link off',
    effect: 'update',
    params: { payment_link: id('plink', one.id) },
    summary: (p) => say`Switch the payment link ${p.payment_link} off`,
    request: (p) => post(path`/v1/payment_links/${p.payment_link}`, form({ active: false })),
    result: link,
    idempotency: keyed,
    pins: { payment_link: moving('What the link sells') },
    example: { params: { payment_link: one.id }, answers: [{ ...one, active: false }] },
  }),
}

function total(lines: readonly { readonly unit_amount: number; readonly quantity: number }[]): number {
  return lines.reduce((all, line) => all + line.unit_amount * line.quantity, 0)
}
