import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import fs from 'node:fs'
import path from 'node:path'
import { entries, flavours, type House, makeHouse, owner, send, settled, types } from './house.ts'

for (const { flavour, skip } of flavours)
  describe.skipIf(skip)(`set-up on ${flavour}`, () => {
    let house: House
    beforeEach(async () => {
      house = await makeHouse(flavour)
    })
    afterEach(() => house.close())
    const offer = (token: string | undefined) => send(house, 'POST', '/api/v1/setup', { body: { ...owner, token } })

    test('makes the first owner, signed in, with a token of all scopes and the log key, each with its entry', async () => {
      expect(await house.people.setupNeeded()).toBe(true)
      const { browser, token, person } = await settled(house)
      expect(await house.people.setupNeeded()).toBe(false)
      expect(token).toStartWith('psp_')
      const session = await browser.send('GET', '/api/v1/session')
      expect(session.body).toMatchObject({
        signed_in: true,
        setup_needed: false,
        me: { person, email: 'ada@example.org', role: 'owner', via: 'session', fresh: true, totp: false },
      })
      expect(await types(house)).toEqual(['person.added', 'person.token_made', 'person.signed_in'])
      const all = await entries(house)
      expect(all.every((entry) => entry.subject === person)).toBe(true)
      expect(JSON.stringify(all)).not.toContain('example.org')
      const caller = await house.people.authenticate({ method: 'POST', headers: { authorization: `Bearer ${token}` } })
      expect(caller).toMatchObject({
        via: 'token',
        fromSetup: true,
        scopes: ['read', 'decide', 'manage'],
        role: 'owner',
      })
    })

    test('answers the key that signs the log', async () => {
      const made = await house.people.setupToken()
      const reply = await offer(made?.token)
      const opened = await house.database.read
        .selectFrom('log_entries')
        .select('leaf')
        .where('seq', '=', 0)
        .executeTakeFirstOrThrow()
      const first = JSON.parse(opened.leaf)
      expect(reply.body).toMatchObject({ log_key: first.data.public_key, log_origin: first.log })
    })

    test('keeps the token in a file for this machine alone, and only its hash in the database', async () => {
      const made = await house.people.setupToken()
      const file = path.join(house.dir, 'setup-token')
      expect(fs.statSync(file).mode & 0o777).toBe(0o600)
      expect(fs.readFileSync(file, 'utf8').trim()).toBe(made?.token ?? '')
      const rows = await house.database.read.selectFrom('setup_tokens').selectAll().execute()
      expect(JSON.stringify(rows)).not.toContain(made?.token ?? '-')
      await offer(made?.token)
      expect(fs.existsSync(file)).toBe(false)
      expect(await house.database.read.selectFrom('setup_tokens').selectAll().execute()).toEqual([])
    })

    test('takes a token once, and none after there is an owner', async () => {
      const made = await house.people.setupToken()
      expect((await offer('x'.repeat(32))).code).toBe('invalid_setup_token')
      expect((await offer(made?.token)).status).toBe(201)
      expect((await offer(made?.token)).code).toBe('setup_done')
      expect(await house.people.setupToken()).toBeNull()
    })

    test('refuses a token after its hour, and one that a restart replaced', async () => {
      const first = await house.people.setupToken()
      const second = await house.people.setupToken()
      expect((await offer(first?.token)).code).toBe('invalid_setup_token')
      house.clock.advance(3_600_001)
      expect((await offer(second?.token)).code).toBe('invalid_setup_token')
      const third = await house.people.setupToken()
      expect((await offer(third?.token)).status).toBe(201)
      expect(await types(house)).toHaveLength(3)
    })

    test('refuses a short password and another page', async () => {
      const made = await house.people.setupToken()
      const short = await send(house, 'POST', '/api/v1/setup', {
        body: { ...owner, password: 'elevenchars', token: made?.token },
      })
      expect(short.code).toBe('invalid_request')
      const foreign = await send(house, 'POST', '/api/v1/setup', {
        body: { ...owner, token: made?.token },
        headers: { origin: 'https://evil.example' },
      })
      expect(foreign.code).toBe('cross_site')
      expect(await types(house)).toEqual([])
    })

    test('of twenty at once, from every copy and link, exactly one becomes the owner', async () => {
      const copies = flavour === 'postgres' ? [house, await house.another()] : [house]
      const links = await Promise.all(copies.map((copy) => copy.people.setupToken()))
      const replies = await Promise.all(
        Array.from({ length: 20 }, (_, i) => {
          const n = i % copies.length
          const body = { ...owner, email: `p${i}@example.org`, token: links[n]?.token }
          return send(copies[n] ?? house, 'POST', '/api/v1/setup', { body })
        }),
      )
      expect(replies.filter((r) => r.status === 201)).toHaveLength(1)
      expect(replies.filter((r) => r.code === 'setup_done')).toHaveLength(19)
      expect(await types(house)).toEqual(['person.added', 'person.token_made', 'person.signed_in'])
      const people = await house.database.read.selectFrom('people').select('account').execute()
      expect(people).toHaveLength(1)
      // What the others had prepared belongs to nobody and goes away.
      house.clock.advance(3_700_000)
      await house.people.sweep()
      const left = await house.database.read.selectFrom('auth_accounts').select('id').execute()
      expect(left.map((row) => row.id)).toEqual(people.map((row) => row.account))
    })
  })
