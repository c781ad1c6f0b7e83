import type { Db } from '../db/writer-types.ts'
import type { Checkpoint } from './checkpoint.ts'
import { tileWidth } from './tile-path.ts'
import { hashesIn, leafHashes, readTile } from './tiles.ts'
import { emptyRoot, rootOver, sameHash } from './tree.ts'

/** The right edge of the tree: for each level the hashes of the tile that is being filled. */
class Edge {
  readonly #db: Db
  readonly #tiles: { hashes: Uint8Array[]; index: number; changed: boolean }[] = []

  private constructor(db: Db) {
    this.#db = db
  }

  /** From the stored tiles of a tree of this size: one tile a level, whatever the size. */
  static async at(db: Db, size: number): Promise<Edge> {
    const edge = new Edge(db)
    for (let level = 0, count = size; count > 0; level++, count = Math.floor(count / tileWidth)) {
      const width = count % tileWidth
      const index = Math.floor(count / tileWidth)
      const hashes = width === 0 ? [] : hashesIn(await readTile(db, { level, index, width }))
      edge.#tiles.push({ hashes, index, changed: false })
    }
    return edge
  }

  root(): Uint8Array {
    const root = this.#tiles.reduce<Uint8Array | null>((below, { hashes }) => {
      const all = below ? [...hashes, below] : hashes
      return all.length === 0 ? null : rootOver(all)
    }, null)
    return root ?? emptyRoot()
  }

  async push(hash: Uint8Array, level = 0): Promise<void> {
    let tile = this.#tiles[level]
    if (tile === undefined) {
      tile = { hashes: [], index: 0, changed: false }
      this.#tiles.push(tile)
    }
    tile.hashes.push(hash)
    tile.changed = true
    if (tile.hashes.length < tileWidth) return
    await this.#store(level)
    const full = rootOver(tile.hashes)
    this.#tiles[level] = { hashes: [], index: tile.index + 1, changed: false }
    await this.push(full, level + 1)
  }

  /** Keeps what is not full yet, above the leaves: their own hashes stand with the entries. */
  async keep(): Promise<void> {
    for (const level of this.#tiles.keys()) if (level > 0) await this.#store(level)
  }

  async #store(level: number): Promise<void> {
    const tile = this.#tiles[level]
    if (!tile?.changed) return
    const hashes = Buffer.concat(tile.hashes)
    await this.#db
      .insertInto('log_tiles')
      .values({ level, idx: tile.index, hashes })
      .onConflict((c) => c.columns(['level', 'idx']).doUpdateSet({ hashes }))
      .execute()
  }
}

/**
 * Extends the stored tree from the last checkpoint to `size` entries and gives its root. The tree is only ever built on
 * what the last checkpoint signed: if the stored hashes do not lead to that root, nothing is signed.
 */
export async function extendTree(db: Db, last: Pick<Checkpoint, 'size' | 'root'>, size: number): Promise<Uint8Array> {
  const edge = await Edge.at(db, last.size)
  if (!sameHash(edge.root(), last.root)) {
    throw new Error(`the log's stored tree of ${last.size} entries is not the one that its checkpoint signed`)
  }
  for await (const hashes of leafHashes(db, last.size, size)) for (const hash of hashes) await edge.push(hash)
  await edge.keep()
  return edge.root()
}
