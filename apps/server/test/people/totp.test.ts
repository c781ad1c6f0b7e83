import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { totpConfirmed } from '@permission-slip/protocol/person.ts'
import fc from 'fast-check'
import { Secret, TOTP, URI } from 'otpauth'
import { base32, hotp, totpMatch, totpStep, totpUri } from '../../src/people/totp.ts'
import { openTotp, sealTotp } from '../../src/people/totp-seal.ts'
import { Browser, flavours, type House, makeHouse, password, settled, types } from './house.ts'

const rfcSecret = new TextEncoder().encode('12345678901234567890')

const backupCodes = totpConfirmed.shape.backup_codes

describe('one-time codes', () => {
  test('are those of RFC 4226 appendix D', () => {
    const codes = '755224 287082 359152 969429 338314 254676 287922 162583 399871 520489'.split(' ')
    expect(codes.map((_, counter) => hotp(rfcSecret, counter))).toEqual(codes)
  })

  test('are the last six digits of RFC 6238 appendix B', () => {
    const vectors: [number, string][] = [
      [59, '94287082'],
      [1111111109, '07081804'],
      [1111111111, '14050471'],
      [1234567890, '89005924'],
      [2000000000, '69279037'],
      [20000000000, '65353130'],
    ]
    for (const [seconds, code] of vectors) expect(hotp(rfcSecret, totpStep(seconds * 1000))).toBe(code.slice(2))
  })

  test('agree with an independent generator for every secret and time, one step to either side and no further', () => {
    const secrets = fc.uint8Array({ minLength: 20, maxLength: 20 })
    fc.assert(
      fc.property(secrets, fc.integer({ min: 0, max: 4e12 }), fc.integer({ min: -3, max: 3 }), (bytes, now, drift) => {
        const generator = new TOTP({
          secret: new Secret({ buffer: new Uint8Array(bytes).buffer }),
          algorithm: 'SHA1',
          digits: 6,
          period: 30,
        })
        const timestamp = now + drift * 30_000
        fc.pre(timestamp >= 0)
        const code = generator.generate({ timestamp })
        const found = totpMatch(bytes, code, now, -1)
        if (Math.abs(drift) <= 1) return found !== null && hotp(bytes, found) === code
        return found === null || hotp(bytes, found) === code
      }),
    )
  })

  test('count for no step that was taken, or lies before one that was', () => {
    const now = 59_000
    const code = hotp(rfcSecret, 1)
    expect(totpMatch(rfcSecret, code, now, 0)).toBe(1)
    expect(totpMatch(rfcSecret, code, now, 1)).toBeNull()
    expect(totpMatch(rfcSecret, code, now, 2)).toBeNull()
  })

  test('are read by an authenticator from the address in the QR code', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 20, maxLength: 20 }), fc.emailAddress(), (bytes, email) => {
        const read = URI.parse(totpUri(bytes, 'slip.example.org', email))
        expect(read).toBeInstanceOf(TOTP)
        expect(read.secret.base32).toBe(base32(bytes))
        expect(read.label).toBe(email)
        expect(read.issuer).toBe('Permission Slip (slip.example.org)')
      }),
    )
  })

  test('are sealed to one person by one key', () => {
    const key = crypto.getRandomValues(new Uint8Array(32))
    const keys = { current: () => ({ version: 2, key }), byVersion: (v: number) => (v === 2 ? key : undefined) }
    const sealed = sealTotp(keys, rfcSecret, 'usr_a')
    expect(openTotp(keys, sealed, 'usr_a')).toEqual(rfcSecret)
    expect(() => openTotp(keys, sealed, 'usr_b')).toThrow()
    expect(() => openTotp(keys, sealed.replace(/^2/, '1'), 'usr_a')).toThrow('a key that is not here')
    expect(() => openTotp({ ...keys, byVersion: () => new Uint8Array(32) }, sealed, 'usr_a')).toThrow()
  })
})

