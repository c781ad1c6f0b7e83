import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { page } from '@permission-slip/protocol/action.ts'
import { personalToken } from '@permission-slip/protocol/person.ts'
import { addPerson, Browser, entries, flavours, type House, makeHouse, send, settled } from './house.ts'

for (const { flavour, skip } of flavours)
  describe.skipIf(skip)(`personal tokens on ${flavour}`, () => {
    let house: House
    let first: Awaited<ReturnType<typeof settled>>
    beforeEach(async () => {
      house = await makeHouse(flavour)
      first = await settled(house)
    })
    afterEach(() => house.close())
    const make = (body: object) => first.browser.send('POST', '/api/v1/tokens', { name: 'script', ...body })
    const by = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })

    test('do what their scopes say and no more', async () => {
      const token = (await make({ scopes: ['read'] })).text('token')
      expect((await send(house, 'GET', '/api/v1/people', by(token))).status).toBe(200)
      const no = await send(house, 'PATCH', `/api/v1/people/${first.person}`, { ...by(token), body: { name: 'Eve' } })
      expect(no.body).toMatchObject({ code: 'forbidden', detail: 'This token lacks the scope manage.' })
    })

    test('none but that of set-up hands out rights, not even one that manages', async () => {
      const token = (await make({ scopes: ['read', 'decide', 'manage'] })).text('token')
      const other = await addPerson(house, 'viewer', 'bob@example.org')
      const codes = async (who: string) => [
        (await send(house, 'POST', '/api/v1/tokens', { ...by(who), body: { name: 'more', scopes: ['read'] } })).code,
        (await send(house, 'PATCH', `/api/v1/people/${other}`, { ...by(who), body: { role: 'approver' } })).code,
        (await send(house, 'DELETE', `/api/v1/people/${other}`, by(who))).code,
      ]
      expect(await codes(token)).toEqual(['forbidden', 'forbidden', 'forbidden'])
      expect(await codes(first.token)).toEqual([undefined, undefined, undefined])
    })

    test('end when their time comes, or at once when they are revoked', async () => {
      const short = await make({ scopes: ['read'], expires_in: 60 })
      const long = await make({ scopes: ['read'], expires_in: null })
      const caller = await house.people.authenticate({ method: 'GET', ...by(short.text('token')) })
      house.clock.advance(61_000)
      expect((await send(house, 'GET', '/api/v1/people', by(short.text('token')))).status).toBe(401)
      expect(caller && (await house.people.stillValid(caller))).toBe(false)
      expect((await send(house, 'GET', '/api/v1/people', by(long.text('token')))).status).toBe(200)
      expect((await first.browser.send('DELETE', `/api/v1/tokens/${long.text('id')}`)).status).toBe(204)
      expect((await send(house, 'GET', '/api/v1/people', by(long.text('token')))).status).toBe(401)
      expect((await first.browser.send('DELETE', `/api/v1/tokens/${long.text('id')}`)).status).toBe(404)
      expect((await entries(house)).slice(-3).map((e) => [e.type, e.data['token']])).toEqual([
        ['person.token_made', short.at('id')],
        ['person.token_made', long.at('id')],
        ['person.token_revoked', long.at('id')],
      ])
    })

    test('are listed without themselves, with a last use that is written once a minute', async () => {
      const made = await make({ scopes: ['decide', 'read'] })
      const [token, id] = [made.text('token'), made.text('id')]
      const used = async () => {
        const { items } = page(personalToken).parse((await first.browser.send('GET', '/api/v1/tokens')).body)
        expect(JSON.stringify(items)).not.toContain(token)
        return items.find((item) => item.id === id)?.last_used_at
      }
      expect(await used()).toBeNull()
      await send(house, 'GET', '/api/v1/people', by(token))
      const one = await used()
      expect(one).toBeString()
      house.clock.advance(30_000)
      await send(house, 'GET', '/api/v1/people', by(token))
      expect(await used()).toBe(one)
      house.clock.advance(30_001)
      await send(house, 'GET', '/api/v1/people', by(token))
      expect(await used()).not.toBe(one)
      const rows = JSON.stringify(await house.database.read.selectFrom('personal_tokens').selectAll().execute())
      expect(rows).not.toContain(token)
    })
  })

