import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { confirmPositions, fingerprintWords } from '@permission-slip/protocol/agent.ts'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { wordsOf } from '../../../cli/src/commands/enroll.ts'
import { foldName } from '../../src/agents/fold.ts'
import { flavours, type Gate, makeGate, movableClock } from '../harness.ts'
import { browser, codeOf, read } from '../safety/parties.ts'
import { newcomer, prepared } from './newcomer.ts'

const minute = 60_000
const words = (keyid: string): string[] => fingerprintWords(Buffer.from(keyid, 'base64url'), wordlist)
const twoOf = (keyid: string): string[] =>
  confirmPositions(Buffer.from(keyid, 'base64url')).map((n) => words(keyid)[n - 1] ?? '')

for (const { flavour, skip } of flavours) {
  describe.skipIf(skip)(`enrolment on ${flavour}`, () => {
    let gate: Gate
    beforeAll(async () => {
      gate = await makeGate(flavour)
    })
    afterAll(() => gate.close())

    test('a code makes one agent, unconfirmed; it sees itself and asks for nothing until the owner confirms it', async () => {
      const bot = await newcomer(gate)
      const { code } = await gate.owner.agents.invite()
      expect(code).toMatch(/^PS-[ACDEFGHJKMNPQRTUVWXY34679]{4}-[ACDEFGHJKMNPQRTUVWXY34679]{4}$/)
      await gate.entries()
      const made = await bot.enroll(code)
      expect(made).toMatchObject({ status: 'unconfirmed', key: bot.signer.keyid })
      expect((await gate.entries()).map((e) => e.type)).toEqual(['agent.enrolled'])
      expect(await bot.client.me()).toMatchObject({ kind: 'agent', agent: { id: made.agent, status: 'unconfirmed' } })
      expect(await codeOf(bot.client.actions.submit({ connector: 'notebook', action: 'list', params: {} }))).toBe(
        'agent_unconfirmed',
      )
      expect(await codeOf(bot.client.connectors.list())).toBe('agent_unconfirmed')
      expect(await gate.entries()).toEqual([])
      expect((await gate.owner.agents.list()).items.map((a) => a.id)).toContain(made.agent as `agt_${string}`)
      await gate.owner.agents.confirm(made.agent)
      expect((await bot.client.actions.submit({ connector: 'notebook', action: 'list', params: {} })).status).toBe(
        'pending',
      )
    })

    test('a code is kept as a hash only', async () => {
      const { code } = await gate.owner.agents.invite()
      const { db } = gate.running.ctx
      const kept = JSON.stringify([
        await db.selectFrom('invitations').selectAll().execute(),
        await db.selectFrom('log_entries').select('leaf').execute(),
        await db.selectFrom('log_contents').select('content').execute(),
      ])
      expect(kept).not.toContain(code)
    })

    test('the same key and code again answer as before, so that a lost answer costs nothing', async () => {
      const bot = await newcomer(gate)
      const { code } = await gate.owner.agents.invite()
      const first = await bot.enroll(code)
      await gate.entries()
      expect(await bot.enroll(code)).toMatchObject({ agent: first.agent, key: first.key, status: 'unconfirmed' })
      expect(await gate.entries()).toEqual([])
    })

    test('a second use of a code is refused, tells the owner and holds the first, also once it is confirmed', async () => {
      for (const confirmed of [false, true]) {
        const [bot, thief] = [await newcomer(gate), await newcomer(gate)]
        const { code } = await gate.owner.agents.invite()
        const { agent } = await bot.enroll(code)
        if (confirmed) await gate.owner.agents.confirm(agent)
        await gate.entries()
        expect(await codeOf(thief.enroll(code))).toBe('invalid_code')
        // One that may ask already is stopped until the owner looked.
        const told = confirmed ? ['agent.held', 'agent.paused'] : ['agent.held']
        expect((await gate.entries()).map((e) => [e.type, e.subject])).toEqual(told.map((type) => [type, agent]))
        expect(await gate.owner.agents.get(agent)).toMatchObject({
          held: true,
          status: confirmed ? 'paused' : 'unconfirmed',
        })
        expect(await codeOf(thief.client.me())).toBe('bad_signature')
      }
    })

    test('a key is enrolled once for ever, also one that was revoked with its agent', async () => {
      const bot = await newcomer(gate)
      const { agent } = await bot.enroll((await gate.owner.agents.invite()).code)
      const { code } = await gate.owner.agents.invite()
      expect(await codeOf(bot.enroll(code))).toBe('key_known')
      await gate.owner.agents.revoke(agent)
      expect(await codeOf(bot.enroll(code))).toBe('key_known')
      const other = await gate.agent()
      expect(await codeOf(gate.owner.agents.addKey(other.id, bot.publicKey))).toBe('key_known')
      expect((await (await newcomer(gate)).enroll(code)).status).toBe('unconfirmed')
    })

    test('an enrolment is signed by the key that it brings, and that signature counts once', async () => {
      const [bot, other] = [await newcomer(gate), await newcomer(gate)]
      const { code } = await gate.owner.agents.invite()
      const body = { code, public_key: bot.publicKey, name: 'bot' }
      const forged = await prepared(gate.url, other.signer, { method: 'POST', path: '/api/v1/enrollments', body })
      expect((await read(fetch(forged.url, forged.init))).code).toBe('bad_signature')
      const unsigned = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
      expect((await read(fetch(`${gate.url}/api/v1/enrollments`, unsigned))).code).toBe('bad_signature')
      const real = await prepared(gate.url, bot.signer, { method: 'POST', path: '/api/v1/enrollments', body })
      expect((await read(fetch(real.url, real.init))).status).toBe(201)
      expect((await read(fetch(real.url, real.init))).code).toBe('replayed')
    })

    test('names that could be taken for one another are never two agents', async () => {
      const like = [
        'Shopping bot',
        'SHOPPING  BOT',
        'Shоpping bоt',
        'Sh0pping b0t',
        'Shopp\u0456ng-bot',
        'Shoppíng bot',
      ]
      const names: string[] = []
      for (const name of like) {
        const { agent } = await (await newcomer(gate)).enroll((await gate.owner.agents.invite()).code, name)
        const made = await gate.owner.agents.get(agent)
        expect(made.claimed_name).toBe(name)
        names.push(made.name)
      }
      expect(names[0]).toBe('Shopping bot')
      for (const [i, name] of names.entries()) if (i > 0) expect(name).toEndWith(` (${i + 1})`)
      const other = await gate.agent('Another')
      expect(await codeOf(gate.owner.agents.change(other.id, { name: 'ѕhopping.bot' }))).toBe('invalid_request')
      expect(await codeOf(gate.owner.agents.change(other.id, { name: 'Another' }))).toBe('no error')
    })

    test('a name that nobody can see, or with letters that nobody can see, is no name of its own', async () => {
      const folded = [
        'Nightly',
        'Nightly\u3164',
        'Night\u200bly',
        'N\u00adightly',
        'Nightly\ufe0f',
        'Nɪghtly',
        'Nightӏy',
      ].map(foldName)
      expect(new Set(folded).size).toBe(1)
      const unseen = ['\u200b', '\u200c', '\u3164', '\u2800', '\u202e'].map(foldName)
      expect(new Set(unseen).size).toBe(1)
      expect(foldName('🤖')).toBe(foldName('🤖\u200d'))
      expect(foldName('🤖')).not.toBe(foldName('🐙'))
    })

    test('a browser confirms with the two words that the page asks for, and with no others', async () => {
      const bot = await newcomer(gate)
      const { agent, key } = await bot.enroll((await gate.owner.agents.invite()).code)
      // What the agent's author reads in the terminal.
      expect(await wordsOf(bot.publicKey)).toEqual(words(key))
      const page = await browser(gate)
      const confirm = (body: object) => read(page('POST', `/api/v1/agents/${agent}/confirm`, body))
      const shown = await gate.owner.agents.get(agent)
      expect(shown.confirm_positions).toEqual(confirmPositions(Buffer.from(key, 'base64url')))
      await gate.entries()
      expect((await confirm({})).code).toBe('wrong_words')
      expect((await confirm({ words: ['abandon', 'abandon'] })).code).toBe('wrong_words')
      expect((await confirm({ words: twoOf(key).reverse() })).code).toBe('wrong_words')
      expect((await confirm({ words: words(key).slice(0, 1) })).code).toBe('invalid_request')
      expect(await gate.entries()).toEqual([])
      expect((await bot.client.me()) as object).toMatchObject({ agent: { status: 'unconfirmed' } })
      const done = await confirm({ words: twoOf(key).map((w) => ` ${w.toUpperCase()} `) })
      expect(done.status).toBe(200)
      expect(JSON.parse(done.text)).toMatchObject({ status: 'active', words: words(key) })
      expect((await confirm({ words: twoOf(key) })).code).toBe('already_decided')
    })
  })
}

