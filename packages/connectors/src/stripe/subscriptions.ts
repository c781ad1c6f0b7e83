import { z } from 'zod'
import { parseJson, readAnswer } from '../../kit/answer.ts'
import { form } from '../../kit/body.ts'
import { action } from '../../kit/define.ts'
import { path } from '../../kit/path.ts'
import { del, get, post } from '../../kit/request.ts'
import { say, words } from '../../kit/say.ts'
import { created, customer, has_more, id, keyed, moving, paged } from './parts.ts'

const subscription = id('sub', 'sub_1MowQVLkdIwHu7ixeRlqHVzs')
const one = {
  id: z.string(),
  status: z.string(),
  customer: z.string(),
  cancel_at_period_end: z.boolean(),
  cancel_at: z.number().nullish(),
  canceled_at: z.number().nullish(),
  current_period_end: z.number().optional(),
  currency: z.string().optional(),
  created,
}
const example = {
  id: 'sub_1MowQVLkdIwHu7ixeRlqHVzs',
  status: 'active',
  customer: 'cus_NffrFeUfNV2Hib',
  cancel_at_period_end: false,
  created: 1767225600,
}
const pins = { subscription: moving('What the subscription holds') }
/** Clocks differ: what ended this long before we began counts as ended by us. */
const skew = 300

export const subscriptionActions = {
  list_subscriptions: action({
    title: 'List subscriptions',
    effect: 'read',
    params: {
      customer: customer.optional(),
      status: z
        .enum([
          'all',
          'active',
          'past_due',
          'unpaid',
          'canceled',
          'incomplete',
          'incomplete_expired',
          'trialing',
          'paused',
          'ended',
        ])
        .optional(),
      ...paged,
    },
    summary: (p) => say`List ${p.limit} subscriptions`,
    request: (query) => get(path`/v1/subscriptions`, { query }),
    result: {
      data: z.array(
        z.object({
          ...one,
          items: z
            .object({
              data: z.array(
                z.object({
                  id: z.string(),
                  quantity: z.number().optional(),
                  price: z
                    .object({ id: z.string(), unit_amount: z.number().nullish(), currency: z.string() })
                    .optional(),
                }),
              ),
            })
            .optional(),
        }),
      ),
      has_more,
    },
    example: { params: { customer: example.customer }, answers: [{ data: [example], has_more: false }] },
  }),
  cancel_subscription: action({
    title: 'Cancel a subscription now',
    description: 'Ends it at once. Nothing is charged or given back by that.',
    effect: 'delete',
    params: { subscription, comment: z.string().min(1).max(1000).optional() },
    summary: (p) => say`Cancel the subscription ${p.subscription} now`,
    request: (p) =>
      del(
        path`/v1/subscriptions/${p.subscription}`,
        form({ invoice_now: false, prorate: false, cancellation_details: { comment: p.comment } }),
      ),
    result: one,
    undo: 'irreversible',
    pins,
    // A key does nothing on a DELETE, and a second one is answered as a fault: so it is looked up.
    probe: {
      request: (p) => get(path`/v1/subscriptions/${p.subscription}`),
      read: (answer, _, ctx) => {
        const now = readAnswer(one, answer)
        const since = now.canceled_at ?? 0
        return now.status === 'canceled' && since >= ctx.now / 1000 - skew
          ? { found: true, result: parseJson(answer.body) }
          : { found: false, certain: false }
      },
      settles_after_s: 60,
    },
    example: {
      params: { subscription: example.id, comment: 'Asked for by phone' },
      answers: [{ ...example, status: 'canceled', canceled_at: 1767225600 }],
    },
  }),
  set_subscription_end: action({
    title: 'Let a subscription end or go on',
    description: 'Whether it ends with the period that is paid for.',
    effect: 'update',
    params: { subscription, at_period_end: z.boolean() },
    summary: (p) =>
      say`Let the subscription ${p.subscription} ${words(p.at_period_end ? 'end with its period' : 'go on after its period')}`,
    request: (p) => post(path`/v1/subscriptions/${p.subscription}`, form({ cancel_at_period_end: p.at_period_end })),
    result: one,
    idempotency: keyed,
    undo: { action: 'set_subscription_end', say: 'Set it the other way before the period ends.' },
    pins,
    example: {
      params: { subscription: example.id, at_period_end: true },
      answers: [{ ...example, cancel_at_period_end: true }],
    },
  }),
}
