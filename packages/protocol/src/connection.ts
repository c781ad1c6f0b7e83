import { z } from 'zod'
import { instant } from './action.ts'
import { connectionId } from './ids.ts'

export const connectionCheck = z.strictObject({
  ok: z.boolean(),
  at: instant,
  /** Whose account it is, by the service's word. */
  account: z.string().nullable(),
  /** What a person should know: a superuser role, a server that checks no certificate. */
  warnings: z.array(z.string()),
  error: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
})
export type ConnectionCheck = z.infer<typeof connectionCheck>

/** One account of a service. Secrets are never in it: only the names of those that are set. */
export const connection = z.strictObject({
  id: connectionId,
  connector: z.string(),
  label: z.string(),
  auth: z.string(),
  fields: z.record(z.string(), z.string()),
  secrets_set: z.array(z.string()),
  account_id: z.string().nullable(),
  account_label: z.string().nullable(),
  revision: z.number().int(),
  status: z.enum(['active', 'paused', 'needs_attention', 'removed']),
  /** Actions switched off for everyone on this connection. */
  actions_off: z.array(z.string()),
  lookups: z.boolean(),
  /** Private `host:port` addresses an owner allowed for this connection. */
  egress_allowed: z.array(z.string()),
  /** At most so many requests at once, and so many a minute (null: no limit). */
  concurrency: z.number().int(),
  rate_per_minute: z.number().int().nullable(),
  check: connectionCheck.nullable(),
  created_at: instant,
  last_used_at: instant.nullable(),
})
export type Connection = z.infer<typeof connection>

const label = z.string().trim().min(1).max(100)
export const newConnection = z.strictObject({
  connector: z.string(),
  label,
  auth: z.string().optional(),
  /** Every field of the form, secret ones included. */
  fields: z.record(z.string(), z.string()),
  /** The owner's yes to a private address named in `fields`: exactly `host:port`. */
  allow_private: z.array(z.string()).optional(),
})
export const patchConnection = z.strictObject({
  label: label.optional(),
  status: z.enum(['active', 'paused']).optional(),
  fields: z.record(z.string(), z.string()).optional(),
  actions_off: z.array(z.string()).optional(),
  allow_private: z.array(z.string()).optional(),
  concurrency: z.number().int().min(1).max(100).optional(),
  rate_per_minute: z.number().int().min(1).max(100_000).nullable().optional(),
})
