import { describe, expect, test } from 'bun:test'
import { createAgentClient } from '@permission-slip/client/client.ts'
import { type Gate, makeGate, movableClock, until } from '../harness.ts'
import { codeOf } from './parties.ts'

const minute = 60_000
const page = (name: string) => ({ connector: 'notebook', action: 'write', params: { page: name, body: 'b' } })

/** A gate with a rule that lets everything through, and an agent by token: its requests need no clock. */
async function allowing(clock: ReturnType<typeof movableClock>) {
  const gate = await makeGate('sqlite', { outside: { clock } })
  const { id } = await gate.agent()
  const client = createAgentClient({ url: gate.url, token: (await gate.owner.agents.token(id, 't')).token })
  await gate.owner.rules.add({
    name: 'all',
    effect: 'allow',
    connector: 'notebook',
    action: 'write',
    params: { page: { anything: true }, body: { anything: true } },
  })
  return { gate, client }
}
const ready = async (gate: Gate) =>
  (await (await fetch(`${gate.url}/readyz`)).json()) as { ready: boolean; why: string[] }
const entryTimes = async (gate: Gate) =>
  (await gate.running.ctx.db.selectFrom('log_entries').select('time').orderBy('seq').execute()).map((r) => r.time)

describe('a clock in doubt', () => {
  test('a jump of more than five minutes, either way: allow rules ask at once, nothing starts, /readyz says why, an owner lifts it', async () => {
    for (const by of [6 * minute, -6 * minute]) {
      const clock = movableClock()
      const { gate, client } = await allowing(clock)
      expect((await client.actions.submit(page('before'), { wait: 10 })).status).toBe('succeeded')
      const asked = await client.actions.submit({ connector: 'notebook', action: 'erase', params: { page: 'x' } })
      clock.jump(by)
      // At once: not only when the next look at the clock is due.
      const doubted = await client.actions.submit(page('after'))
      expect(doubted.status).toBe('pending')
      await gate.owner.approvals.approve(asked.id, { digest: asked.digest })
      await new Promise((resolve) => setTimeout(resolve, 1500))
      expect((await client.actions.get(asked.id)).status).toBe('approved')
      expect(await ready(gate)).toMatchObject({ ready: false, why: [expect.stringMatching(/jumped|before/)] })
      await gate.owner.server.confirmClock()
      expect(await ready(gate)).toEqual({ ready: true, why: [] })
      expect((await until(client, asked.id, 'succeeded')).status).toBe('succeeded')
      expect((await client.actions.submit(page('lifted'), { wait: 10 })).status).toBe('succeeded')
      expect((await gate.entries()).map((e) => e.type)).toContain('settings.clock_confirmed')
      await gate.close()
    }
  }, 20_000)

  test('a server that boots before its newest entry lets nothing through from its very first request on', async () => {
    const clock = movableClock()
    const { gate, client } = await allowing(clock)
    clock.jump(-3 * minute)
    await gate.restart()
    expect((await client.actions.submit(page('first'))).status).toBe('pending')
    expect(await ready(gate)).toEqual({ ready: false, why: ['the clock is before the newest entry of the log'] })
    const times = await entryTimes(gate)
    expect(times.every((t, i) => i === 0 || t >= (times[i - 1] ?? 0))).toBe(true)
    // The clock is set right: nobody has to confirm that.
    clock.jump(3 * minute + 5000)
    expect(await ready(gate)).toEqual({ ready: true, why: [] })
    expect((await client.actions.submit(page('right'), { wait: 10 })).status).toBe('succeeded')
    await gate.close()
  })

  test('a clock from before this version was built is not believed', async () => {
    const clock = movableClock()
    const gate = await makeGate('sqlite', { outside: { clock, builtAt: Date.now() + 60 * minute } })
    expect(await ready(gate)).toEqual({ ready: false, why: ['the clock is before this version was built'] })
    await gate.close()
  })

  test('less than five minutes, and time that merely passes, are nobody’s business', async () => {
    const clock = movableClock()
    const { gate, client } = await allowing(clock)
    clock.jump(4 * minute)
    clock.advance(3 * 60 * minute)
    expect(await ready(gate)).toEqual({ ready: true, why: [] })
    expect((await client.actions.submit(page('fine'), { wait: 10 })).status).toBe('succeeded')
    await gate.close()
  })

  test('a deny rule refuses whatever the clock says', async () => {
    const clock = movableClock()
    const { gate, client } = await allowing(clock)
    await gate.owner.rules.add({
      name: 'never',
      effect: 'deny',
      connector: 'notebook',
      action: 'write',
      params: { page: { equals: 'no' } },
    })
    clock.jump(-10 * minute)
    expect((await client.actions.submit(page('no'))).status).toBe('denied')
    expect(await codeOf(client.me())).toBe('no error')
    await gate.close()
  })
})
