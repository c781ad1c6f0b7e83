import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import fs from 'node:fs'
import path from 'node:path'
import type { Entry } from '@permission-slip/protocol/log.ts'
import { signCheckpoint } from '../../src/log/checkpoint.ts'
import { LogKey } from '../../src/log/keys.ts'
import { type EntryFields, sealEntry } from '../../src/log/seal.ts'
import { CompactRange, leafHash } from '../../src/log/tree.ts'
import { verifyLog } from '../../src/log/verify.ts'
import { flavours, type LogHouse, liveADay, makeLogHouse } from './log-house.ts'
import { type Files, pack, unpack } from './tar-files.ts'

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '')
const joined = (all: string[]): string => all.map((line) => `${line}\n`).join('')
const verify = (files: Partial<Files>, key?: string) => verifyLog(new Blob([pack(files)]).stream(), key ? { key } : {})

for (const { flavour, skip } of flavours) {
  describe.skipIf(skip)(`an export on ${flavour}${skip ? ' (set PS_TEST_POSTGRES)' : ''}`, () => {
    let house: LogHouse
    let tar: Uint8Array<ArrayBuffer>
    let olderNote: string
    let files: Files
    let entries: string[]
    let contents: string[]
    /** Sequence number of the nth entry of a type. */
    const seqOf = (type: string, nth = 0): number =>
      entries.flatMap((line, seq) => (line.includes(`"type":"${type}"`) ? [seq] : [])).at(nth) ?? -1
    const withEntries = (change: (all: string[]) => string[]) => ({
      ...files,
      'entries.jsonl': joined(change([...entries])),
    })
    const withContents = (change: (all: string[]) => string[]) => ({
      ...files,
      'contents.jsonl': joined(change([...contents])),
    })
    const contentAt = (seq: number): number => contents.findIndex((line) => line.endsWith(`"seq":${seq}}`))

    beforeAll(async () => {
      house = await makeLogHouse(flavour)
      await liveADay(house)
      olderNote = (await house.checkpointer.checkpoint()).note
      await liveADay(house)
      tar = await house.export()
      files = unpack(tar)
      entries = lines(files['entries.jsonl'])
      contents = lines(files['contents.jsonl'])
    })
    afterAll(() => house.close())

    test('verifies, from a file and from a stream, over every entry', async () => {
      const file = path.join(house.dir, 'export.tar')
      fs.writeFileSync(file, tar)
      const expected = {
        ok: true,
        entries: entries.length,
        problems: [],
        first: null,
        size: entries.length,
        erased: 0,
        log: house.origin,
      }
      expect(await verifyLog(file)).toMatchObject({ ...expected, pinned: false, key: house.firstKey.publicKey })
      expect(await verifyLog(new Blob([tar]).stream(), { key: house.firstKey.publicKey })).toMatchObject({
        ...expected,
        pinned: true,
      })
      expect(entries.length).toBeGreaterThan(60)
      expect(house.published.at(-1)).toBe(files.checkpoint)
    })

    test('is a tar that tar reads, put together again or not', async () => {
      const list = Bun.spawnSync(['tar', '-tf', '-'], { stdin: tar })
      expect(list.stdout.toString()).toBe('checkpoint\nentries.jsonl\ncontents.jsonl\nkeys.json\n')
      const folder = fs.mkdtempSync(path.join(house.dir, 'tar-'))
      Bun.spawnSync(['tar', '-C', folder, '-xf', '-'], { stdin: tar })
      const again = Bun.spawnSync(['tar', '-C', folder, '--format=posix', '-cf', '-', '.'])
      expect((await verifyLog(new Blob([new Uint8Array(again.stdout)]).stream())).ok).toBe(true)
    })

    test('a changed byte of an entry, whichever, is located at that entry', async () => {
      for (const seq of [0, 1, seqOf('action.approved'), seqOf('log.key_rotated'), entries.length - 1]) {
        const line = entries[seq] ?? ''
        for (let at = 0; at < line.length; at += 23) {
          const other = line[at] === '0' ? '1' : '0'
          const report = await verify(
            withEntries((all) => all.with(seq, line.slice(0, at) + other + line.slice(at + 1))),
          )
          expect(report.ok).toBe(false)
          if (report.first?.seq !== seq)
            throw new Error(`byte ${at} of entry ${seq}: ${JSON.stringify(report.first)}\n${line}`)
        }
      }
    }, 60_000)

    test('a changed signature, and one taken from another entry, are located', async () => {
      const sig = (line: string) => (JSON.parse(line) as Entry).sig
      const seq = seqOf('action.voted', 1)
      const borrowed = withEntries((all) =>
        all.with(seq, (all[seq] ?? '').replace(sig(all[seq] ?? ''), sig(all[seq - 1] ?? ''))),
      )
      expect((await verify(borrowed)).first).toEqual({ seq, type: 'action.voted', what: 'its signature does not hold' })
    })

    test('a changed order is located where it begins', async () => {
      const swapped = withEntries((all) => all.with(5, all[6] ?? '').with(6, all[5] ?? ''))
      expect((await verify(swapped)).first).toMatchObject({ seq: 5, what: 'entry 6 stands where 5 must' })
    })

    test('a dropped middle is located at the first that is missing', async () => {
      const report = await verify(withEntries((all) => all.toSpliced(9, 2)))
      expect(report.first).toMatchObject({ seq: 9, what: 'entry 11 stands where 9 must' })
    })

    test('a dropped head and an empty log are no logs', async () => {
      expect((await verify(withEntries((all) => all.slice(1)))).first?.seq).toBe(0)
      expect((await verify({ ...files, 'entries.jsonl': '' })).first).toMatchObject({
        seq: 0,
        what: 'there is no entry: a log begins with log.opened',
      })
    })

    test('a dropped tail is located at the first that is missing', async () => {
      const kept = entries.length - 3
      const report = await verify({
        ...withEntries((all) => all.slice(0, kept)),
        'contents.jsonl': joined(contents.filter((line) => Number(/"seq":(\d+)}$/.exec(line)?.[1]) < kept)),
      })
      expect(report.first).toMatchObject({ seq: kept, type: 'checkpoint' })
      expect(report.first?.what).toContain(`the export ends after ${kept}`)
    })

    test('an older checkpoint, replayed, does not pass for this one', async () => {
      const size = Number(olderNote.split('\n')[1])
      const report = await verify({ ...files, checkpoint: olderNote })
      expect(report.first).toMatchObject({ seq: size, type: 'checkpoint' })
      expect(report.first?.what).toContain('it is an older one')
    })

    test('every changed line of the checkpoint is found', async () => {
      const note = files.checkpoint
      const [origin = '', size = '', root = ''] = note.split('\n')
      const foreign = signCheckpoint(
        { origin, size: Number(size), root: Buffer.from(root, 'base64') },
        LogKey.create(),
      ).note
      const retired = signCheckpoint(
        { origin, size: Number(size), root: Buffer.from(root, 'base64') },
        house.firstKey,
      ).note
      const others = [
        note.replace(origin, 'permission-slip/0000000000000000'),
        note.replace(root, Buffer.alloc(32).toString('base64')),
        note.slice(0, -12) + (note.at(-12) === 'A' ? 'B' : 'A') + note.slice(-11),
        foreign,
        retired,
        '',
      ]
      for (const checkpoint of others) {
        const report = await verify({ ...files, checkpoint })
        expect(report.first).toMatchObject({ seq: null, type: 'checkpoint' })
      }
    })

    test('a foreign key is found: in the pin, in one entry, in the key list', async () => {
      const mallory = LogKey.create()
      expect((await verify(files, mallory.publicKey)).first).toMatchObject({ seq: 0, type: 'log.opened' })
      const seq = seqOf('action.denied')
      const { v, key, sig, time, ...rest } = JSON.parse(entries[seq] ?? '') as Entry
      const forged = sealEntry({ ...rest, time: Date.parse(time) } as EntryFields, mallory)
      expect((await verify(withEntries((all) => all.with(seq, forged.leaf)))).first).toMatchObject({
        seq,
        type: 'action.denied',
      })
      const keys = files['keys.json'].replace(house.firstKey.publicKey, mallory.publicKey)
      expect((await verify({ ...files, 'keys.json': keys })).first).toMatchObject({ seq: null, type: 'keys' })
      await expect(verify(files, 'not a key')).rejects.toThrow('expected 32 bytes in base64url')
    })

    test('a retired key signs no further entry', async () => {
      const seq = seqOf('log.key_rotated') + 1
      const { v, key, sig, time, ...rest } = JSON.parse(entries[seq] ?? '') as Entry
      const forged = sealEntry({ ...rest, time: Date.parse(time) } as EntryFields, house.firstKey)
      const report = await verify(withEntries((all) => all.with(seq, forged.leaf)))
      expect(report.first?.seq).toBe(seq)
      expect(report.first?.what).toContain('it is signed by the key')
    })

    test('a changed, swapped, misplaced or invented content is located at its entry', async () => {
      const one = contentAt(seqOf('action.submitted'))
      const two = contentAt(seqOf('action.submitted', 1))
      const content = (line: string) => line.slice(0, line.lastIndexOf(',"seq"'))
      const seq = (line: string) => line.slice(line.lastIndexOf(',"seq"'))
      const [a = '', b = ''] = [contents[one], contents[two]]
      const swapped = withContents((all) => all.with(one, content(b) + seq(a)).with(two, content(a) + seq(b)))
      const what = 'its content is not what its digest is over'
      expect((await verify(swapped)).problems).toEqual([
        { seq: seqOf('action.submitted'), type: 'action.submitted', what },
        { seq: seqOf('action.submitted', 1), type: 'action.submitted', what },
      ])
      const changed = withContents((all) => all.with(one, a.replace('milk', 'wine')))
      expect((await verify(changed)).first).toEqual({ seq: seqOf('action.submitted'), type: 'action.submitted', what })
      const salted = withContents((all) =>
        all.with(one, a.replace(/"salt":"[^"]+"(?=,"seq)/, `"salt":"${'A'.repeat(43)}"`)),
      )
      expect((await verify(salted)).first?.what).toBe(what)
      const doubled = withContents((all) => all.with(one, a.replace('{"content":', '{"content":null,"content":')))
      expect((await verify(doubled)).ok).toBe(false)
      const moved = withContents((all) => all.with(one, b).with(two, a))
      expect((await verify(moved)).ok).toBe(false)
      const voted = seqOf('action.voted')
      const invented = withContents((all) =>
        all.toSpliced(
          contentAt(seqOf('action.submitted')) + 1,
          0,
          `{"content":{},"salt":"${'A'.repeat(43)}","seq":${voted}}`,
        ),
      )
      expect((await verify(invented)).first).toMatchObject({
        seq: voted,
        what: 'it has no content, yet one stands beside it',
      })
      const beyond = withContents((all) => [
        ...all,
        `{"content":{},"salt":"${'A'.repeat(43)}","seq":${entries.length}}`,
      ])
      expect((await verify(beyond)).first).toMatchObject({
        seq: entries.length,
        what: 'a content stands beside no entry',
      })
    })

    test('an erased content is counted, and everything else still holds', async () => {
      const seq = seqOf('action.submitted')
      const nulled = withContents((all) =>
        all.with(contentAt(seq), `{"content":null,"salt":"${'A'.repeat(43)}","seq":${seq}}`),
      )
      expect(await verify(nulled)).toMatchObject({ ok: true, erased: 1 })
      expect(await verify({ ...files, 'contents.jsonl': '' })).toMatchObject({ ok: true, erased: contents.length })
    })

    test('what is erased while the export is streamed leaves it whole', async () => {
      const db = house.database.write
      const { exportLog } = await import('../../src/log/export.ts')
      const stream = await exportLog({
        db: house.database.read,
        checkpoint: () => house.checkpointer.checkpoint(),
        now: 0,
      })
      const before = await db
        .selectFrom('log_contents')
        .selectAll()
        .where('seq', '>', seqOf('action.submitted', 3))
        .execute()
      await db
        .updateTable('log_contents')
        .set({ content: null })
        .where('seq', '>', seqOf('action.submitted', 3))
        .execute()
      expect(await verifyLog(stream)).toMatchObject({ ok: true, erased: before.length })
      for (const { seq, content } of before)
        await db.updateTable('log_contents').set({ content }).where('seq', '=', seq).execute()
    })

    test('what is no export is said to be none', async () => {
      const report = async (bytes: Uint8Array<ArrayBuffer>) => (await verifyLog(new Blob([bytes]).stream())).first
      expect(await report(new Uint8Array(0))).toMatchObject({ seq: null, type: 'export' })
      expect(await report(tar.slice(0, 3000))).toMatchObject({ seq: null, type: 'export' })
      expect(await report(new Uint8Array(Buffer.from('hello'.repeat(500))))).toMatchObject({
        seq: null,
        type: 'export',
      })
      const { 'keys.json': _, ...rest } = files
      expect(await report(pack(rest))).toMatchObject({ what: 'export: expected a file keys.json in it, got none.' })
      await expect(verifyLog(path.join(house.dir, 'none.tar'))).rejects.toThrow('ENOENT')
    })
  })
}

