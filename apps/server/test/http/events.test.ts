import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createPersonClient } from '@permission-slip/client/client.ts'
import type { LogEvent } from '@permission-slip/protocol/events.ts'
import { flavours, type Gate, makeGate } from '../harness.ts'
import { browser, person, read } from '../safety/parties.ts'

const write = (page: string) => ({ connector: 'notebook', action: 'write', params: { page, body: 'b' } })
const within = <T>(work: Promise<T>, ms: number): Promise<T | 'too late'> =>
  Promise.race([work, new Promise<'too late'>((resolve) => setTimeout(() => resolve('too late'), ms))])

for (const { flavour, skip } of flavours) {
  describe.skipIf(skip)(`live on ${flavour}`, () => {
    let gate: Gate
    beforeAll(async () => {
      gate = await makeGate(flavour)
    })
    afterAll(() => gate.close())

    test('a reader that is cut again and again, and resumes, hears every entry once and in order, under load', async () => {
      const agent = await gate.agent()
      await gate.owner.agents.change(agent.id, { limits: { pending: 10_000, submissions_per_second: 10_000 } })
      const before = (await gate.entries()).at(-1)?.seq ?? 0
      const heard: LogEvent[] = []
      const newest = async () =>
        (
          await gate.running.ctx.db
            .selectFrom('log_entries')
            .select((e) => e.fn.max('seq').as('seq'))
            .executeTakeFirstOrThrow()
        ).seq
      let after = before
      let stop = new AbortController()
      let loaded = false
      const listening = (async () => {
        for (let cut = 1; !loaded; cut++) {
          stop = new AbortController()
          let taken = 0
          try {
            for await (const event of gate.owner.events({ after, signal: stop.signal })) {
              heard.push(event)
              after = event.seq
              if (++taken >= cut * 7) stop.abort()
            }
          } catch (error) {
            if (!stop.signal.aborted) throw error
          }
        }
      })()
      for (let round = 0; round < 8; round++)
        await Promise.all(Array.from({ length: 25 }, (_, i) => agent.client.actions.submit(write(`${round}-${i}`))))
      for (let i = 0; i < 100 && after < (await newest()); i++) await new Promise((resolve) => setTimeout(resolve, 50))
      loaded = true
      stop.abort()
      expect(await within(listening, 5000)).toBeUndefined()
      const logged = await gate.entries()
      expect(logged.length).toBeGreaterThanOrEqual(200)
      expect(heard.map((e) => [e.seq, e.type, e.subject])).toEqual(logged.map((e) => [e.seq, e.type, e.subject]))
    }, 30_000)

    /** Opens a stream and says when it ends. */
    async function stream(
      open: (signal: AbortSignal) => Promise<Response>,
    ): Promise<{ ended: Promise<'ended'>; text(): string; close(): void }> {
      const stop = new AbortController()
      const answer = await open(stop.signal)
      expect(answer.headers.get('content-type')).toStartWith('text/event-stream')
      let seen = ''
      const decoder = new TextDecoder()
      const ended = (async () => {
        for await (const chunk of answer.body ?? []) seen += decoder.decode(chunk)
        return 'ended' as const
      })()
      ended.catch(() => {})
      return { ended, text: () => seen, close: () => stop.abort() }
    }
    const byToken = (token: string) => (signal: AbortSignal) =>
      fetch(`${gate.url}/api/v1/events`, { headers: { authorization: `Bearer ${token}` }, signal })

    test('a stream ends at once when its token is revoked, its person loses the role or signs out; others go on', async () => {
      const staying = await stream(byToken(gate.ownerToken))
      const gone = await person(gate, 'viewer', ['read'])
      const changed = await person(gate, 'approver', ['read'])
      const page = await browser(gate)
      const streams = [
        await stream(byToken(gone.token)),
        await stream(byToken(changed.token)),
        await stream((signal) => page('GET', '/api/v1/events', undefined, { signal })),
      ]
      const tokens = (await gate.owner.people.tokens()).items
      await gate.owner.people.revokeToken(tokens.find((t) => t.person === gone.id)?.id ?? '')
      expect(await within(streams[0]?.ended ?? Promise.reject(), 1000)).toBe('ended')
      await gate.owner.people.change(changed.id, { role: 'viewer' })
      expect(await within(streams[1]?.ended ?? Promise.reject(), 1000)).toBe('ended')
      expect((await page('DELETE', '/api/v1/session')).status).toBe(204)
      expect(await within(streams[2]?.ended ?? Promise.reject(), 1000)).toBe('ended')
      expect(streams[0]?.text()).not.toContain('person.token_revoked')
      expect(await within(staying.ended, 100)).toBe('too late')
      expect(staying.text()).toContain('person.signed_out')
      staying.close()
    })

    test('a long poll wakes within a second of the decision', async () => {
      const agent = await gate.agent()
      const asked = await agent.client.actions.submit(write('wake'))
      const polling = agent.signed('GET', `/api/v1/actions/${asked.id}?wait=30`)
      await new Promise((resolve) => setTimeout(resolve, 100))
      await gate.owner.approvals.deny(asked.id, { digest: asked.digest })
      const answer = await within(polling, 1000)
      expect(answer === 'too late' ? answer : ((await answer.json()) as object)).toMatchObject({ status: 'denied' })
    })

    test('a long poll ends at once with the right to wait: a token of an agent or a person, a key, a session', async () => {
      const agent = await gate.agent()
      const keyed = await gate.agent()
      const asked = await agent.client.actions.submit(write('long'))
      const own = await keyed.client.actions.submit(write('long'))
      const { id, token } = await gate.owner.agents.token(agent.id, 'poll')
      const viewer = await person(gate, 'viewer', ['read'])
      const page = await browser(gate)
      const path = `/api/v1/actions/${asked.id}?wait=30`
      const bearer = (with_: string) => fetch(`${gate.url}${path}`, { headers: { authorization: `Bearer ${with_}` } })
      const polls = [
        bearer(token),
        bearer(viewer.token),
        page('GET', path),
        keyed.signed('GET', `/api/v1/actions/${own.id}?wait=30`),
      ]
      await new Promise((resolve) => setTimeout(resolve, 150))
      await gate.owner.agents.revokeToken(agent.id, id)
      await gate.owner.people.revokeToken(
        (await gate.owner.people.tokens()).items.find((t) => t.person === viewer.id)?.id ?? '',
      )
      await page('DELETE', '/api/v1/session')
      await gate.owner.agents.revokeKey(keyed.id, keyed.signer.keyid)
      for (const [i, poll] of polls.entries()) {
        const answer = await within(poll, 1500)
        expect([i, answer === 'too late' ? answer : (await read(answer)).code]).toEqual([i, 'unauthenticated'])
      }
    })

    test('an agent holds so many long polls and no more', async () => {
      const agent = await gate.agent()
      await gate.owner.agents.change(agent.id, { limits: { long_polls: 3 } })
      const asked = await agent.client.actions.submit(write('polls'))
      const all = Array.from({ length: 6 }, () => agent.signed('GET', `/api/v1/actions/${asked.id}?wait=20`).then(read))
      await new Promise((resolve) => setTimeout(resolve, 200))
      await agent.client.actions.cancel(asked.id)
      const codes = (await Promise.all(all)).map((a) => a.code ?? a.status)
      expect(codes.filter((c) => c === 200)).toHaveLength(3)
      expect(codes.filter((c) => c === 'too_many_waits')).toHaveLength(3)
      expect((await agent.signed('GET', `/api/v1/actions/${asked.id}?wait=20`)).status).toBe(200)
    })

    test('readers that go away in the middle, or only ask for the head, leave the server well', async () => {
      const agent = await gate.agent()
      await gate.owner.agents.change(agent.id, { limits: { pending: 10_000, submissions_per_second: 10_000 } })
      for (let round = 0; round < 10; round++) {
        const open = await Promise.all(Array.from({ length: 5 }, () => stream(byToken(gate.ownerToken))))
        const busy = Promise.all(
          Array.from({ length: 10 }, (_, i) => agent.client.actions.submit(write(`${round}-${i}`))),
        )
        for (const one of open) one.close()
        await busy
      }
      const head = await fetch(`${gate.url}/api/v1/events`, {
        method: 'HEAD',
        headers: { authorization: `Bearer ${gate.ownerToken}` },
      })
      expect([head.status, await head.text()]).toEqual([200, ''])
      expect(await createPersonClient({ url: gate.url, token: gate.ownerToken }).me()).toMatchObject({ role: 'owner' })
    })
  })
}