for (const { flavour, skip } of flavours)
  describe.skipIf(skip)(`the second factor on ${flavour}`, () => {
    let house: House
    let first: Awaited<ReturnType<typeof settled>>
    let app: TOTP
    let codes: string[]
    const code = (shift = 0) => app.generate({ timestamp: house.clock.now() + shift * 30_000 })
    const tick = () => house.clock.advance(30_000)
    beforeEach(async () => {
      house = await makeHouse(flavour)
      first = await settled(house)
      const started = await first.browser.send('POST', '/api/v1/totp/start')
      const read = URI.parse(started.text('uri'))
      if (!(read instanceof TOTP)) throw new Error('the address is of no TOTP')
      app = read
      expect(read.secret.base32).toBe(started.text('secret'))
      const confirmed = await first.browser.send('POST', '/api/v1/totp/confirm', { code: code() })
      codes = backupCodes.parse(confirmed.at('backup_codes'))
      tick()
    })
    afterEach(() => house.close())

    test('asks for a code beside a right password only, and lets one in', async () => {
      const browser = new Browser(house)
      const asked = await browser.signIn()
      expect(asked.status).toBe(401)
      expect(asked.body).toMatchObject({ code: 'wrong_credentials', totp_required: true })
      expect(asked.cookies).toEqual([])
      const wrong = await browser.signIn(code(), { password: 'not the password' })
      expect(wrong.at('totp_required')).toBeUndefined()
      const reply = await browser.signIn(code())
      expect(reply.at('me')).toMatchObject({ totp: true })
      expect((await types(house)).slice(3)).toContain('person.changed')
    })

    test('takes no code twice, not even of two at once, nor an older one', async () => {
      const [now, before] = [code(), code(-1)]
      const replies = await Promise.all([1, 2, 3].map((i) => new Browser(house, `198.51.100.${i}`).signIn(now)))
      expect(replies.filter((r) => r.status === 200)).toHaveLength(1)
      expect((await new Browser(house).signIn(now)).status).toBe(401)
      expect((await new Browser(house).signIn(before)).status).toBe(401)
      tick()
      expect((await new Browser(house).signIn(code())).status).toBe(200)
    })

    test('counts the code of its confirmation as taken', async () => {
      house.clock.advance(-30_000)
      expect((await new Browser(house).signIn(code())).status).toBe(401)
    })

    test('takes each of ten backup codes once, however it is typed; they are kept as hashes', async () => {
      expect(new Set(codes).size).toBe(10)
      const [one = '', two = ''] = codes
      expect(one).toMatch(/^[A-Z2-7]{4}(-[A-Z2-7]{4}){3}$/)
      const rows = JSON.stringify(await house.database.read.selectFrom('auth_backup_codes').selectAll().execute())
      expect(rows).not.toContain(one)
      const both = await Promise.all([1, 2].map((i) => new Browser(house, `198.51.100.${i}`).signIn(one.toLowerCase())))
      expect(both.filter((r) => r.status === 200)).toHaveLength(1)
      expect((await new Browser(house).signIn(two.replaceAll('-', ' '))).status).toBe(200)
    })

    test('its wrong codes count against the account', async () => {
      for (let i = 0; i < 10; i++)
        expect((await new Browser(house, `198.51.100.${i}`).signIn('000000')).status).toBe(401)
      expect((await new Browser(house).signIn(code())).status).toBe(429)
    })

    test('a fresh sign-in needs a code too', async () => {
      const asked = await first.browser.send('POST', '/api/v1/session/fresh', { password })
      expect(asked.body).toMatchObject({ code: 'wrong_credentials', totp_required: true })
      expect((await first.browser.send('POST', '/api/v1/session/fresh', { password, code: code() })).status).toBe(200)
    })

    test('a new password keeps it, with its backup codes and the codes that were taken', async () => {
      const now = code()
      await new Browser(house).signIn(now)
      const next = 'another good password'
      expect((await first.browser.send('POST', '/api/v1/password', { current: password, next })).status).toBe(204)
      expect((await new Browser(house).signIn(undefined, { password: next })).at('totp_required')).toBe(true)
      expect((await new Browser(house).signIn(now, { password: next })).status).toBe(401)
      expect((await new Browser(house).signIn(codes[0], { password: next })).status).toBe(200)
    })

    test('goes with a code, and ends other sessions', async () => {
      const other = new Browser(house)
      await other.signIn(code())
      tick()
      expect((await first.browser.send('DELETE', '/api/v1/totp', { code: '000000' })).status).toBe(401)
      expect((await first.browser.send('DELETE', '/api/v1/totp', { code: code() })).status).toBe(204)
      expect((await other.send('GET', '/api/v1/people')).status).toBe(401)
      expect((await first.browser.send('GET', '/api/v1/people')).at('items', 0, 'totp')).toBe(false)
      expect((await new Browser(house).signIn()).status).toBe(200)
      expect(await house.database.read.selectFrom('auth_backup_codes').selectAll().execute()).toEqual([])
    })

    test('the secret stands nowhere in the database', async () => {
      const rows = JSON.stringify(await house.database.read.selectFrom('auth_accounts').selectAll().execute())
      expect(rows).not.toContain(app.secret.base32)
      expect(rows).not.toContain(Buffer.from(app.secret.bytes).toString('base64url'))
    })
  })

for (const { flavour, skip } of flavours)
  test.skipIf(skip)(
    `on ${flavour}, a second factor does not count before a right code, which must come in time`,
    async () => {
      const house = await makeHouse(flavour)
      const { browser } = await settled(house)
      const start = async () => {
        const read = URI.parse((await browser.send('POST', '/api/v1/totp/start')).text('uri'))
        return () => (read instanceof TOTP ? read.generate({ timestamp: house.clock.now() }) : '')
      }
      expect((await browser.send('POST', '/api/v1/totp/confirm', { code: '123456' })).code).toBe('invalid_request')
      const old = await start()
      const code = await start()
      expect((await browser.send('POST', '/api/v1/totp/confirm', { code: old() })).status).toBe(401)
      expect((await new Browser(house).signIn()).status).toBe(200)
      house.clock.advance(15 * 60_000)
      await browser.send('POST', '/api/v1/session/fresh', { password })
      expect((await browser.send('POST', '/api/v1/totp/confirm', { code: code() })).code).toBe('invalid_request')
      await house.close()
    },
  )
