import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { flavours } from '../harness.ts'
import { faultsOf, problemsOf } from './from-bytes.ts'
import { apply, type Model, newModel, type Op } from './model.ts'
import { steps as someSteps } from './ops.ts'
import { Run } from './run.ts'
import { makeWorld, type World } from './world.ts'

/** How long it tries on one database, in milliseconds; a seed of an earlier failure, to see it again. */
const budget = Number(process.env['PS_TEST_STATES_MS'] ?? 12_000)
const seed = process.env['PS_TEST_SEED']

const statusesOf = (m: Model) => m.actions.map((a) => (a.code === null ? a.status : `${a.status} ${a.code}`))

async function statuses(run: Run): Promise<string[]> {
  const rows = await run.rows()
  return run.ids.map((id) => {
    const row = rows.find((one) => one.id === id)
    const error = row?.error ? (JSON.parse(row.error) as { code: string }) : null
    return error ? `${row?.status} ${error.code}` : `${row?.status}`
  })
}

/** Every order in which operations at the same time may have taken effect. */
function orders(m: Model, ops: readonly Op[]): Model[] {
  if (ops.length === 0) return [m]
  return ops.flatMap((op, i) => {
    const next = structuredClone(m)
    apply(next, op)
    return orders(next, [...ops.slice(0, i), ...ops.slice(i + 1)])
  })
}

async function compare(world: World, steps: readonly Op[][]): Promise<void> {
  const run = await Run.begin(world)
  let model = newModel()
  for (const ops of steps) {
    const [only] = ops
    if (ops.length === 1 && only) {
      const late = structuredClone(model)
      apply(late, only, true)
      const expected = apply(model, only)
      expect({ op: only, refused: await run.do(only) }).toEqual({ op: only, refused: expected })
      const now = await statuses(run)
      // A slow machine: the ten seconds after which an unknown outcome is asked after have really passed.
      if (only.do === 'kill' && Bun.deepEquals(now, statusesOf(late))) model = late
      expect({ op: only, now }).toEqual({ op: only, now: statusesOf(model) })
      continue
    }
    await Promise.all(ops.map((op) => run.do(op)))
    const now = await statuses(run)
    const possible = orders(model, ops)
    const happened = possible.find((m) => JSON.stringify(statusesOf(m)) === JSON.stringify(now))
    if (!happened) expect({ ops, now }).toEqual({ ops, now: possible.map(statusesOf) as never })
    else model = happened
  }
  await run.end()
  await inBytes(world, run, model)
}

async function inBytes(world: World, run: Run, model: Model): Promise<void> {
  const faults: string[] = []
  for (const row of await run.rows()) faults.push(...(await faultsOf(world.ctx(), row.id, row.status)))
  run.ids.forEach((id, at) => {
    const done = world.journal.lines.filter((line) => line.ref === run.ref(at) && line.did).length
    if (done > 1) faults.push(`${id}: the service did it ${done} times`)
    if (done !== Number(model.actions[at]?.done))
      faults.push(`${id}: the service did it ${done} times, the model ${model.actions[at]?.done}`)
  })
  expect(faults).toEqual([])
  expect(await problemsOf(world.ctx())).toEqual([])
}

for (const { flavour, skip } of flavours) {
  describe.skipIf(skip)(`the closed table of states, on ${flavour}`, () => {
    let world: World
    beforeAll(async () => {
      world = await makeWorld(flavour)
    })
    afterAll(() => world?.close())

    test(
      'whatever is done, in whatever order and at the same time, the server says what the model says',
      async () => {
        let runs = 0
        let failed = false
        let end = performance.now() + budget
        await fc.assert(
          fc.asyncProperty(someSteps, async (steps) => {
            if (runs >= 3 && performance.now() > end) return
            runs++
            try {
              await compare(world, steps)
            } catch (error) {
              // Some time to find a shorter story of the same fault.
              if (!failed) end = performance.now() + 30_000
              failed = true
              throw error
            }
          }),
          { numRuns: 2000, ...(seed === undefined ? {} : { seed: Number(seed) }) },
        )
        console.log(`${flavour}: ${runs} runs`)
      },
      budget + 60_000,
    )
  })
}
