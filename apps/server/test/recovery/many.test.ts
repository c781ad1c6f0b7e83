import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { flavours } from '../harness.ts'
import { Run } from '../states/run.ts'
import { makeWorld, type World } from '../states/world.ts'

for (const { flavour, skip } of flavours) {
  describe.skipIf(skip)(`a kill while very many run, on ${flavour}`, () => {
    let world: World
    beforeAll(async () => {
      world = await makeWorld(flavour)
    })
    afterAll(() => world?.close())

    test('all of them are taken up at the next start, none waits for its lease to end', async () => {
      const runs = [await Run.begin(world), await Run.begin(world), await Run.begin(world)]
      await Promise.all(
        runs.map(async (run) => {
          for (let n = 0; n < 40; n++) {
            await run.do({ do: 'submit', kind: 'bare', mode: 'hold', expires: false })
            await run.do({ do: 'approve', on: -1, by: 'owner', seen: true, edit: false })
            await run.do({ do: 'start', on: -1 })
          }
        }),
      )
      const statuses = async () => (await Promise.all(runs.map((run) => run.rows()))).flat().map((row) => row.status)
      expect(await statuses()).toEqual(Array(120).fill('executing'))
      for (const run of runs) await run.do({ do: runs[0] === run ? 'kill' : 'expire' })
      for (const run of runs) await run.end()
      expect(await statuses()).toEqual(Array(120).fill('unknown'))
    }, 60_000)
  })
}
