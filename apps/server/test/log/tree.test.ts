import { expect, test } from 'bun:test'
import { hash } from 'node:crypto'
import fc from 'fast-check'
import {
  CompactRange,
  consistencyProof,
  consistent,
  emptyRoot,
  inclusionProof,
  leafHash,
  type ReadHash,
  rangeRoot,
  rootFromInclusion,
  rootOver,
} from '../../src/log/tree.ts'

/** RFC 6962 section 2.1, word for word, over the leaves themselves. */
function mth(leaves: Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return hash('sha256', new Uint8Array(0), 'buffer')
  if (leaves.length === 1)
    return hash('sha256', Buffer.concat([Uint8Array.of(0), leaves[0] ?? new Uint8Array()]), 'buffer')
  let k = 1
  while (k * 2 < leaves.length) k *= 2
  return hash('sha256', Buffer.concat([Uint8Array.of(1), mth(leaves.slice(0, k)), mth(leaves.slice(k))]), 'buffer')
}

const leaf = (i: number): Uint8Array => Buffer.from(`leaf ${i}`)
const leaves = (n: number): Uint8Array[] => Array.from({ length: n }, (_, i) => leaf(i))
const reader =
  (n: number): ReadHash =>
  async (level, index) => {
    const size = 2 ** level
    if ((index + 1) * size > n) throw new Error('reads beyond the tree')
    return mth(leaves(n).slice(index * size, (index + 1) * size))
  }
const hex = (bytes: Uint8Array | null) => (bytes ? Buffer.from(bytes).toString('hex') : null)
const sizes = fc.integer({ min: 1, max: 300 })
const flip = (bytes: Uint8Array, bit: number): Uint8Array => {
  const copy = Uint8Array.from(bytes)
  copy[Math.floor(bit / 8) % 32] = (copy[Math.floor(bit / 8) % 32] ?? 0) ^ (1 << (bit % 8))
  return copy
}

test('the empty tree has the hash of nothing, as in the RFC', () => {
  expect(hex(emptyRoot())).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
})

test('a root is that of the RFC, however it is built', async () => {
  for (let n = 0; n <= 70; n++) {
    const range = new CompactRange()
    for (const one of leaves(n)) range.append(leafHash(one))
    const expected = hex(mth(leaves(n)))
    expect(hex(range.root())).toBe(expected)
    expect(hex(rootOver(leaves(n).map(leafHash)))).toBe(expected)
    expect(hex(await rangeRoot(0, n, reader(n)))).toBe(expected)
  }
})

test('an inclusion proof leads to the root for its own leaf, place and size, and for nothing else', async () => {
  await fc.assert(
    fc.asyncProperty(sizes, fc.nat(), fc.nat({ max: 255 }), fc.nat(), async (n, pick, bit, which) => {
      const index = pick % n
      const proof = await inclusionProof(index, n, reader(n))
      const root = hex(mth(leaves(n)))
      const lead = (i: number, size: number, of: Uint8Array, by = proof) => hex(rootFromInclusion(i, size, of, by))
      expect(lead(index, n, leafHash(leaf(index)))).toBe(root)
      expect(lead(index, n, leafHash(leaf(index + 1)))).not.toBe(root)
      if (n > 1) expect(lead((index + 1) % n, n, leafHash(leaf(index)))).not.toBe(root)
      expect(lead(index, n, leafHash(leaf(index)), [...proof, emptyRoot()])).toBeNull()
      if (proof.length === 0) return
      expect(lead(index, n, leafHash(leaf(index)), proof.slice(0, -1))).toBeNull()
      expect(lead(index, n, leafHash(leaf(index)), proof.slice(1))).not.toBe(root)
      const at = which % proof.length
      const wrong = proof.map((h, i) => (i === at ? flip(h, bit) : h))
      expect(lead(index, n, leafHash(leaf(index)), wrong)).not.toBe(root)
    }),
  )
})

test('a consistency proof shows a growth that happened, and no other', async () => {
  await fc.assert(
    fc.asyncProperty(sizes, fc.nat(), fc.nat({ max: 255 }), fc.nat(), async (n, pick, bit, which) => {
      const m = pick % (n + 1)
      const older = { size: m, root: mth(leaves(m)) }
      const newer = { size: n, root: mth(leaves(n)) }
      const proof = await consistencyProof(m, n, reader(n))
      expect(consistent(older, newer, proof)).toBe(true)
      expect(consistent(older, newer, [...proof, emptyRoot()])).toBe(false)
      expect(consistent(older, { size: n, root: flip(newer.root, bit) }, proof)).toBe(m === 0)
      expect(consistent({ size: m, root: flip(older.root, bit) }, newer, proof)).toBe(false)
      if (proof.length === 0) return
      expect(consistent(older, newer, proof.slice(0, -1))).toBe(false)
      const at = which % proof.length
      expect(
        consistent(
          older,
          newer,
          proof.map((h, i) => (i === at ? flip(h, bit) : h)),
        ),
      ).toBe(false)
    }),
  )
})

test('a proof that stops early does not show the growth to a size that it never reached', async () => {
  const [beside] = await consistencyProof(1, 4, reader(4))
  const older = { size: 1, root: mth(leaves(1)) }
  expect(consistent(older, { size: 2, root: mth(leaves(2)) }, beside ? [beside] : [])).toBe(true)
  expect(consistent(older, { size: 4, root: mth(leaves(2)) }, beside ? [beside] : [])).toBe(false)
})

test('a leaf that is not in the tree, and a tree that shrinks, have no proof', () => {
  expect(() => inclusionProof(3, 3, reader(3))).toThrow('no leaf 3')
  expect(() => consistencyProof(4, 3, reader(3))).toThrow('does not begin')
})
