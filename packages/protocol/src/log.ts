import { z } from 'zod'
import { effects, risks } from './action.ts'
import { errors } from './errors.ts'

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/)
const n = z.number().int().min(0)
const name = z.string().max(64)
const code = z.enum(Object.keys(errors) as [keyof typeof errors, ...(keyof typeof errors)[]])
const idText = z.string().regex(/^[a-z]{3}_[0-9a-z]{1,60}$/)
const via = z.enum(['session', 'token', 'device', 'console'])
/** Digest of the erasable text that stands beside the entry. */
const content = digest

/**
 * The closed vocabulary of the log: every type with the shape of its `data`. Only ids, enumerations, numbers, digests
 * and signatures stand here; a text that somebody wrote is a content row whose salted digest is `content`.
 */
export const vocabulary = {
  'action.submitted': z.strictObject({
    agent: idText,
    connector: name,
    action: name,
    connection: idText.nullable(),
    connection_revision: n.nullable(),
    digest,
    effect: z.enum(effects),
    risk: z.enum(risks),
    retry_of: idText.nullable(),
    content,
  }),
  'action.rebound': z.strictObject({ digest, content }),
  'action.edited': z.strictObject({ digest, person: idText, via, content }),
  'action.voted': z.strictObject({ digest, person: idText, effect: z.enum(['approve', 'deny']), via }),
  'action.approved': z.strictObject({
    digest,
    by: z.enum(['rule', 'person']),
    rule: idText.nullable(),
    rule_version: n.nullable(),
    person: idText.nullable(),
    via: via.nullable(),
    required: n,
    start_by: n,
  }),
  'action.denied': z.strictObject({
    digest,
    by: z.enum(['rule', 'person']),
    rule: idText.nullable(),
    rule_version: n.nullable(),
    person: idText.nullable(),
    via: via.nullable(),
    content: content.nullable(),
  }),
  'action.cancelled': z.strictObject({ code, by: z.enum(['agent', 'person', 'executor']) }),
  'action.expired': z.strictObject({ code: z.enum(['expired', 'approval_stale']) }),
  /** `decision` is the digest of the approving entry's leaf. */
  'action.started': z.strictObject({ digest, decision: digest, copy: name, attempt: n }),
  'action.step': z.strictObject({
    step: n,
    method: name,
    host: z.string().max(260),
    key: z.string().max(255).nullable(),
    attempt: n,
  }),
  'action.succeeded': z.strictObject({
    digest,
    code: code.nullable(),
    content: content.nullable(),
    by: z.enum(['executor', 'key', 'probe', 'person']),
  }),
  'action.failed': z.strictObject({
    digest,
    code,
    partial: z.boolean(),
    content: content.nullable(),
    by: z.enum(['executor', 'key', 'probe', 'person']),
  }),
  'action.unknown': z.strictObject({ digest, code, content: content.nullable() }),
  /** A person said what became of an unknown outcome; `action.succeeded` or `action.failed` follows. */
  'action.settled': z.strictObject({ happened: z.boolean(), person: idText, via, content: content.nullable() }),
  'rule.created': z.strictObject({ version: n, content }),
  'rule.changed': z.strictObject({ version: n, content }),
  'rule.removed': z.strictObject({ version: n }),
  'agent.invited': z.strictObject({ invitation: idText, expires_at: n }),
  'agent.enrolled': z.strictObject({ key: name, invitation: idText, content }),
  'agent.held': z.strictObject({ invitation: idText }),
  'agent.confirmed': z.strictObject({ key: name, content }),
  'agent.changed': z.strictObject({ content }),
  'agent.paused': z.strictObject({ code: z.enum(['person', 'credential_in_result', 'code_used_twice']) }),
  'agent.resumed': z.strictObject({}),
  'agent.revoked': z.strictObject({}),
  'agent.key_added': z.strictObject({ key: name }),
  'agent.key_revoked': z.strictObject({ key: name }),
  'agent.token_made': z.strictObject({ token: idText }),
  'agent.token_revoked': z.strictObject({ token: idText }),
  'connection.added': z.strictObject({ connector: name, revision: n, secrets: n, content }),
  'connection.changed': z.strictObject({ revision: n, content }),
  'connection.removed': z.strictObject({ revision: n }),
  'connection.tested': z.strictObject({ ok: z.boolean(), revision: n, content }),
  'connection.refreshed': z.strictObject({ revision: n }),
  'person.added': z.strictObject({ role: z.enum(['viewer', 'approver', 'owner']), via, content }),
  'person.changed': z.strictObject({ what: z.enum(['name', 'password', 'totp_on', 'totp_off', 'recovered']) }),
  'person.role': z.strictObject({ role: z.enum(['viewer', 'approver', 'owner']) }),
  'person.removed': z.strictObject({}),
  'person.signed_in': z.strictObject({ method: z.enum(['password', 'totp', 'setup', 'console']) }),
  'person.signed_out': z.strictObject({}),
  'person.sign_in_refused': z.strictObject({ count: n }),
  'person.token_made': z.strictObject({ token: idText, content }),
  'person.token_revoked': z.strictObject({ token: idText }),
  'device.added': z.strictObject({ key: name, content }),
  'device.removed': z.strictObject({ key: name }),
  'key.rotated': z.strictObject({ which: z.enum(['master']), version: n, fingerprint: digest }),
  'settings.changed': z.strictObject({ name, content }),
  'settings.frozen': z.strictObject({}),
  'settings.unfrozen': z.strictObject({}),
  'settings.clock_confirmed': z.strictObject({}),
  'lookup.started': z.strictObject({ connection: idText, connector: name, action: name, content }),
  'lookup.ended': z.strictObject({ connection: idText, connector: name, action: name, code: code.nullable() }),
  'file.stored': z.strictObject({ bytes: n, content }),
  'log.opened': z.strictObject({ public_key: z.string().length(43), schema: n }),
  /** `signature` is the new key's, over the SHA-256 of the entry's own `prev` and `public_key`. */
  'log.key_rotated': z.strictObject({ key: name, public_key: z.string().length(43), signature: z.string() }),
  'log.refused': z.strictObject({ count: n }),
  'log.restored': z.strictObject({ log: z.string(), seq: n, entry: digest }),
  'log.migrated': z.strictObject({ from: n, to: n }),
} as const

