import type { Db, Tx, Writer } from '../db/writer-types.ts'
import { type SignedCheckpoint, signCheckpoint } from './checkpoint.ts'
import { extendTree } from './extend.ts'
import type { LogKey } from './keys.ts'
import { emptyRoot } from './tree.ts'

export interface Checkpointer {
  /** A checkpoint over every entry that is committed when it is asked for; the newest one if nothing came since. */
  checkpoint(): Promise<SignedCheckpoint>
}

/** The newest checkpoint, or null before the first. */
export async function newestCheckpoint(db: Db, origin: string): Promise<SignedCheckpoint | null> {
  const row = await db.selectFrom('log_checkpoints').selectAll().orderBy('size', 'desc').limit(1).executeTakeFirst()
  return row ? { origin, size: row.size, root: row.root, note: row.note } : null
}

/** In the writer's transaction, which holds the log's lock: so sizes only grow, whatever the number of copies. */
async function extend(tx: Tx, origin: string, key: LogKey): Promise<SignedCheckpoint> {
  const { db } = tx
  const last = await newestCheckpoint(db, origin)
  const head = await db.selectFrom('log_entries').select('seq').orderBy('seq', 'desc').limit(1).executeTakeFirst()
  const size = head ? head.seq + 1 : 0
  if (last?.size === size) return last
  if (last && last.size > size) throw new Error(`the log has ${size} entries, its last checkpoint is over ${last.size}`)
  const root = await extendTree(db, last ?? { size: 0, root: emptyRoot() }, size)
  const made = signCheckpoint({ origin, size, root }, key)
  await db.insertInto('log_checkpoints').values({ size, root, note: made.note, time: tx.now }).execute()
  return made
}

/**
 * Makes checkpoints. It keeps nothing in memory that the tree depends on: each one continues from the stored tiles, so
 * a restart, another copy or a rolled-back transaction changes nothing.
 */
export function makeCheckpointer(parts: {
  writer: Pick<Writer, 'write'>
  /** The key that signs from now on, and the origin line. */
  signing(): { key: LogKey; origin: string }
  /** Keeps the newest note outside the database, after its commit. */
  publish(note: string): void
}): Checkpointer {
  let published = -1
  return {
    async checkpoint() {
      const made = await parts.writer.write((tx) => {
        const { key, origin } = parts.signing()
        return extend(tx, origin, key)
      })
      if (made.size > published) {
        parts.publish(made.note)
        published = made.size
      }
      return made
    },
  }
}
