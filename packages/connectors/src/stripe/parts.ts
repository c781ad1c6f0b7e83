import { z } from 'zod'
import type { Idempotency } from '../../kit/define.ts'

/** Stripe keeps the answer to a POST with a key for at least 24 hours; on other methods a key does nothing. */
export const keyed: Idempotency = { header: 'Idempotency-Key', window_s: 86_400, scope: 'account' }

/** An object of Stripe by its id; the prefix says of which kind, so that one is never taken for another. */
export const id = (prefix: string, example: string) =>
  z
    .string()
    .max(255)
    .regex(new RegExp(`^(${prefix})_[A-Za-z0-9_]+$`), `expected an id such as ${example}`)
/** A customer may have got an id of its owner's own making. */
export const customer = z
  .string()
  .max(255)
  .regex(/^[A-Za-z0-9_-]+$/, 'expected the id of a customer, such as cus_NffrFeUfNV2Hib')
export const description = z.string().min(1).max(1000)
export const metadata = z
  .record(z.string().min(1).max(40), z.string().max(500))
  .refine((m) => Object.keys(m).length <= 50, 'expected at most 50 pairs')
  .optional()

export const paged = {
  limit: z.int().min(1).max(100).default(10),
  /** The last id of the page before. */
  starting_after: z
    .string()
    .max(255)
    .regex(/^[A-Za-z0-9_-]+$/, 'expected the last id of the page before')
    .optional(),
}
export const has_more = z.boolean()
/** Seconds since 1970. */
export const created = z.number()
export const moving = (what: string) => ({ unpinned: `${what} can change after you approve.` })
