import { z } from 'zod'
import { form } from '../../kit/body.ts'
import { action } from '../../kit/define.ts'
import { email } from '../../kit/kinds.ts'
import { path } from '../../kit/path.ts'
import { get, post } from '../../kit/request.ts'
import { say } from '../../kit/say.ts'
import { created, customer, description, has_more, keyed, metadata, moving, paged } from './parts.ts'

const one = {
  id: z.string(),
  email: z.string().nullish(),
  name: z.string().nullish(),
  phone: z.string().nullish(),
  description: z.string().nullish(),
  balance: z.number().optional(),
  currency: z.string().nullish(),
  delinquent: z.boolean().nullish(),
  metadata: z.record(z.string(), z.string()).optional(),
  created,
}
const ada = { id: 'cus_NffrFeUfNV2Hib', email: 'ada@example.org', name: 'Ada Lovelace', created: 1767225600 }
const about = {
  name: z.string().min(1).max(256).optional(),
  phone: z.string().min(1).max(20).optional(),
  description: description.optional(),
  metadata,
}

export const customerActions = {
  list_customers: action({
    title: 'List customers',
    effect: 'read',
    params: { email: email().optional(), ...paged },
    summary: (p) => say`List ${p.limit} customers`,
    request: (query) => get(path`/v1/customers`, { query }),
    result: { data: z.array(z.object(one)), has_more },
    example: { params: { email: 'ada@example.org' }, answers: [{ data: [ada], has_more: false }] },
  }),
  get_customer: action({
    title: 'Read a customer',
    description: 'A customer that was deleted has `deleted` and little else.',
    effect: 'read',
    params: { customer },
    summary: (p) => say`Read the customer ${p.customer}`,
    request: (p) => get(path`/v1/customers/${p.customer}`),
    result: { ...one, created: created.optional(), deleted: z.boolean().optional() },
    example: { params: { customer: ada.id }, answers: [ada] },
  }),
  create_customer: action({
    title: 'Add a customer',
    effect: 'create',
    params: { email: email(), ...about },
    summary: (p) => say`Add the customer ${p.email}`,
    request: (p) => post(path`/v1/customers`, form(p)),
    result: one,
    idempotency: keyed,
    example: { params: { email: 'ada@example.org', name: 'Ada Lovelace', metadata: { order: '7' } }, answers: [ada] },
  }),
  update_customer: action({
    title: 'Change a customer',
    description: 'Changes what is given.',
    effect: 'update',
    params: { customer, email: email().optional(), ...about },
    summary: (p) => say`Change the customer ${p.customer}`,
    request: ({ customer, ...p }) => post(path`/v1/customers/${customer}`, form(p)),
    result: one,
    idempotency: keyed,
    pins: { customer: moving('The customer') },
    example: { params: { customer: ada.id, name: 'Ada Lovelace' }, answers: [ada] },
  }),
}
