import { z } from 'zod'
import { instant } from './action.ts'
import { agentId, connectionId, personId, tokenId } from './ids.ts'

export const agentStatus = z.enum(['unconfirmed', 'active', 'paused', 'revoked'])

const limit = (most: number) => z.number().int().min(1).max(most)
/** Limits of an agent, with what they are unless an owner says otherwise. */
export const limits = z.strictObject({
  pending: limit(1_000_000).default(50),
  submissions_per_second: limit(1_000_000).default(10),
  long_polls: limit(100_000).default(8),
  params_bytes: limit(16 * 1024 * 1024).default(1024 * 1024),
  stored_bytes: limit(1_000_000_000_000).default(100_000_000),
  /** Seconds between an approval and its start; an action may ask for less. After it the approval is stale. */
  start_within_s: limit(30 * 86_400).default(300),
})
export type Limits = z.infer<typeof limits>

/** What an agent may ask for. `null`: every action that is switched on. Entries narrow; an empty list is nothing. */
export const access = z
  .array(
    z.strictObject({
      connector: z.string(),
      /** null: every connection of this connector. */
      connections: z.array(connectionId).nullable().default(null),
      /** null: every action of this connector. */
      actions: z.array(z.string()).nullable().default(null),
    }),
  )
  .nullable()
export type Access = z.infer<typeof access>

/** 32 raw Ed25519 public bytes in base64url without padding (43 characters). */
export const publicKey = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'expected 32 bytes in base64url (43 characters)')

export const agentKey = z.strictObject({
  /** RFC 7638 thumbprint of the JWK, base64url. */
  id: z.string(),
  public_key: z.string(),
  status: z.enum(['unconfirmed', 'active', 'revoked']),
  created_at: instant,
  last_used_at: instant.nullable(),
})

export const agentToken = z.strictObject({
  id: tokenId,
  name: z.string(),
  created_at: instant,
  last_used_at: instant.nullable(),
  revoked_at: instant.nullable(),
})

export const agent = z.strictObject({
  id: agentId,
  /** The owner's name for it; until one is given, what the agent calls itself. */
  name: z.string(),
  /** What the agent called itself: its claim. */
  claimed_name: z.string(),
  status: agentStatus,
  owner: personId,
  keys: z.array(agentKey),
  tokens: z.array(agentToken),
  limits,
  access,
  /** Seconds until a request of this agent expires unless it says otherwise; null is never. */
  default_expiry: z.number().int().nullable(),
  /** While unconfirmed: which two of the six fingerprint words the page asks for (1 to 6). */
  confirm_positions: z.array(z.number().int()),
  /** The second use of its invite code was tried: look before confirming. */
  held: z.boolean(),
  created_at: instant,
  confirmed_at: instant.nullable(),
  last_seen_at: instant.nullable(),
})
export type Agent = z.infer<typeof agent>

export const enrollment = z.strictObject({
  code: z.string().regex(/^PS-[A-Z0-9]{4}-[A-Z0-9]{4}$/, 'expected a code like PS-ABCD-EFGH'),
  public_key: publicKey,
  name: z.string().trim().min(1).max(80),
})
export const enrollmentAnswer = z.strictObject({
  agent: agentId,
  key: z.string(),
  status: agentStatus,
  next: z.strictObject({
    do: z.string(),
    say: z.string(),
    url: z.string().nullable(),
    after_s: z.number().nullable(),
  }),
})

export const invitation = z.strictObject({ code: z.string(), expires_at: instant })
export const confirmAgent = z.strictObject({
  /** The two words asked for, in order. Required from the browser; a token with `manage` may leave them out. */
  words: z.array(z.string()).length(2).optional(),
  name: z.string().trim().min(1).max(80).optional(),
})
export const patchAgent = z.strictObject({
  name: z.string().trim().min(1).max(80).optional(),
  limits: z.record(z.string(), z.number()).optional(),
  access: access.optional(),
  default_expiry: z.number().int().min(1).nullable().optional(),
})
/** `GET /me`: who the caller is. */
export const me = z.union([
  z.strictObject({ kind: z.literal('agent'), agent }),
  z.strictObject({
    kind: z.literal('person'),
    person: personId,
    name: z.string(),
    email: z.string(),
    role: z.enum(['viewer', 'approver', 'owner']),
    via: z.enum(['session', 'token', 'device']),
    /** Scopes of the token, or all for a session. */
    scopes: z.array(z.enum(['read', 'decide', 'manage'])),
    /** True within five minutes of a sign-in: what a sensitive change asks for. */
    fresh: z.boolean(),
    totp: z.boolean(),
  }),
])
export type Me = z.infer<typeof me>
/** Server's key or a token made for an agent: shown once. */
export const newToken = z.strictObject({ id: tokenId, token: z.string() })

const six = [0, 1, 2, 3, 4, 5] as const
/**
 * Six words that stand for a key: six 11-bit numbers from the start of its SHA-256 thumbprint, in a list of 2,048.
 * @param thumbprint RFC 7638 thumbprint, its 32 raw bytes.
 */
export function fingerprintWords(thumbprint: Uint8Array, list: readonly string[]): string[] {
  if (list.length !== 2048) throw new Error('the word list has 2,048 words')
  const bits = [...thumbprint.slice(0, 9)].map((b) => b.toString(2).padStart(8, '0')).join('')
  return six.map((i) => list[Number.parseInt(bits.slice(i * 11, i * 11 + 11), 2)] ?? '')
}
/** Which two words (1 to 6, ascending) the page asks for: fixed for a key, not always the first two. */
export function confirmPositions(thumbprint: Uint8Array): [number, number] {
  const first = (thumbprint[30] ?? 0) % 6
  const second = (first + 1 + ((thumbprint[31] ?? 0) % 5)) % 6
  return first < second ? [first + 1, second + 1] : [second + 1, first + 1]
}