for (const { flavour, skip } of flavours)
  describe.skipIf(skip)(`people on ${flavour}`, () => {
    let house: House
    let first: Awaited<ReturnType<typeof settled>>
    beforeEach(async () => {
      house = await makeHouse(flavour)
      first = await settled(house)
    })
    afterEach(() => house.close())
    const url = (id: string) => `/api/v1/people/${id}`

    test('the last owner stays an owner and stays', async () => {
      for (const reply of [
        await first.browser.send('PATCH', url(first.person), { role: 'viewer' }),
        await first.browser.send('DELETE', url(first.person)),
      ])
        expect(reply.code).toBe('last_owner')
    })

    test('of two owners who remove each other at once, one stays', async () => {
      const other = await addPerson(house, 'owner', 'bob@example.org')
      const copies = flavour === 'postgres' ? [house, await house.another()] : [house, house]
      const caller = await house.people.authenticate({ method: 'GET', headers: first.browser.headers() })
      if (!caller) throw new Error('not signed in')
      const replies = await Promise.all([
        send(copies[0] ?? house, 'DELETE', url(other), { as: caller }),
        send(copies[1] ?? house, 'DELETE', url(first.person), { as: { ...caller, id: other } }),
      ])
      expect(replies.map((r) => r.code ?? r.status).sort()).toEqual([204, 'last_owner'])
      const left = await house.database.read.selectFrom('people').select('id').where('removed', '=', 0).execute()
      expect(left).toHaveLength(1)
    })

    test('a new role ends what was open under the old one; removal ends sessions and tokens', async () => {
      const bob = await addPerson(house, 'owner', 'bob@example.org')
      const theirs = new Browser(house)
      await theirs.signIn(undefined, { email: 'bob@example.org' })
      const token = (await theirs.send('POST', '/api/v1/tokens', { name: 'b', scopes: ['read'] })).text('token')
      const session = await house.people.authenticate({ method: 'GET', headers: theirs.headers() })
      const script = { method: 'GET', headers: { authorization: `Bearer ${token}` } }
      const asToken = await house.people.authenticate(script)
      if (!session || !asToken) throw new Error('not signed in')
      expect(await house.people.stillValid(session)).toBe(true)
      expect(await house.people.stillValid(asToken)).toBe(true)
      expect((await first.browser.send('PATCH', url(bob), { role: 'viewer', name: 'Bob' })).body).toMatchObject({
        role: 'viewer',
        name: 'Bob',
      })
      expect(await house.people.stillValid(session)).toBe(false)
      expect(await house.people.stillValid(asToken)).toBe(false)
      expect((await theirs.send('PATCH', url(bob), { role: 'owner' })).code).toBe('forbidden')
      expect((await first.browser.send('DELETE', url(bob))).status).toBe(204)
      expect((await theirs.send('GET', '/api/v1/people')).status).toBe(401)
      expect(await house.people.authenticate(script)).toBeNull()
      expect((await theirs.signIn(undefined, { email: 'bob@example.org' })).status).toBe(401)
      expect((await first.browser.send('GET', '/api/v1/people')).at('items')).toHaveLength(1)
      const told = (await entries(house)).filter((e) => e.type !== 'person.sign_in_refused')
      expect(told.slice(-4).map((e) => [e.type, e.subject])).toEqual([
        ['person.changed', bob],
        ['person.role', bob],
        ['person.token_revoked', bob],
        ['person.removed', bob],
      ])
    })

    test('nobody is invited yet, in so many words', async () => {
      expect((await first.browser.send('POST', '/api/v1/people', {})).code).toBe('not_available')
    })
  })