describe('enrolment and time', () => {
  test('a code is good for fifteen minutes', async () => {
    const clock = movableClock()
    const gate = await makeGate('sqlite', { outside: { clock } })
    const [early, late] = [await newcomer(gate), await newcomer(gate)]
    const two = [await gate.owner.agents.invite(), await gate.owner.agents.invite()]
    const sign = async (bot: typeof early, code: string) => {
      const body = { code, public_key: bot.publicKey, name: 'bot' }
      const made = await prepared(gate.url, bot.signer, {
        method: 'POST',
        path: '/api/v1/enrollments',
        body,
        now: clock.now(),
      })
      return read(fetch(made.url, made.init))
    }
    clock.advance(15 * minute - 5000)
    expect((await sign(early, two[0]?.code ?? '')).status).toBe(201)
    clock.advance(6000)
    expect((await sign(late, two[1]?.code ?? '')).code).toBe('invalid_code')
    await gate.close()
  })

  test('ten wrong codes in a minute, from anywhere, pause invitations for all; a minute later they hold again', async () => {
    const clock = movableClock()
    const gate = await makeGate('sqlite', { outside: { clock } })
    const bot = await newcomer(gate)
    const { code } = await gate.owner.agents.invite()
    const enroll = async (tried: string) => {
      const body = { code: tried, public_key: bot.publicKey, name: 'bot' }
      const made = await prepared(gate.url, bot.signer, {
        method: 'POST',
        path: '/api/v1/enrollments',
        body,
        now: clock.now(),
      })
      return read(fetch(made.url, made.init))
    }
    const wrong = await Promise.all(Array.from({ length: 15 }, (_, i) => enroll(`PS-AAAA-AA${String(i + 10)}`)))
    expect(wrong.filter((a) => a.code === 'invalid_code')).toHaveLength(10)
    expect(wrong.filter((a) => a.code === 'invitations_paused')).toHaveLength(5)
    expect((await enroll(code)).code).toBe('invitations_paused')
    await gate.restart()
    expect((await enroll(code)).code).toBe('invitations_paused')
    clock.advance(minute + 1000)
    expect((await enroll(code)).status).toBe(201)
    await gate.close()
  })
})
