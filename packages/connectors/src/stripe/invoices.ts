import { z } from 'zod'
import { call } from '../../kit/answer.ts'
import { form } from '../../kit/body.ts'
import { action } from '../../kit/define.ts'
import { money } from '../../kit/kinds.ts'
import { path } from '../../kit/path.ts'
import { del, get, post } from '../../kit/request.ts'
import { say } from '../../kit/say.ts'
import { currency, minor, sameAmount, written } from './money.ts'
import { created, customer, description, has_more, id, keyed, metadata, moving, paged } from './parts.ts'

const invoice = id('in', 'in_1MtHbELkdIwHu7ixl4OzzPMv')
const one = {
  id: z.string(),
  number: z.string().nullish(),
  status: z.string().nullable(),
  amount_due: z.number(),
  amount_paid: z.number().optional(),
  amount_remaining: z.number().optional(),
  total: z.number().optional(),
  currency: z.string(),
  customer: z.string().nullish(),
  due_date: z.number().nullish(),
  created,
}
const example = {
  id: 'in_1MtHbELkdIwHu7ixl4OzzPMv',
  status: 'draft',
  amount_due: 12000,
  currency: 'eur',
  created: 1767225600,
}
/** The person sees how much it is about, and nothing is done if it is not that any more. */
const known = { invoice, amount: money('minor'), currency }
const check = (p: { invoice: string; amount: number; currency: string }) =>
  sameAmount(get(path`/v1/invoices/${p.invoice}`), 'amount_due', p.amount, p.currency)
const pins = { invoice: { unpinned: 'What the invoice says can change after you approve; the amount due is checked.' } }
const params = { invoice: example.id, amount: 12000, currency: 'eur' }

export const invoiceActions = {
  list_invoices: action({
    title: 'List invoices',
    effect: 'read',
    params: {
      customer: customer.optional(),
      status: z.enum(['draft', 'open', 'paid', 'uncollectible', 'void']).optional(),
      ...paged,
    },
    summary: (p) => say`List ${p.limit} invoices`,
    request: (query) => get(path`/v1/invoices`, { query }),
    result: { data: z.array(z.object(one)), has_more },
    example: { params: { status: 'open' }, answers: [{ data: [], has_more: false }] },
  }),
  create_invoice: action({
    title: 'Draft an invoice',
    description: 'A draft with these lines, which asks for nothing until it is finalized or sent.',
    effect: 'create',
    params: {
      customer,
      currency,
      lines: z
        .array(z.strictObject({ description: description.max(500), amount: money('minor') }))
        .min(1)
        .max(50),
      days_until_due: z.int().min(0).max(365).default(30),
      description: description.optional(),
      metadata,
    },
    summary: (p) =>
      say`Draft an invoice of ${written(sum(p.lines), p.currency)} for ${p.customer}: ${p.lines.map((l) => l.description)}`,
    amount: (p) => minor(sum(p.lines), p.currency),
    *request({ lines, ...p }) {
      const made = yield* call(
        post(
          path`/v1/invoices`,
          form({
            ...p,
            collection_method: 'send_invoice',
            auto_advance: false,
            // Others' pending items are not what was approved.
            pending_invoice_items_behavior: 'exclude',
          }),
        ),
        { id: z.string() },
      )
      const of = { customer: p.customer, currency: p.currency, invoice: made.id }
      const items: string[] = []
      for (const line of lines) {
        const request = post(path`/v1/invoiceitems`, form({ ...of, ...line }))
        items.push((yield* call(request, { id: z.string() })).id)
      }
      return { id: made.id, items, amount: sum(lines), currency: p.currency }
    },
    result: { id: z.string(), items: z.array(z.string()), amount: z.number(), currency: z.string() },
    idempotency: keyed,
    undo: { action: 'delete_draft_invoice', say: 'Delete the draft.' },
    example: {
      params: {
        customer: 'cus_NffrFeUfNV2Hib',
        currency: 'eur',
        lines: [{ description: 'Consulting, January', amount: 12000 }],
        description: 'Thank you',
      },
      answers: [example, { id: 'ii_1MtGUtLkdIwHu7ixBYwjAM00' }],
    },
  }),
  delete_draft_invoice: action({
    title: 'Delete a draft of an invoice',
    effect: 'delete',
    params: { invoice },
    summary: (p) => say`Delete the draft ${p.invoice}`,
    request: (p) => del(path`/v1/invoices/${p.invoice}`),
    result: { id: z.string(), deleted: z.boolean() },
    undo: 'irreversible',
    pins: { invoice: moving('What the draft says') },
    example: { params: { invoice: example.id }, answers: [{ id: example.id, deleted: true }] },
  }),
  finalize_invoice: action({
    title: 'Finalize an invoice',
    description: 'Makes a draft binding. Nothing is sent or collected by that.',
    effect: 'update',
    params: known,
    summary: (p) => say`Finalize the invoice ${p.invoice} of ${written(p.amount, p.currency)}`,
    amount: (p) => minor(p.amount, p.currency),
    *request(p) {
      yield* check(p)
      return yield* call(post(path`/v1/invoices/${p.invoice}/finalize`, form({ auto_advance: false })), one, {
        completes: true,
      })
    },
    result: one,
    idempotency: keyed,
    undo: { action: 'void_invoice', say: 'Void the invoice; its number stays used.' },
    pins,
    example: { params, answers: [example, { ...example, status: 'open' }] },
  }),
  send_invoice: action({
    title: 'Send an invoice',
    description: 'Mails an invoice to its customer; a draft is finalized by that.',
    effect: 'send',
    params: known,
    summary: (p) => say`Send the invoice ${p.invoice} of ${written(p.amount, p.currency)} to its customer`,
    amount: (p) => minor(p.amount, p.currency),
    *request(p) {
      yield* check(p)
      return yield* call(post(path`/v1/invoices/${p.invoice}/send`), one, { completes: true })
    },
    result: one,
    idempotency: keyed,
    undo: { action: 'void_invoice', say: 'Void the invoice; the mail stays sent.' },
    pins: {
      invoice: {
        unpinned:
          'What the invoice says, and the address of its customer, can change after you approve; the amount due is checked.',
      },
    },
    example: { params, answers: [example, { ...example, status: 'open' }] },
  }),
  void_invoice: action({
    title: 'Void an invoice',
    description: 'Ends an invoice that was finalized and not paid.',
    effect: 'delete',
    params: { invoice },
    summary: (p) => say`Void the invoice ${p.invoice}`,
    request: (p) => post(path`/v1/invoices/${p.invoice}/void`),
    result: one,
    idempotency: keyed,
    undo: 'irreversible',
    pins: { invoice: moving('The state of the invoice') },
    example: { params: { invoice: example.id }, answers: [{ ...example, status: 'void' }] },
  }),
}

function sum(lines: readonly { readonly amount: number }[]): number {
  return lines.reduce((all, line) => all + line.amount, 0)
}
