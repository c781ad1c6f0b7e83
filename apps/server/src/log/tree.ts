import { hash } from 'node:crypto'

/** The Merkle tree of RFC 6962 section 2.1 (RFC 9162 section 2.1), SHA-256. Pure: it is given hashes, it reads nothing. */

/** Hash of the complete subtree of `2 ** level` leaves that is the `index`-th of its size. */
export type ReadHash = (level: number, index: number) => Promise<Uint8Array>

export const emptyRoot = (): Uint8Array => hash('sha256', new Uint8Array(0), 'buffer')

/** Hash of a leaf: SHA-256 of a zero byte and the leaf. */
export function leafHash(leaf: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(leaf.length + 1)
  bytes.set(leaf, 1)
  return hash('sha256', bytes, 'buffer')
}

/** Hash of an inner node: SHA-256 of a one byte and its two children. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(65)
  bytes[0] = 1
  bytes.set(left, 1)
  bytes.set(right, 33)
  return hash('sha256', bytes, 'buffer')
}

export const sameHash = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

/** Largest power of two that is at most `n`; n is 1 or more, perhaps beyond 32 bits. */
function powerWithin(n: number): number {
  let power = 1
  while (power * 2 <= n) power *= 2
  return power
}

/** Root over subtrees of one size, of which the last may be smaller. */
export function rootOver(hashes: readonly Uint8Array[]): Uint8Array {
  const [first] = hashes
  if (first === undefined) return emptyRoot()
  if (hashes.length === 1) return first
  const left = powerWithin(hashes.length - 1)
  return nodeHash(rootOver(hashes.slice(0, left)), rootOver(hashes.slice(left)))
}

/** A growing tree that remembers one hash a level: enough for its root. */
export class CompactRange {
  /** Complete subtrees, largest first; `#hashes[i]` covers `#sizes[i]` leaves. */
  readonly #hashes: Uint8Array[] = []
  readonly #sizes: number[] = []
  #size = 0

  get size(): number {
    return this.#size
  }

  append(leaf: Uint8Array): void {
    let hash = leaf
    let covers = 1
    while (this.#sizes.at(-1) === covers) {
      hash = nodeHash(this.#hashes.pop() ?? hash, hash)
      this.#sizes.pop()
      covers *= 2
    }
    this.#hashes.push(hash)
    this.#sizes.push(covers)
    this.#size++
  }

  root(): Uint8Array {
    return this.#size === 0 ? emptyRoot() : this.#hashes.reduceRight((right, left) => nodeHash(left, right))
  }
}

/** Root of the leaves from `start` to before `end`; `start` is where a subtree of that size begins. */
export async function rangeRoot(start: number, end: number, read: ReadHash): Promise<Uint8Array> {
  if (start === end) return emptyRoot()
  const hashes: Uint8Array[] = []
  for (let at = start; at < end; ) {
    const size = powerWithin(end - at)
    hashes.push(await read(Math.log2(size), at / size))
    at += size
  }
  return hashes.reduceRight((right, left) => nodeHash(left, right))
}

/** A half-open range of leaves. */
type Range = readonly [start: number, end: number]

/** What stands beside the path from a leaf to the root, from the leaf up. */
function besideLeaf(index: number, start: number, end: number): Range[] {
  if (end - start === 1) return []
  const middle = start + powerWithin(end - start - 1)
  return index < middle
    ? [...besideLeaf(index, start, middle), [middle, end]]
    : [...besideLeaf(index, middle, end), [start, middle]]
}

/** RFC 6962 section 2.1.2, SUBPROOF: `whole` while the old tree is exactly what is left. */
function besideOld(old: number, start: number, end: number, whole: boolean): Range[] {
  if (old === end) return whole ? [] : [[start, end]]
  const middle = start + powerWithin(end - start - 1)
  return old <= middle
    ? [...besideOld(old, start, middle, whole), [middle, end]]
    : [...besideOld(old, middle, end, false), [start, middle]]
}

const roots = async (ranges: readonly Range[], read: ReadHash): Promise<Uint8Array[]> => {
  const hashes: Uint8Array[] = []
  for (const [start, end] of ranges) hashes.push(await rangeRoot(start, end, read))
  return hashes
}

/** Proves that leaf `index` is in the tree of `size` leaves (RFC 6962 section 2.1.1). */
export function inclusionProof(index: number, size: number, read: ReadHash): Promise<Uint8Array[]> {
  if (index < 0 || index >= size) throw new RangeError(`there is no leaf ${index} in a tree of ${size}`)
  return roots(besideLeaf(index, 0, size), read)
}

/** Proves that the tree of `newer` leaves begins with the tree of `older` leaves (RFC 6962 section 2.1.2). */
export function consistencyProof(older: number, newer: number, read: ReadHash): Promise<Uint8Array[]> {
  if (older < 0 || older > newer) throw new RangeError(`a tree of ${newer} does not begin with one of ${older}`)
  return older === 0 ? Promise.resolve([]) : roots(besideOld(older, 0, newer, true), read)
}

const isOdd = (n: number): boolean => n % 2 === 1
const half = (n: number): number => Math.floor(n / 2)

/** The root that an inclusion proof leads to, or null if it has the wrong length (RFC 9162 section 2.1.3.2). */
export function rootFromInclusion(
  index: number,
  size: number,
  leaf: Uint8Array,
  proof: readonly Uint8Array[],
): Uint8Array | null {
  if (index < 0 || index >= size) return null
  let at = index
  let last = size - 1
  let root = leaf
  for (const beside of proof) {
    if (last === 0) return null
    if (isOdd(at) || at === last) {
      root = nodeHash(beside, root)
      for (; !isOdd(at) && at !== 0; at = half(at)) last = half(last)
    } else root = nodeHash(root, beside)
    at = half(at)
    last = half(last)
  }
  return last === 0 ? root : null
}

/** True if the proof shows that the newer tree begins with the older one (RFC 9162 section 2.1.4.2). */
export function consistent(
  older: { size: number; root: Uint8Array },
  newer: { size: number; root: Uint8Array },
  proof: readonly Uint8Array[],
): boolean {
  if (older.size > newer.size) return false
  if (older.size === newer.size) return proof.length === 0 && sameHash(older.root, newer.root)
  if (older.size === 0) return proof.length === 0 && sameHash(older.root, emptyRoot())
  const rest = powerWithin(older.size) === older.size ? [older.root, ...proof] : [...proof]
  const first = rest.shift()
  if (first === undefined || proof.length === 0) return false
  let at = older.size - 1
  let last = newer.size - 1
  for (; isOdd(at); at = half(at)) last = half(last)
  let old = first
  let now = first
  for (const beside of rest) {
    if (last === 0) return false
    if (isOdd(at) || at === last) {
      old = nodeHash(beside, old)
      now = nodeHash(beside, now)
      for (; !isOdd(at) && at !== 0; at = half(at)) last = half(last)
    } else now = nodeHash(now, beside)
    at = half(at)
    last = half(last)
  }
  return last === 0 && sameHash(old, older.root) && sameHash(now, newer.root)
}
