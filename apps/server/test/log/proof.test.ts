import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { LogKey } from '../../src/log/keys.ts'
import { type ActionProof, proveAction } from '../../src/log/proof.ts'
import { verifyProof } from '../../src/log/verify-proof.ts'
import { ada, bob, flavours, type LogHouse, liveADay, makeLogHouse, Story } from './log-house.ts'

for (const { flavour, skip } of flavours) {
  describe.skipIf(skip)(`the proof of one action on ${flavour}${skip ? ' (set PS_TEST_POSTGRES)' : ''}`, () => {
    let house: LogHouse
    let story: Story
    let proof: ActionProof
    const prove = (action: string) =>
      proveAction({ db: house.database.read, action, checkpoint: () => house.checkpointer.checkpoint() })
    beforeAll(async () => {
      house = await makeLogHouse(flavour)
      await liveADay(house)
      await house.checkpointer.checkpoint()
      story = await new Story(house).submit()
      await story.vote(ada)
      await house.rotate()
      await story.edit({ page: 'Shopping', body: 'bread' }, bob)
      await story.vote(ada)
      await story.approve(ada)
      await story.start()
      await liveADay(house)
      await story.succeed()
      // As JSON, the way it travels.
      proof = JSON.parse(JSON.stringify(await prove(story.id))) as ActionProof
    })
    afterAll(() => house.close())

    test('holds by itself, over a rotation of the key, with every entry and content of the action', () => {
      const report = verifyProof(proof, { key: house.firstKey.publicKey })
      expect(report).toMatchObject({
        ok: true,
        problems: [],
        key: house.firstKey.publicKey,
        pinned: true,
        log: house.origin,
      })
      expect(proof.entries.map((e) => (JSON.parse(e.leaf) as { type: string }).type)).toEqual(
        ['submitted', 'voted', 'edited', 'voted', 'approved', 'started', 'succeeded'].map((type) => `action.${type}`),
      )
      expect(proof.entries.filter((e) => e.content !== null)).toHaveLength(3)
      expect(proof.frame).toHaveLength(4)
    })

    test('does not hold when anything in it is changed, and says where', () => {
      const at = proof.entries.findIndex((e) => e.leaf.includes('"type":"action.approved"'))
      const approved = proof.entries[at]
      if (approved === undefined) throw new Error('no approval')
      const entries = (change: Partial<ActionProof['entries'][number]>) => ({
        ...proof,
        entries: proof.entries.with(at, { ...approved, ...change }),
      })
      const wrong: [ActionProof, number | null][] = [
        [entries({ leaf: approved.leaf.replace('"required":1', '"required":0') }), approved.seq],
        [entries({ seq: approved.seq + 1 }), approved.seq + 1],
        [entries({ proof: approved.proof.slice(1) }), approved.seq],
        [entries({ proof: approved.proof.toReversed() }), approved.seq],
        [{ ...proof, entries: proof.entries.toSpliced(at, 1) }, proof.entries[at + 1]?.seq ?? null],
        [
          { ...proof, entries: proof.entries.with(at, proof.entries[at + 1] ?? approved).with(at + 1, approved) },
          proof.entries[at + 1]?.seq ?? null,
        ],
        [
          { ...proof, entries: proof.entries.toSpliced(3, 0, proof.entries[3] ?? approved) },
          proof.entries[3]?.seq ?? null,
        ],
        [{ ...proof, entries: [] }, null],
        [{ ...proof, action: 'act_another' }, proof.entries[0]?.seq ?? null],
        [{ ...proof, frame: proof.frame.slice(0, 1) }, null],
        [{ ...proof, checkpoint: house.published[0] ?? '' }, null],
        [{ ...proof, checkpoint: proof.checkpoint.replace(/\n\d+\n/, '\n5\n') }, null],
      ]
      for (const [changed, seq] of wrong) {
        const report = verifyProof(changed)
        expect(report.ok).toBe(false)
        if (seq !== null) expect(report.problems[0]?.seq).toBe(seq)
      }
      const [first] = proof.entries
      if (first?.content == null) throw new Error('no content')
      const lied = JSON.parse(JSON.stringify(first.content).replace('milk', 'wine')) as typeof first.content
      expect(verifyProof({ ...proof, entries: proof.entries.with(0, { ...first, content: lied }) }).problems).toEqual([
        { seq: first.seq, type: 'action.submitted', what: 'its content is not what its digest is over' },
      ])
      expect(verifyProof(proof, { key: LogKey.create().publicKey }).problems[0]).toMatchObject({
        seq: 0,
        type: 'log.opened',
      })
    })

    test('an erased content is left out, and the rest holds', async () => {
      await house.database.write
        .updateTable('log_contents')
        .set({ content: null })
        .where('seq', '=', proof.entries[0]?.seq ?? 0)
        .execute()
      const again = await prove(story.id)
      expect(again.entries[0]?.content).toBeNull()
      expect(verifyProof(again).ok).toBe(true)
    })

    test('an action that the log does not know has none', async () => {
      await expect(prove('act_none')).rejects.toThrow('no entry about act_none')
    })
  })
}
