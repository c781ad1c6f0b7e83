import { afterEach, beforeEach, describe, expect, spyOn, test } from 'bun:test'
import { signInBody } from '@permission-slip/protocol/person.ts'
import { accountOf, replaceAccount } from '../../src/people/accounts.ts'
import { Browser, entries, flavours, type House, makeHouse, owner, password, send, settled, types } from './house.ts'

for (const { flavour, skip } of flavours)
  describe.skipIf(skip)(`sign-in on ${flavour}`, () => {
    let house: House
    let first: Awaited<ReturnType<typeof settled>>
    beforeEach(async () => {
      house = await makeHouse(flavour)
      first = await settled(house)
    })
    afterEach(() => house.close())
    const wrong = (browser: Browser) => browser.signIn(undefined, { password: 'not the password' })

    test('lets the right password in, however the address is typed, and logs it', async () => {
      const browser = new Browser(house)
      const reply = await browser.signIn(undefined, { email: '  aDA@example.ORG ' })
      expect(reply.status).toBe(200)
      expect(reply.at('me')).toMatchObject({ person: first.person, fresh: true })
      expect((await browser.send('GET', '/api/v1/people')).at('items')).toHaveLength(1)
      const last = (await entries(house)).at(-1)
      expect(last).toMatchObject({ type: 'person.signed_in', subject: first.person, data: { method: 'password' } })
    })

    test('refuses a wrong password and an unknown address with the same words', async () => {
      const one = await wrong(new Browser(house))
      const two = await new Browser(house).signIn(undefined, { email: 'nobody@example.org' })
      expect(one.status).toBe(401)
      expect(two).toEqual(one)
      expect(one.cookies).toEqual([])
    })

    test('spends a hash of the same cost on an unknown address', async () => {
      const verify = spyOn(Bun.password, 'verify')
      try {
        await wrong(new Browser(house))
        await new Browser(house).signIn(undefined, { email: 'nobody@example.org' })
        const cost = verify.mock.calls.map(([, hash]) => String(hash).split('$').slice(0, 4).join('$'))
        expect(cost).toEqual(Array(2).fill('$argon2id$v=19$m=19456,t=2,p=1'))
      } finally {
        verify.mockRestore()
      }
    })

    test('makes nobody: no listed address takes a sign-up', async () => {
      const before = await house.database.read.selectFrom('people').select('id').execute()
      for (const path of ['/api/auth/sign-up/email', '/sign-up/email', '/api/v1/sign-up/email', '/api/v1/people'])
        expect(
          (await first.browser.send('POST', path, { email: 'eve@example.org', password, name: 'Eve' })).status,
        ).not.toBe(200)
      expect(await house.database.read.selectFrom('people').select('id').execute()).toEqual(before)
      expect(signInBody.safeParse({ email: 'e@example.org', password, name: 'Eve' }).success).toBe(false)
    })

    test('gives a cookie that scripts, other sites and a log of the database do not get', async () => {
      const browser = new Browser(house)
      const [line] = (await browser.signIn()).cookies
      expect(line).toMatch(/^ps_session=[\w-]{43}; Path=\/; Max-Age=34560000; HttpOnly; SameSite=Strict$/)
      const rows = JSON.stringify(await house.database.read.selectFrom('auth_sessions').selectAll().execute())
      expect(rows).not.toContain(browser.cookie.split('=')[1] ?? '-')
      expect(rows).not.toContain(browser.secret)
    })

    test('sign-out ends the session at once, and only that one', async () => {
      const other = new Browser(house)
      await other.signIn()
      const caller = await house.people.authenticate({ method: 'GET', headers: first.browser.headers() })
      const [cookie, secret] = [first.browser.cookie, first.browser.secret]
      const reply = await first.browser.send('DELETE', '/api/v1/session')
      expect(reply.status).toBe(204)
      expect(reply.cookies[0]).toStartWith('ps_session=; Path=/; Max-Age=0;')
      first.browser.cookie = cookie
      first.browser.secret = secret
      expect((await first.browser.send('GET', '/api/v1/people')).status).toBe(401)
      expect(caller && (await house.people.stillValid(caller))).toBe(false)
      expect((await other.send('GET', '/api/v1/people')).status).toBe(200)
      expect((await types(house)).at(-1)).toBe('person.signed_out')
    })

    test('is fresh for five minutes and again after the password', async () => {
      const token = { name: 'script', scopes: ['read'] }
      house.clock.advance(5 * 60_000 + 1)
      expect((await first.browser.send('POST', '/api/v1/tokens', token)).code).toBe('fresh_sign_in_required')
      const no = await first.browser.send('POST', '/api/v1/session/fresh', { password: 'not the password' })
      expect(no.code).toBe('wrong_credentials')
      expect((await first.browser.send('POST', '/api/v1/tokens', token)).code).toBe('fresh_sign_in_required')
      const yes = await first.browser.send('POST', '/api/v1/session/fresh', { password })
      expect(yes.at('me', 'fresh')).toBe(true)
      expect((await first.browser.send('POST', '/api/v1/tokens', token)).status).toBe(201)
    })

    test('ends a session after 90 days without use, and not before', async () => {
      const day = 86_400_000
      for (let i = 0; i < 3; i++) {
        house.clock.advance(89 * day)
        expect((await first.browser.send('GET', '/api/v1/people')).status).toBe(200)
      }
      house.clock.advance(91 * day)
      expect((await first.browser.send('GET', '/api/v1/people')).status).toBe(401)
      await house.people.sweep()
      expect(await house.database.read.selectFrom('auth_sessions').selectAll().execute()).toEqual([])
    })

    test('a new password ends every other session, keeps this one, and refuses the old one', async () => {
      const other = new Browser(house)
      await other.signIn()
      const next = 'another good password'
      const no = await first.browser.send('POST', '/api/v1/password', { current: 'not the password', next })
      expect(no.code).toBe('wrong_credentials')
      expect((await other.send('GET', '/api/v1/people')).status).toBe(200)
      const caller = await house.people.authenticate({ method: 'GET', headers: other.headers() })
      expect((await first.browser.send('POST', '/api/v1/password', { current: password, next })).status).toBe(204)
      expect((await first.browser.send('GET', '/api/v1/people')).status).toBe(200)
      expect((await other.send('GET', '/api/v1/people')).status).toBe(401)
      expect(caller && (await house.people.stillValid(caller))).toBe(false)
      expect((await new Browser(house).signIn()).status).toBe(401)
      expect((await new Browser(house).signIn(undefined, { password: next })).status).toBe(200)
      expect(await house.database.read.selectFrom('auth_accounts').selectAll().execute()).toHaveLength(1)
      expect((await types(house)).filter((type) => type === 'person.changed')).toHaveLength(1)
    })

    test('a password change that loses the race against another changes nothing', async () => {
      const other = new Browser(house)
      await other.signIn()
      const replies = await Promise.all([
        first.browser.send('POST', '/api/v1/password', { current: password, next: 'the first new password' }),
        other.send('POST', '/api/v1/password', { current: password, next: 'the second new password' }),
      ])
      expect(replies.filter((r) => r.status === 204)).toHaveLength(1)
      expect((await types(house)).filter((type) => type === 'person.changed')).toHaveLength(1)
      const winner = replies[0]?.status === 204 ? 'the first new password' : 'the second new password'
      expect((await new Browser(house).signIn(undefined, { password: winner })).status).toBe(200)
    })

    test('of two changes that began from the same sign-in, one is made', async () => {
      const caller = await house.people.authenticate({ method: 'GET', headers: first.browser.headers() })
      if (!caller) throw new Error('not signed in')
      const parts = { signIn: house.database.signIn, writer: house.writer, clock: house.clock }
      const old = await accountOf(house.database.read, first.person)
      const next = { password: old.password, totp: null, totp_step: 0, backupCodes: 'keep' as const }
      const change = () => replaceAccount(parts, caller, old, next, 'password')
      const ends = await Promise.allSettled([change(), change()])
      expect(ends.map((end) => end.status).sort()).toEqual(['fulfilled', 'rejected'])
      expect((await types(house)).filter((type) => type === 'person.changed')).toHaveLength(1)
      expect((await first.browser.send('GET', '/api/v1/people')).status).toBe(200)
    })

    test('ten wrong tries close an account for fifteen minutes, from every address, known or not', async () => {
      for (const email of [owner.email, 'nobody@example.org']) {
        for (let i = 0; i < 10; i++) {
          const browser = new Browser(house, `198.51.100.${i}`)
          expect((await browser.signIn(undefined, { email, password: 'not the password' })).status).toBe(401)
        }
        const reply = await new Browser(house, '203.0.113.9').signIn(undefined, { email })
        expect(reply.status).toBe(429)
        expect(reply.code).toBe('rate_limited')
        expect(reply.at('retry_after_s')).toBeGreaterThan(0)
        expect(reply.at('retry_after_s')).toBeLessThanOrEqual(900)
        house.clock.advance(60_000)
      }
      // A session that is open may still prove itself: guessing from outside does not lock its person out.
      expect((await first.browser.send('POST', '/api/v1/session/fresh', { password })).status).toBe(200)
      house.clock.advance(15 * 60_000)
      expect((await new Browser(house).signIn()).status).toBe(200)
    })

    test('ten wrong tries close an address, a whole IPv6 network being one', async () => {
      for (let i = 0; i < 10; i++) {
        const browser = new Browser(house, `2001:db8:1:2::${i + 1}`)
        expect((await browser.signIn(undefined, { email: `p${i}@example.org` })).status).toBe(401)
      }
      expect((await new Browser(house, '2001:db8:1:2:ffff::1').signIn()).status).toBe(429)
      expect((await new Browser(house, '2001:db8:1:3::1').signIn()).status).toBe(200)
    })

    test('thirty guesses at once get no more than ten judged, on all copies together', async () => {
      const copies = flavour === 'postgres' ? [house, await house.another()] : [house]
      const replies = await Promise.all(
        Array.from({ length: 30 }, (_, i) => wrong(new Browser(copies[i % copies.length] ?? house, `198.51.100.${i}`))),
      )
      expect(replies.filter((r) => r.status === 401).length).toBeLessThanOrEqual(10)
      expect(replies.every((r) => r.status === 401 || r.status === 429)).toBe(true)
    })

    test('a right sign-in forgets the wrong ones of its account', async () => {
      for (let round = 0; round < 2; round++) {
        for (let i = 0; i < 9; i++) await wrong(new Browser(house, `198.51.100.${round * 10 + i}`))
        expect((await new Browser(house, '203.0.113.9').signIn()).status).toBe(200)
      }
    })

    test('refused sign-ins are at most one entry a minute, with their number', async () => {
      for (let i = 0; i < 5; i++) await wrong(new Browser(house, `198.51.100.${i}`))
      const refused = async () => (await entries(house)).filter((e) => e.type === 'person.sign_in_refused')
      await house.people.sweep()
      expect(await refused()).toMatchObject([{ subject: first.person, data: { count: 1 } }])
      house.clock.advance(60_000)
      await house.people.sweep()
      expect((await refused()).map((e) => e.data['count'])).toEqual([1, 4])
    })

    test('a token does none of it', async () => {
      const headers = { authorization: `Bearer ${first.token}` }
      const tries: [string, string, unknown][] = [
        ['DELETE', '/api/v1/session', undefined],
        ['POST', '/api/v1/session/fresh', { password }],
        ['POST', '/api/v1/password', { current: password, next: 'another good password' }],
        ['POST', '/api/v1/totp/start', undefined],
        ['POST', '/api/v1/totp/confirm', { code: '123456' }],
        ['DELETE', '/api/v1/totp', { code: '123456' }],
      ]
      for (const [method, url, body] of tries) {
        const reply = await send(house, method, url, { body, headers })
        expect({ url, code: reply.code }).toEqual({ url, code: 'forbidden' })
      }
    })
  })
