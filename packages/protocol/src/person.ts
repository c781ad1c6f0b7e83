import { z } from 'zod'
import { instant } from './action.ts'
import { me } from './agent.ts'
import { personId, tokenId } from './ids.ts'

export const roles = ['viewer', 'approver', 'owner'] as const
export type Role = (typeof roles)[number]
export const scopes = ['read', 'decide', 'manage'] as const
export type Scope = (typeof scopes)[number]

export const person = z.strictObject({
  id: personId,
  name: z.string(),
  email: z.string(),
  role: z.enum(roles),
  totp: z.boolean(),
  created_at: instant,
})
export type Person = z.infer<typeof person>

export const personalToken = z.strictObject({
  id: tokenId,
  person: personId,
  name: z.string(),
  scopes: z.array(z.enum(scopes)),
  created_at: instant,
  expires_at: instant.nullable(),
  last_used_at: instant.nullable(),
})
export const newPersonalToken = z.strictObject({
  name: z.string().trim().min(1).max(80),
  scopes: z.array(z.enum(scopes)).min(1),
  /** Seconds; null is never. */
  expires_in: z
    .number()
    .int()
    .min(60)
    .nullable()
    .default(90 * 86_400),
})

export const setupBody = z.strictObject({
  token: z.string(),
  email: z.email().max(254),
  name: z.string().trim().min(1).max(80),
  password: z.string().min(12, 'expected at least 12 characters').max(128),
})
/** The log key is printed here once so that it can be pinned. */
export const setupAnswer = z.strictObject({
  person,
  token: z.string(),
  log_key: z.string(),
  log_origin: z.string(),
  /** What the page sends in `x-permission-slip-session` with each change. */
  session_secret: z.string(),
})

export const patchPerson = z.strictObject({
  name: z.string().trim().min(1).max(80).optional(),
  role: z.enum(roles).optional(),
})

const password = z.string().min(1).max(128)
/** From the authenticator app (6 digits), or a backup code. */
const code = z.string().trim().min(6).max(32)
export const signInBody = z.strictObject({ email: z.string().min(1).max(254), password, code: code.optional() })
export const proofBody = z.strictObject({ password, code: code.optional() })
export const codeBody = z.strictObject({ code })
export const passwordBody = z.strictObject({
  current: password,
  next: z.string().min(12, 'expected at least 12 characters').max(128),
})
export const totpStarted = z.strictObject({ uri: z.string(), secret: z.string() })
export const totpConfirmed = z.strictObject({ backup_codes: z.array(z.string()) })
/** `GET /session`: anybody may ask. */
export const sessionState = z.strictObject({ signed_in: z.boolean(), setup_needed: z.boolean(), me: me.nullable() })
export const signedIn = z.strictObject({ me, session_secret: z.string() })
export const provedAgain = z.strictObject({ me })
