import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import path from 'node:path'
import { verifierKey } from '../../src/log/checkpoint.ts'
import { tileReader } from '../../src/log/tiles.ts'
import { consistencyProof, inclusionProof } from '../../src/log/tree.ts'
import { type LogHouse, makeLogHouse, server } from './log-house.ts'

const python = Bun.which('python3')
const script = path.join(import.meta.dir, 'verify_c2sp.py')

async function ask(given: unknown): Promise<{ said: string; code: number }> {
  const run = Bun.spawn([python ?? '', script], {
    stdin: Buffer.from(JSON.stringify(given)),
    stdout: 'pipe',
    stderr: 'inherit',
  })
  return { said: (await new Response(run.stdout).text()).trim(), code: await run.exited }
}
const base64 = (hashes: Uint8Array[]) => hashes.map((hash) => Buffer.from(hash).toString('base64'))

describe.skipIf(python === null)(`a verifier in another language${python === null ? ' (install python3)' : ''}`, () => {
  let house: LogHouse
  let given: {
    vkey: string
    checkpoint: string
    inclusion: { index: number; leaf: string; proof: string[] }[]
    consistency: { older: string; proof: string[] }[]
  }
  beforeAll(async () => {
    house = await makeLogHouse('sqlite')
    const older: { note: string; size: number }[] = []
    for (const count of [1, 5, 250, 60, 700]) {
      await house.writer.write(async (tx) => {
        for (let i = 0; i < count; i++)
          await tx.append({ type: 'log.refused', actor: server, subject: null, data: { count: i } })
      })
      older.push(await house.checkpointer.checkpoint())
    }
    const { note, size } = await house.checkpointer.checkpoint()
    const read = tileReader(house.database.read)
    const rows = await house.database.read.selectFrom('log_entries').select('leaf').orderBy('seq').execute()
    const vkey = verifierKey(house.origin, house.firstKey.publicKey)
    given = { vkey, checkpoint: note, inclusion: [], consistency: [] }
    for (const index of [0, 1, 6, 255, 256, 511, size - 1]) {
      const leaf = Buffer.from(rows[index]?.leaf ?? '').toString('base64')
      given.inclusion.push({ index, leaf, proof: base64(await inclusionProof(index, size, read)) })
    }
    for (const head of older) {
      given.consistency.push({ older: head.note, proof: base64(await consistencyProof(head.size, size, read)) })
    }
  })
  afterAll(() => house.close())

  test('accepts our checkpoint, inclusion proofs and consistency proofs', async () => {
    expect(await ask(given)).toEqual({ said: 'ok', code: 0 })
  })

  test('and is no yes-man: it refuses each of them when it is changed', async () => {
    const [first, ...rest] = given.inclusion
    const wrongLeaf = { ...given, inclusion: [{ index: 0, proof: first?.proof, leaf: 'AAAA' }, ...rest] }
    expect(await ask(wrongLeaf)).toEqual({ said: 'entry 0 is not proved to be in the tree', code: 1 })
    const swapped = {
      ...given,
      consistency: [{ older: given.consistency[1]?.older, proof: given.consistency[2]?.proof }],
    }
    expect((await ask(swapped)).said).toContain('is not proved to continue')
    const size = given.checkpoint.split('\n')[1] ?? ''
    const grown = { ...given, checkpoint: given.checkpoint.replace(`\n${size}\n`, `\n${Number(size) + 1}\n`) }
    expect(await ask(grown)).toEqual({ said: 'no signature of the key holds', code: 1 })
  })
})