/** A log by one key: its opening and then `log.refused` with these counts at these times. */
function sealed(key: LogKey, told: { time: number; count: number }[]) {
  const leaves: string[] = []
  const range = new CompactRange()
  let prev: string | null = null
  const common = { log: key.origin, actor: { kind: 'server' as const }, subject: null }
  for (const [seq, { time, count }] of [{ time: 0, count: 0 }, ...told].entries()) {
    const what: Pick<EntryFields, 'type' | 'data'> =
      seq === 0
        ? { type: 'log.opened', data: { public_key: key.publicKey, schema: 1 } }
        : { type: 'log.refused', data: { count } }
    const { leaf, digest } = sealEntry({ ...common, ...what, seq, time, prev }, key)
    leaves.push(leaf)
    range.append(leafHash(Buffer.from(leaf)))
    prev = digest
  }
  const checkpoint = signCheckpoint({ origin: key.origin, size: leaves.length, root: range.root() }, key).note
  const keys = JSON.stringify({ keys: [{ id: key.id, public_key: key.publicKey, from_seq: 0 }] })
  return { leaves, files: { checkpoint, 'entries.jsonl': joined(leaves), 'contents.jsonl': '', 'keys.json': keys } }
}

describe('the log’s own key can not make it tell two stories', () => {
  const key = LogKey.create()
  const told = [2000, 3000, 4000].map((time, count) => ({ time, count }))
  const { leaves, files } = sealed(key, told)
  const other = sealed(
    key,
    told.map(({ time }) => ({ time, count: 9 })),
  ).leaves

  test('as it was sealed, it verifies', async () => {
    expect(await verify(files)).toMatchObject({ ok: true, entries: 4 })
  })
  test('time never goes back', async () => {
    const back = sealed(key, [
      { time: 3000, count: 1 },
      { time: 2999, count: 2 },
    ]).files
    const problems = [
      { seq: 2, type: 'log.refused', what: expect.stringContaining('is before that of the entry before it') },
    ]
    expect((await verify(back)).problems).toEqual(problems)
  })
  test('another entry, as well signed, breaks the chain behind it', async () => {
    const report = await verify({ ...files, 'entries.jsonl': joined(leaves.with(1, other[1] ?? '')) })
    expect(report.first).toEqual({ seq: 2, type: 'log.refused', what: 'it does not continue the entry before it' })
  })
  test('another last entry, or another whole log, is not the one of the checkpoint', async () => {
    const { leaves: fork } = sealed(key, told.with(2, { time: 4000, count: 9 }))
    const what = 'the checkpoint’s root is not that of these entries'
    for (const all of [fork, other]) {
      const report = await verify({ ...files, 'entries.jsonl': joined(all) })
      expect(report.problems).toEqual([{ seq: null, type: 'checkpoint', what }])
    }
  })
})
