import type { Flavour } from '../src/db/dialect.ts'
import { type Account, account, settleAll } from './account.ts'
import { freshDatabase, makeHouse } from './house.ts'
import { furnish, Load, pause } from './load.ts'
import { leftovers, openTruth, type Services } from './truth.ts'

export interface Summary extends Account {
  database: Flavour
  kills: number
  seed: number
  settled_by_hand: number
  log_entries: number
  seconds: number
  ok: boolean
}

/** Numbers between 0 and 1 that follow from a seed (mulberry32): the same kills after the same waits. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Kills a server that is under load `kills` times, then asks every service what really happened. */
export async function campaign(
  flavour: Flavour,
  asked: { kills: number; seed: number; postgres: string; redis: string; say(line: string): void },
): Promise<Summary> {
  const began = performance.now()
  const random = randomFrom(asked.seed)
  const host = (url: string) => `${new URL(url).hostname}:${new URL(url).port}`
  // Our own database is never reached as a service, so PostgreSQL is one of the services only beside SQLite.
  const other = flavour === 'sqlite' ? await freshDatabase(asked.postgres) : null
  const services: Services = {
    prefix: `ps-campaign-${crypto.randomUUID()}:`,
    redis: asked.redis,
    postgres: other?.url ?? null,
  }
  const house = await makeHouse(flavour, asked.postgres, {
    slowestMs: 60,
    reach: [host(asked.redis), ...(other ? [host(other.url)] : [])],
  })
  const truth = await openTruth(house, services)
  try {
    await furnish(house, services)
    const plenty = { submissions_per_second: 10_000, pending: 100_000 }
    const agents = [
      (await house.agent(plenty)).client,
      (await house.agent(plenty)).client,
      (await house.agent(plenty)).client,
    ]
    const load = new Load(house, services, agents, random)
    for (let n = 1; n <= asked.kills; n++) {
      await pause(100 + random() * 700)
      await house.kill()
      // Now and then it is killed again before it is up: recovery must bear that too.
      if (random() < 0.2 && n < asked.kills) {
        await house.startAndKill(50 + random() * 500)
        n++
      }
      await house.start()
      if (n % 10 === 0) asked.say(`${flavour}: ${n} kills, ${load.wanted.length} actions`)
    }
    await load.endAsking()
    const { settled, late } = await settleAll(house, load.wanted, truth, 120)
    await load.endApproving()
    const found = await account(house, load.wanted, truth)
    const report = await house.verify()
    const problems = report.problems.map((problem) => `log: ${JSON.stringify(problem)}`)
    const half = leftovers(house.env['PERMISSION_SLIP_DATA_DIR'] ?? '').map((name) => `left half written: ${name}`)
    const wrong = [...load.wrong, ...late, ...found.wrong, ...problems, ...half]
    return {
      database: flavour,
      kills: asked.kills,
      seed: asked.seed,
      ...found,
      wrong,
      settled_by_hand: settled,
      log_entries: report.entries,
      seconds: Math.round((performance.now() - began) / 100) / 10,
      ok: wrong.length === 0 && report.ok,
    }
  } finally {
    await truth.close()
    await house.close()
    await other?.drop()
  }
}
