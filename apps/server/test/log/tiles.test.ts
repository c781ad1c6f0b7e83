import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { openCheckpoint } from '../../src/log/checkpoint.ts'
import { standing } from '../../src/log/rollback.ts'
import { parseTilePath, tilePath } from '../../src/log/tile-path.ts'
import { readEntries, readTile, tileReader } from '../../src/log/tiles.ts'
import {
  CompactRange,
  consistencyProof,
  consistent,
  inclusionProof,
  leafHash,
  rootFromInclusion,
  rootOver,
} from '../../src/log/tree.ts'
import { flavours, type LogHouse, makeLogHouse, server } from './log-house.ts'

const hex = (bytes: Uint8Array | null) => (bytes ? Buffer.from(bytes).toString('hex') : null)
const text = new TextDecoder()

test('a tile has one path, and the path names the tile', () => {
  expect(tilePath({ level: 0, index: 1_234_067, width: 256 })).toBe('0/x001/x234/067')
  expect(tilePath({ level: 'entries', index: 0, width: 12 })).toBe('entries/000.p/12')
  const level = fc.oneof(fc.integer({ min: 0, max: 63 }), fc.constant('entries' as const))
  const ref = fc.record({
    level,
    index: fc.integer({ min: 0, max: 10 ** 15 - 1 }),
    width: fc.integer({ min: 1, max: 256 }),
  })
  fc.assert(fc.property(ref, (r) => expect(parseTilePath(tilePath(r))).toEqual(r)))
})

test('no other spelling is taken', () => {
  const wrong = [
    '',
    '0',
    '00/000',
    '64/000',
    '0/0',
    '0/1000',
    '0/x000/001',
    '0/001/002',
    '0/000.p/0',
    '0/000.p/256',
    '0/000.p/01',
  ]
  for (const path of [...wrong, '0/x001', 'entries/', '-1/000', '0/000.p/'])
    expect(() => parseTilePath(path)).toThrow('tile: expected')
})

for (const { flavour, skip } of flavours) {
  describe.skipIf(skip)(`the tree on ${flavour}${skip ? ' (set PS_TEST_POSTGRES)' : ''}`, () => {
    let house: LogHouse
    const range = new CompactRange()
    const leaves: string[] = []
    beforeAll(async () => {
      house = await makeLogHouse(flavour)
      await grow(0)
    })
    afterAll(() => house.close())

    /** Appends entries and follows the tree with the naive model. */
    async function grow(count: number): Promise<void> {
      await house.writer.write(async (tx) => {
        for (let i = 0; i < count; i++)
          await tx.append({ type: 'log.refused', actor: server, subject: null, data: { count: i } })
      })
      const rows = await house.database.read
        .selectFrom('log_entries')
        .select('leaf')
        .where('seq', '>=', leaves.length)
        .orderBy('seq')
        .execute()
      for (const { leaf } of rows) {
        leaves.push(leaf)
        range.append(leafHash(Buffer.from(leaf)))
      }
    }

    test('checkpoints continue each other over any growth, on the stored tiles', async () => {
      const made: { size: number; root: Uint8Array }[] = []
      // Beyond 65,536 entries there is a third level of tiles.
      for (const count of [0, 1, 253, 1, 1, 300, 255, 5000, 0, flavour === 'sqlite' ? 60_000 : 1]) {
        for (let left = count; left > 0; left -= 400) await grow(Math.min(left, 400))
        const { size, root, note } = await house.checkpointer.checkpoint()
        expect(size).toBe(leaves.length)
        expect(hex(root)).toBe(hex(range.root()))
        expect(hex(openCheckpoint(note, house.origin, [house.firstKey.publicKey]).root)).toBe(hex(root))
        made.push({ size, root })
      }
      expect(house.published).toHaveLength(new Set(made.map((m) => m.size)).size)
      const read = tileReader(house.database.read)
      const newest = made.at(-1) ?? { size: 0, root: range.root() }
      for (const older of made) {
        expect(consistent(older, newest, await consistencyProof(older.size, newest.size, read))).toBe(true)
        for (const index of [0, older.size - 1, Math.floor(older.size / 2)]) {
          const proof = await inclusionProof(index, older.size, read)
          expect(hex(rootFromInclusion(index, older.size, leafHash(Buffer.from(leaves[index] ?? '')), proof))).toBe(
            hex(older.root),
          )
        }
      }
    }, 120_000)

    test('tiles and bundles are what C2SP tlog-tiles says, full and partial', async () => {
      const size = leaves.length
      const { read: db } = house.database
      for (const [level, unit] of [
        [0, 1],
        [1, 256],
        [2, 65_536],
      ] as const) {
        const count = Math.floor(size / unit)
        const widths = count % 256 === 0 ? [] : [{ index: Math.floor(count / 256), width: count % 256 }]
        for (const { index, width } of [...(count >= 256 ? [{ index: 0, width: 256 }] : []), ...widths]) {
          const tile = await readTile(db, { level, index, width })
          expect(tile.length).toBe(width * 32)
          for (const i of [0, width - 1]) {
            const first = (index * 256 + i) * unit
            const under = leaves.slice(first, first + unit).map((l) => leafHash(Buffer.from(l)))
            expect(hex(tile.subarray(i * 32, (i + 1) * 32))).toBe(hex(rootOver(under)))
          }
        }
        await expect(readTile(db, { level, index: Math.floor(count / 256), width: (count % 256) + 1 })).rejects.toThrow(
          'no tile',
        )
      }
      const bundle = await readEntries(db, { level: 'entries', index: 3, width: 256 })
      let at = 0
      for (const leaf of leaves.slice(768, 1024)) {
        const length = (bundle[at] ?? 0) * 256 + (bundle[at + 1] ?? 0)
        expect(text.decode(bundle.subarray(at + 2, at + 2 + length))).toBe(leaf)
        at += 2 + length
      }
      expect(at).toBe(bundle.length)
      await expect(
        readEntries(db, { level: 'entries', index: Math.floor(size / 256), width: (size % 256) + 1 }),
      ).rejects.toThrow('no tile')
    })

    test('a checkpoint kept outside tells a database that was rolled back or is another', async () => {
      const { database, origin, firstKey } = house
      const old = house.published[1] ?? ''
      const newest = house.published.at(-1) ?? ''
      expect(await standing(database.read, old, origin, [firstKey.publicKey])).toBe('continues')
      expect(await standing(database.read, newest, origin, [firstKey.publicKey])).toBe('continues')
      const size = leaves.length
      await database.write.deleteFrom('log_checkpoints').where('size', '=', size).execute()
      expect(await standing(database.read, newest, origin, [firstKey.publicKey])).toBe('behind')
      await house.checkpointer.checkpoint()
      await database.write
        .updateTable('log_tiles')
        .set({ hashes: new Uint8Array(8192) })
        .where('level', '=', 0)
        .where('idx', '=', 0)
        .execute()
      expect(await standing(database.read, old, origin, [firstKey.publicKey])).toBe('differs')
    })

    test('nothing is signed on a stored tree that is not the one signed before', async () => {
      await grow(1)
      const { write } = house.database
      await write
        .updateTable('log_tiles')
        .set({ hashes: new Uint8Array(8192) })
        .where('level', '=', 1)
        .execute()
      await expect(house.checkpointer.checkpoint()).rejects.toThrow('is not the one that its checkpoint signed')
    })
  })
}
