import { Refusal } from '@permission-slip/protocol/errors.ts'
import type { Db } from '../db/writer-types.ts'
import { type TileRef, tilePath, tileWidth } from './tile-path.ts'
import { type ReadHash, rootOver } from './tree.ts'

const hashBytes = 32
/** Leaf hashes read at once: 16 tiles. */
const chunk = 16 * tileWidth

/** The 32-byte hashes that stand one after another in `bytes`. */
export const hashesIn = (bytes: Uint8Array): Uint8Array[] =>
  Array.from({ length: bytes.length / hashBytes }, (_, i) => bytes.subarray(i * hashBytes, (i + 1) * hashBytes))

/** Leaf hashes from `start` to before `end`, a chunk at a time. Throws if one is missing: a log has no holes. */
export async function* leafHashes(db: Db, start: number, end: number): AsyncGenerator<Uint8Array[]> {
  for (let at = start; at < end; ) {
    const to = Math.min(end, at + chunk)
    const rows = await db
      .selectFrom('log_entries')
      .select(['seq', 'leaf_hash'])
      .where('seq', '>=', at)
      .where('seq', '<', to)
      .orderBy('seq')
      .execute()
    if (rows.length !== to - at)
      throw new Error(`the log has a hole: ${to - at} entries from ${at} on, ${rows.length} found`)
    yield rows.map((row) => row.leaf_hash)
    at = to
  }
}

/** As many hashes of a tile as there are, 256 at most; null where the tile begins beyond what is stored. */
async function stored(db: Db, level: number, index: number): Promise<Uint8Array | null> {
  const row = await db
    .selectFrom('log_tiles')
    .select('hashes')
    .where('level', '=', level)
    .where('idx', '=', index)
    .executeTakeFirst()
  if (row) return row.hashes
  if (level > 0) return null
  const leaves = await db
    .selectFrom('log_entries')
    .select('leaf_hash')
    .where('seq', '>=', index * tileWidth)
    .where('seq', '<', (index + 1) * tileWidth)
    .orderBy('seq')
    .execute()
  return leaves.length === 0 ? null : Buffer.concat(leaves.map((row) => row.leaf_hash))
}

const missing = (ref: TileRef) => new Refusal('not_found', `The log has no tile ${tilePath(ref)} yet.`)

/** One tile of hashes, full or partial, as C2SP tlog-tiles serves it. */
export async function readTile(db: Db, ref: TileRef & { level: number }): Promise<Uint8Array> {
  const bytes = await stored(db, ref.level, ref.index)
  if (bytes === null || bytes.length < ref.width * hashBytes) throw missing(ref)
  return bytes.subarray(0, ref.width * hashBytes)
}

/** One bundle of entries: each with its length in two bytes before it, most significant first. */
export async function readEntries(db: Db, ref: TileRef): Promise<Uint8Array> {
  const start = ref.index * tileWidth
  const rows = await db
    .selectFrom('log_entries')
    .select('leaf')
    .where('seq', '>=', start)
    .where('seq', '<', start + ref.width)
    .orderBy('seq')
    .execute()
  if (rows.length < ref.width) throw missing(ref)
  const parts = rows.flatMap(({ leaf }) => {
    const bytes = Buffer.from(leaf)
    const length = Buffer.alloc(2)
    length.writeUInt16BE(bytes.length)
    return [length, bytes]
  })
  return Buffer.concat(parts)
}

/** Any inner hash of the tree, from the tiles; each tile is read once. */
export function tileReader(db: Db): ReadHash {
  const tiles = new Map<string, Promise<Uint8Array[]>>()
  return async (level, index) => {
    const tileLevel = Math.floor(level / 8)
    const covers = 2 ** (level % 8)
    const tile = Math.floor((index * covers) / tileWidth)
    const name = `${tileLevel}/${tile}`
    const loaded = tiles.get(name) ?? stored(db, tileLevel, tile).then((bytes) => hashesIn(bytes ?? new Uint8Array(0)))
    tiles.set(name, loaded)
    const at = (index * covers) % tileWidth
    const hashes = (await loaded).slice(at, at + covers)
    if (hashes.length !== covers) throw new Error(`the log's tile ${name} is short: it lacks the hash at ${at}`)
    return rootOver(hashes)
  }
}
