import { z } from 'zod'
import { call } from '../../kit/answer.ts'
import { form } from '../../kit/body.ts'
import { action } from '../../kit/define.ts'
import { email, instant, money } from '../../kit/kinds.ts'
import { path } from '../../kit/path.ts'
import { get, post } from '../../kit/request.ts'
import { say } from '../../kit/say.ts'
import { currency, minor, sameCurrency, written } from './money.ts'
import { created, customer, description, has_more, id, keyed, metadata, moving, paged } from './parts.ts'

const intent = {
  id: z.string(),
  status: z.string(),
  amount: z.number(),
  amount_received: z.number().optional(),
  currency: z.string(),
  customer: z.string().nullish(),
  latest_charge: z.string().nullish(),
  created,
}
const one = {
  id: 'pi_3MtwBwLkdIwHu7ix28a3tqPa',
  status: 'requires_payment_method',
  amount: 1250,
  currency: 'eur',
  created: 1767225600,
}
const payment_intent = id('pi', 'pi_3MtwBwLkdIwHu7ix28a3tqPa')
const paid = { amount: money('minor'), currency, description: description.optional(), metadata }
// Nobody is there to be sent to another page, so only means of payment that do without it.
const automatic_payment_methods = { enabled: true, allow_redirects: 'never' }
const refunded = { id: z.string(), status: z.string().nullable(), amount: z.number(), currency: z.string() }

export const paymentActions = {
  list_charges: action({
    title: 'List charges',
    effect: 'read',
    params: {
      customer: customer.optional(),
      payment_intent: payment_intent.optional(),
      created_after: instant().optional(),
      ...paged,
    },
    summary: (p) => say`List ${p.limit} charges`,
    request: ({ created_after, ...query }) =>
      get(path`/v1/charges`, {
        query: {
          ...query,
          'created[gt]': created_after === undefined ? undefined : Math.floor(Date.parse(created_after) / 1000),
        },
      }),
    result: {
      data: z.array(
        z.object({
          id: z.string(),
          status: z.string(),
          amount: z.number(),
          amount_refunded: z.number(),
          currency: z.string(),
          paid: z.boolean(),
          refunded: z.boolean(),
          disputed: z.boolean().optional(),
          customer: z.string().nullish(),
          payment_intent: z.string().nullish(),
          description: z.string().nullish(),
          failure_message: z.string().nullish(),
          created,
        }),
      ),
      has_more,
    },
    example: {
      params: { customer: 'cus_NffrFeUfNV2Hib', created_after: '2026-01-01T00:00:00Z' },
      answers: [{ data: [], has_more: false }],
    },
  }),
  get_payment_intent: action({
    title: 'Read a payment',
    effect: 'read',
    params: { payment_intent },
    summary: (p) => say`Read the payment ${p.payment_intent}`,
    request: (p) => get(path`/v1/payment_intents/${p.payment_intent}`),
    result: { ...intent, description: z.string().nullish() },
    example: { params: { payment_intent: one.id }, answers: [one] },
  }),
  create_payment_intent: action({
    title: 'Prepare a payment',
    description: 'Makes a payment intent that the customer still has to pay. Its client secret is not given out.',
    effect: 'create',
    params: { ...paid, customer: customer.optional(), receipt_email: email().optional() },
    summary: (p) => say`Prepare a payment of ${written(p.amount, p.currency)}`,
    amount: (p) => minor(p.amount, p.currency),
    request: (p) => post(path`/v1/payment_intents`, form({ ...p, automatic_payment_methods: { enabled: true } })),
    result: intent,
    idempotency: keyed,
    undo: { action: 'cancel_payment_intent', say: 'Cancel it as long as it is not paid.' },
    example: {
      params: { amount: 1250, currency: 'eur', customer: 'cus_NffrFeUfNV2Hib', description: 'Order 7' },
      answers: [one],
    },
  }),
  charge_customer: action({
    title: 'Charge a customer',
    description:
      'Takes money now by a means of payment that the customer has stored, without the customer being there.',
    effect: 'pay',
    params: {
      ...paid,
      customer,
      payment_method: id('pm|card|src|ba', 'pm_1MvvXwLkdIwHu7ixQzGJ1234'),
      receipt_email: email().optional(),
    },
    summary: (p) => say`Charge ${p.customer} ${written(p.amount, p.currency)} by ${p.payment_method}`,
    amount: (p) => minor(p.amount, p.currency),
    request: (p) =>
      post(path`/v1/payment_intents`, form({ ...p, confirm: true, off_session: true, automatic_payment_methods })),
    result: intent,
    idempotency: keyed,
    undo: { action: 'refund', say: 'Refund it; fees are not given back.' },
    pins: {
      customer: moving('The customer'),
      payment_method: moving('The details of the means of payment'),
    },
    example: {
      params: {
        amount: 1250,
        currency: 'eur',
        customer: 'cus_NffrFeUfNV2Hib',
        payment_method: 'pm_1MvvXwLkdIwHu7ixQzGJ1234',
        description: 'Order 7',
      },
      answers: [{ ...one, status: 'succeeded', amount_received: 1250 }],
    },
  }),
  cancel_payment_intent: action({
    title: 'Cancel a payment',
    description: 'Cancels a payment intent that is not paid yet.',
    effect: 'delete',
    params: {
      payment_intent,
      reason: z.enum(['duplicate', 'fraudulent', 'requested_by_customer', 'abandoned']).optional(),
    },
    summary: (p) => say`Cancel the payment ${p.payment_intent}`,
    request: ({ payment_intent, reason }) =>
      post(path`/v1/payment_intents/${payment_intent}/cancel`, form({ cancellation_reason: reason })),
    result: intent,
    idempotency: keyed,
    undo: 'irreversible',
    pins: { payment_intent: moving('The state of the payment') },
    example: {
      params: { payment_intent: one.id, reason: 'abandoned' },
      answers: [{ ...one, status: 'canceled' }],
    },
  }),
  refund: action({
    title: 'Refund a payment',
    description: 'Gives back all or part of a payment, named by its payment intent or its charge.',
    effect: 'pay',
    params: {
      payment: id('pi|ch|py', 'pi_3MtwBwLkdIwHu7ix28a3tqPa'),
      amount: money('minor'),
      currency,
      reason: z.enum(['duplicate', 'fraudulent', 'requested_by_customer']).optional(),
      metadata,
    },
    summary: (p) => say`Refund ${written(p.amount, p.currency)} of ${p.payment}`,
    amount: (p) => minor(p.amount, p.currency),
    *request({ payment, currency, ...refund }) {
      const isIntent = payment.startsWith('pi_')
      yield* sameCurrency(get(isIntent ? path`/v1/payment_intents/${payment}` : path`/v1/charges/${payment}`), currency)
      const of = isIntent ? { payment_intent: payment } : { charge: payment }
      return yield* call(post(path`/v1/refunds`, form({ ...of, ...refund })), refunded, { completes: true })
    },
    result: refunded,
    idempotency: keyed,
    undo: 'irreversible',
    pins: { payment: { unpinned: 'More of the payment can be refunded by others before this runs.' } },
    example: {
      params: { payment: one.id, amount: 1250, currency: 'eur', reason: 'requested_by_customer' },
      answers: [one, { id: 're_1Nispe2eZvKYlo2Cd31jOCgZ', status: 'succeeded', amount: 1250, currency: 'eur' }],
    },
  }),
}
