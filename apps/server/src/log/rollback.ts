import type { Db } from '../db/writer-types.ts'
import { openCheckpoint } from './checkpoint.ts'
import { tileReader } from './tiles.ts'
import { rangeRoot, sameHash } from './tree.ts'

/** How the database stands to a checkpoint that was kept outside it. */
export type Standing = 'continues' | 'behind' | 'differs'

/**
 * Whether the database still holds everything that a checkpoint signed. `behind`: it has fewer entries, it was rolled
 * back. `differs`: it has enough, but not those. Throws if the note is not one of this log's.
 */
export async function standing(db: Db, note: string, origin: string, publicKeys: readonly string[]): Promise<Standing> {
  const kept = openCheckpoint(note, origin, publicKeys)
  const newest = await db
    .selectFrom('log_checkpoints')
    .select('size')
    .orderBy('size', 'desc')
    .limit(1)
    .executeTakeFirst()
  // The checkpoint was committed before it was kept outside: a database without one of its size lost it.
  if ((newest?.size ?? 0) < kept.size) return 'behind'
  const root = await rangeRoot(0, kept.size, tileReader(db))
  return sameHash(root, kept.root) ? 'continues' : 'differs'
}
