import { Refusal } from '@permission-slip/protocol/errors.ts'
import type { Json } from '@permission-slip/protocol/json.ts'
import type { Db } from '../db/writer-types.ts'
import type { SignedCheckpoint } from './checkpoint.ts'
import { tileReader } from './tiles.ts'
import { inclusionProof, type ReadHash } from './tree.ts'

/** One entry with its way to the checkpoint's root. */
export interface ProvenLeaf {
  seq: number
  /** Canonical JSON: exactly the bytes that were signed into the tree. */
  leaf: string
  /** Base64 hashes, from the leaf up (RFC 6962 section 2.1.1). */
  proof: string[]
}
/** Everything that the log says of one action, to be checked anywhere, without the server. */
export interface ActionProof {
  action: string
  /** Origin line. */
  log: string
  /** C2SP signed note. */
  checkpoint: string
  /** Whose log it is: its opening, rotations of its key, a restore. */
  frame: ProvenLeaf[]
  /** The action's entries with their contents; null where there is none or it was erased. */
  entries: (ProvenLeaf & { content: { salt: string; content: Json } | null })[]
}

interface Leaf {
  seq: number
  leaf: string
}
async function proven(rows: readonly Leaf[], size: number, read: ReadHash): Promise<ProvenLeaf[]> {
  const all: ProvenLeaf[] = []
  for (const { seq, leaf } of rows) {
    const hashes = await inclusionProof(seq, size, read)
    all.push({ seq, leaf, proof: hashes.map((hash) => Buffer.from(hash).toString('base64')) })
  }
  return all
}

/** The entries of an action with inclusion proofs in one checkpoint, and what is needed to check their signatures. */
export async function proveAction(parts: {
  db: Db
  action: string
  /** Makes a checkpoint over the last entry. */
  checkpoint(): Promise<SignedCheckpoint>
}): Promise<ActionProof> {
  const { db, action } = parts
  const { note, origin, size } = await parts.checkpoint()
  const entries = db.selectFrom('log_entries').select(['seq', 'leaf']).where('seq', '<', size).orderBy('seq')
  const own = await entries.where('subject', '=', action).execute()
  if (own.length === 0) throw new Refusal('not_found', `The log has no entry about ${action}.`)
  const frame = await entries
    .where('subject', 'is', null)
    .where('type', 'in', ['log.opened', 'log.key_rotated', 'log.restored'])
    .execute()
  const seqs = own.map((row) => row.seq)
  const rows = await db.selectFrom('log_contents').selectAll().where('seq', 'in', seqs).execute()
  const contents = new Map(rows.map((row) => [row.seq, row]))
  const read = tileReader(db)
  const provenOwn = await proven(own, size, read)
  return {
    action,
    log: origin,
    checkpoint: note,
    frame: await proven(frame, size, read),
    entries: provenOwn.map((leaf) => {
      const row = contents.get(leaf.seq)
      if (!row || row.content === null) return { ...leaf, content: null }
      const salt = Buffer.from(row.salt).toString('base64url')
      return { ...leaf, content: { salt, content: JSON.parse(row.content) as Json } }
    }),
  }
}
