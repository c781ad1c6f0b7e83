import { describe, expect, test } from 'bun:test'
import { createAgentClient } from '@permission-slip/client/client.ts'
import { flavours, makeGate, movableClock, typesOf, until } from '../harness.ts'
import { codeOf } from './parties.ts'

const write = (page: string, more: object = {}) => ({
  connector: 'notebook',
  action: 'write',
  params: { page, body: 'b' },
  ...more,
})
const day = 86_400_000

describe('an action that nobody decides', () => {
  test('expires after a day unless it, or its agent, says otherwise; null is never', async () => {
    const clock = movableClock()
    const gate = await makeGate('sqlite', { outside: { clock } })
    const { id } = await gate.agent()
    const client = createAgentClient({ url: gate.url, token: (await gate.owner.agents.token(id, 't')).token })
    const after = (a: { created_at: string; expires_at: string | null }) =>
      a.expires_at === null ? null : Date.parse(a.expires_at) - Date.parse(a.created_at)
    const daily = await client.actions.submit(write('day'))
    const soon = await client.actions.submit(write('soon', { expires_in: 60 }))
    const never = await client.actions.submit(write('never', { expires_in: null }))
    expect([after(daily), after(soon), after(never)]).toEqual([day, 60_000, null])
    await gate.owner.agents.change(id, { default_expiry: 3600 })
    const hourly = await client.actions.submit(write('hour'))
    await gate.owner.agents.change(id, { default_expiry: null })
    const lasting = await client.actions.submit(write('lasting'))
    expect([after(hourly), after(lasting)]).toEqual([3_600_000, null])

    clock.advance(61_000)
    const gone = await until(client, soon.id, 'expired')
    expect(gone).toMatchObject({
      error: { code: 'expired' },
      decision: { effect: null, by: null },
      next: { do: 'retry' },
    })
    expect(gone.next.say).toContain('Nobody refused')
    clock.advance(3_600_000)
    await until(client, hourly.id, 'expired')
    clock.advance(day)
    await until(client, daily.id, 'expired')
    clock.advance(30 * day)
    await new Promise((resolve) => setTimeout(resolve, 1500))
    expect([(await client.actions.get(never.id)).status, (await client.actions.get(lasting.id)).status]).toEqual([
      'pending',
      'pending',
    ])
    expect((await gate.owner.approvals.list()).items.map((a) => a.id).sort()).toEqual([never.id, lasting.id].sort())
    const lines = await gate.entries()
    for (const one of [soon, hourly, daily])
      expect(typesOf(lines, one.id)).toEqual(['action.submitted', 'action.expired'])
    expect(lines.filter((l) => l.type === 'action.denied')).toEqual([])
    await gate.close()
  }, 20_000)

  test('can not be approved or denied once its time is over, also before the clock’s job has come round', async () => {
    const clock = movableClock()
    const gate = await makeGate('sqlite', { outside: { clock } })
    const { id } = await gate.agent()
    const client = createAgentClient({ url: gate.url, token: (await gate.owner.agents.token(id, 't')).token })
    const asked = await Promise.all([1, 2].map((i) => client.actions.submit(write(`p${i}`, { expires_in: 60 }))))
    await gate.entries()
    clock.advance(60_000)
    const [one, two] = asked
    const codes = await Promise.all([
      codeOf(gate.owner.approvals.approve(one?.id ?? '', { digest: one?.digest ?? '' })),
      codeOf(gate.owner.approvals.deny(two?.id ?? '', { digest: two?.digest ?? '' })),
    ])
    expect(codes).toEqual(['action_expired', 'action_expired'])
    for (const a of asked) expect(await until(client, a.id, 'expired')).toMatchObject({ decision: { votes: [] } })
    expect((await gate.entries()).map((l) => l.type)).toEqual(['action.expired', 'action.expired'])
    expect(await codeOf(gate.owner.approvals.approve(one?.id ?? '', { digest: one?.digest ?? '' }))).toBe(
      'action_expired',
    )
    expect(await codeOf(client.actions.cancel(one?.id ?? ''))).toBe('action_expired')
    await gate.close()
  })
})

for (const { flavour, skip } of flavours)
  test.skipIf(skip)(`on ${flavour}, a second is enough for one to expire by the database’s own clock`, async () => {
    const gate = await makeGate(flavour)
    const { client } = await gate.agent()
    const asked = await client.actions.submit(write('short', { expires_in: 1 }))
    const gone = await until(client, asked.id, 'expired')
    expect(gone.status).toBe('expired')
    expect(await codeOf(gate.owner.approvals.approve(asked.id, { digest: asked.digest }))).toBe('action_expired')
    await gate.close()
  })