export type EntryType = keyof typeof vocabulary
export type EntryData<T extends EntryType = EntryType> = z.infer<(typeof vocabulary)[T]>

/** Who caused an entry: an agent, a person, or the server itself. */
export const actor = z.union([
  z.strictObject({ kind: z.literal('agent'), id: idText, key: name.nullable() }),
  z.strictObject({ kind: z.literal('person'), id: idText, via }),
  z.strictObject({ kind: z.literal('server') }),
])
export type Actor = z.infer<typeof actor>

/** An entry. The leaf of the tree, and what `prev` hashes, is its canonical JSON with `sig`. */
export const entry = z.strictObject({
  v: z.literal(1),
  /** Origin line of the log's epoch: `permission-slip/<16 hex>`. */
  log: z.string().regex(/^permission-slip\/[0-9a-f]{16}$/),
  seq: n,
  /** RFC 3339 UTC with milliseconds; never before the entry before it. */
  time: z.iso.datetime({ precision: 3 }),
  type: z.enum(Object.keys(vocabulary) as [EntryType, ...EntryType[]]),
  actor,
  /** The id of what it is about; null for the log itself and the server. */
  subject: idText.nullable(),
  data: z.record(z.string(), z.json()),
  /** `sha256:` of the canonical entry before it, `sig` included; null for the first. */
  prev: digest.nullable(),
  /** Thumbprint (RFC 7638) of the key that signed. */
  key: name,
  /** Ed25519 over the canonical JSON of everything above, base64url. */
  sig: z.string(),
})
export type Entry = z.infer<typeof entry>
export const maxEntryBytes = 16 * 1024
