import { type KeyObject, verify } from 'node:crypto'
import { canonical } from '@permission-slip/protocol/canonical.ts'
import type { Json, JsonObject } from '@permission-slip/protocol/json.ts'
import type { Db } from '../db/writer-types.ts'
import { sha256 } from '../log/seal.ts'

/** Public keys that this server trusts to have signed its log, by thumbprint: from its own key file, never from a row. */
export type TrustedKeys = ReadonlyMap<string, KeyObject>

export interface ProvenEntry {
  seq: number
  type: string
  data: JsonObject
  /** `sha256:` of the leaf. */
  digest: string
}

/** The entries about a subject, oldest first; null as soon as one was not signed by a trusted key over these bytes. */
export async function trustedEntries(db: Db, keys: TrustedKeys, subject: string): Promise<ProvenEntry[] | null> {
  const rows = await db
    .selectFrom('log_entries')
    .select(['seq', 'leaf'])
    .where('subject', '=', subject)
    .orderBy('seq')
    .execute()
  const all: ProvenEntry[] = []
  for (const row of rows) {
    const { sig, ...entry } = JSON.parse(row.leaf) as JsonObject & {
      sig: Json
      data: JsonObject
      type: string
      seq: number
      subject: Json
      key: string
    }
    const key = keys.get(entry.key)
    if (!key || typeof sig !== 'string' || entry.subject !== subject || entry.seq !== row.seq) return null
    if (!verify(null, Buffer.from(canonical(entry)), key, Buffer.from(sig, 'base64url'))) return null
    all.push({ seq: entry.seq, type: entry.type, data: entry.data, digest: sha256(row.leaf) })
  }
  return all
}
