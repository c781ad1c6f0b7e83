import { hash } from 'node:crypto'
import { canonical } from '@permission-slip/protocol/canonical.ts'
import { contentPreimage } from '@permission-slip/protocol/digest.ts'
import type { Json } from '@permission-slip/protocol/json.ts'
import {
  type Actor,
  actor as actorShape,
  type EntryData,
  type EntryType,
  entry as entryShape,
  maxEntryBytes,
  vocabulary,
} from '@permission-slip/protocol/log.ts'
import { z } from 'zod'
import type { LogKey } from './keys.ts'
import { leafHash } from './tree.ts'

/** What the writer knows of an entry before it is signed. */
export interface EntryFields<T extends EntryType = EntryType> {
  /** Origin line of the epoch. */
  log: string
  seq: number
  /** Milliseconds since 1970, never before the entry before it. */
  time: number
  type: T
  actor: Actor
  subject: string | null
  data: EntryData<T>
  /** `sha256:` of the leaf before it; null for the first. */
  prev: string | null
}
export interface Sealed {
  /** Canonical JSON with `sig`: exactly the bytes that are hashed and kept. */
  leaf: string
  /** `sha256:` and the hex SHA-256 of the leaf: what the next entry's `prev` and later entries name it by. */
  digest: string
  /** RFC 6962 leaf hash. */
  leafHash: Uint8Array
}

/** `sha256:<hex>` of bytes or text. */
export const sha256 = (bytes: Uint8Array | string): string => `sha256:${hash('sha256', bytes, 'hex')}`

/** What stands in an entry for a text that is kept, erasable, beside it. */
export const contentDigest = (content: Json, salt: Uint8Array): string => sha256(contentPreimage(content, salt))

/** Everything but `data`, which its own shape checks, and the signature. */
const unsignedShape = entryShape.omit({ sig: true }).extend({ data: z.unknown() })

/** An entry that the vocabulary does not know is a fault of ours: it must not reach the log. */
function checked<T>(shape: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = shape.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new TypeError(`log entry ${what}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not in the vocabulary'}`)
}

/** Checks an entry against the vocabulary, signs it and hashes it. Pure: the caller numbers and stores it. */
export function sealEntry(fields: EntryFields, key: LogKey): Sealed {
  const { log, seq, type, subject, prev } = fields
  const shape: z.ZodType<EntryData> | undefined = vocabulary[type]
  if (shape === undefined) throw new TypeError(`log entry: there is no type ${String(type)}`)
  if ((seq === 0) !== (prev === null))
    throw new TypeError('log entry: the first, and only the first, has no entry before it')
  const data = checked(shape, fields.data, type)
  const actor = checked(actorShape, fields.actor, `${type}: actor`)
  const time = new Date(fields.time).toISOString()
  const unsigned = { v: 1, log, seq, time, type, actor, subject, data, prev, key: key.id }
  checked(unsignedShape, unsigned, type)
  const signed = Buffer.from(canonical(unsigned))
  const sig = Buffer.from(key.sign(signed)).toString('base64url')
  const leaf = canonical({ ...unsigned, sig })
  const bytes = Buffer.from(leaf)
  if (bytes.length > maxEntryBytes) {
    throw new RangeError(`log entry ${type}: ${bytes.length} bytes, and at most ${maxEntryBytes} are allowed`)
  }
  return { leaf, digest: sha256(bytes), leafHash: leafHash(bytes) }
}

/** The bytes that the new key of a rotation signs: the place in the chain and the key itself. */
export const rotationPreimage = (prev: string, publicKey: string): Uint8Array =>
  hash('sha256', `permission-slip/rotate/v1\n${prev}\n${publicKey}\n`, 'buffer')

/** `data` of `log.key_rotated`: sealed by the old key, it carries the new key's signature. Entries after it are the new key's. */
export function rotationData(next: LogKey, prev: string): EntryData<'log.key_rotated'> {
  const signature = Buffer.from(next.sign(rotationPreimage(prev, next.publicKey))).toString('base64url')
  return { key: next.id, public_key: next.publicKey, signature }
}
