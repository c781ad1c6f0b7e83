import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { browserGuard } from '../../src/people/browser-guard.ts'
import { readCookie } from '../../src/people/cookies.ts'
import { ownOrigins } from '../../src/people/own-origins.ts'
import { Browser, type House, makeHouse, password, send, settled } from './house.ts'

const own = 'http://localhost:8080'
const origins = [
  undefined,
  own,
  'http://localhost:3000',
  'https://evil.example',
  'null',
  'http://localhost:8080.evil.example',
]
const sites = [undefined, 'same-origin', 'same-site', 'cross-site', 'none']

test('our own names are the public URL and, on loopback, its names with the port', () => {
  const config = { host: '127.0.0.1', port: 8080, publicUrl: 'https://slip.example.org' }
  expect(ownOrigins(config)).toEqual([
    'https://slip.example.org',
    'http://localhost:8080',
    'http://127.0.0.1:8080',
    'http://[::1]:8080',
  ])
  expect(ownOrigins({ ...config, host: '0.0.0.0' })).toEqual(['https://slip.example.org'])
})

test('a change with a cookie passes only with words of our own page and none of another', () => {
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'post', 'BREW'])
    for (const origin of origins)
      for (const site of sites) {
        const headers = { ...(origin ? { origin } : {}), ...(site ? { 'sec-fetch-site': site } : {}) }
        const passes =
          (origin === own && (site === undefined || site === 'same-origin')) ||
          (origin === undefined && site === 'same-origin')
        expect({ origin, site, code: browserGuard({ method, headers }, [own])?.code }).toEqual({
          origin,
          site,
          code: passes ? undefined : 'cross_site',
        })
      }
  for (const method of ['GET', 'HEAD', 'OPTIONS'])
    expect(browserGuard({ method, headers: { origin: 'https://evil.example' } }, [own])).toBeNull()
})

test('a cookie is read whatever stands around it, and not at all when two have its name', () => {
  const value = fc.stringMatching(/^[A-Za-z0-9_-]{43}$/)
  const other = fc.stringMatching(/^[a-z]{1,8}=[A-Za-z0-9]{0,8}$/)
  fc.assert(
    fc.property(value, value, fc.array(other), (mine, planted, rest) => {
      expect(readCookie([...rest, `ps_session=${mine}`, ...rest].join('; '), false)).toBe(mine)
      expect(readCookie(`ps_session=${mine}; ps_session=${planted}`, false)).toBeNull()
      expect(readCookie(`ps_session=${mine}`, true)).toBeNull()
      expect(readCookie(`__Host-ps_session=${mine}`, true)).toBe(mine)
    }),
  )
})

describe('a session on plain http', () => {
  let house: House
  let browser: Browser
  beforeEach(async () => {
    house = await makeHouse('sqlite')
    browser = (await settled(house)).browser
  })
  afterEach(() => house.close())
  const change = (headers: Record<string, string>) =>
    send(house, 'POST', '/api/v1/session/fresh', { body: { password }, headers })

  test('changes nothing without the secret of the page’s own storage', async () => {
    const { 'x-permission-slip-session': secret = '', ...rest } = browser.headers()
    expect(secret).not.toBe('')
    expect((await change(rest)).code).toBe('unauthenticated')
    expect((await change({ ...rest, 'x-permission-slip-session': 'A'.repeat(secret.length) })).code).toBe(
      'unauthenticated',
    )
    const another = new Browser(house)
    await another.signIn()
    expect((await change({ ...rest, 'x-permission-slip-session': another.secret })).code).toBe('unauthenticated')
    expect((await change(browser.headers())).status).toBe(200)
    expect((await send(house, 'GET', '/api/v1/people', { headers: rest })).status).toBe(200)
  })

  test('changes nothing from another page, which can’t sign in here either', async () => {
    for (const words of [{ origin: 'http://localhost:3000' }, { origin: own, 'sec-fetch-site': 'cross-site' }]) {
      expect((await change({ ...browser.headers(), ...words })).code).toBe('cross_site')
      const body = { email: 'ada@example.org', password }
      expect((await send(house, 'POST', '/api/v1/session', { body, headers: words })).code).toBe('cross_site')
    }
    const { origin: _, 'sec-fetch-site': __, ...rest } = browser.headers()
    expect((await change(rest)).code).toBe('cross_site')
  })

  test('gives way to a token in the same request, and never stands in for a bad one', async () => {
    const headers = { ...browser.headers(), authorization: 'Bearer psp_wrong' }
    expect((await send(house, 'GET', '/api/v1/people', { headers })).status).toBe(401)
  })
})

test('on https the cookie is bound to the host and to TLS, and the other name’s cookie does not count', async () => {
  const house = await makeHouse('sqlite', { publicUrl: 'https://slip.example.org' })
  await settled(house)
  const headers = { host: 'slip.example.org', origin: 'https://slip.example.org', 'sec-fetch-site': 'same-origin' }
  const reply = await send(house, 'POST', '/api/v1/session', { body: { email: 'ada@example.org', password }, headers })
  const [line = ''] = reply.cookies
  expect(line).toMatch(/^__Host-ps_session=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict; Secure$/)
  const cookie = line.split(';')[0] ?? ''
  const end = (given: Record<string, string>) =>
    send(house, 'DELETE', '/api/v1/session', { headers: { ...headers, ...given } })
  expect((await end({ cookie: cookie.replace('__Host-', '') })).status).toBe(401)
  expect((await end({ cookie, host: 'localhost:8080', origin: own })).status).toBe(401)
  expect((await end({ cookie, host: 'localhost:8080', 'x-forwarded-host': 'slip.example.org' })).status).toBe(204)
  await house.close()
})

test('a cookie of plain localhost, which other ports see, opens nothing under the https name', async () => {
  const house = await makeHouse('sqlite', { publicUrl: 'https://slip.example.org' })
  const { browser } = await settled(house)
  const { origin: _, ...rest } = browser.headers()
  const stolen = {
    cookie: `__Host-${browser.cookie}`,
    'sec-fetch-site': 'same-origin',
    origin: 'https://slip.example.org',
  }
  for (const name of [{ host: 'slip.example.org' }, { 'x-forwarded-host': 'slip.example.org' }]) {
    expect((await send(house, 'GET', '/api/v1/people', { headers: { ...stolen, ...name } })).status).toBe(401)
    expect((await send(house, 'DELETE', '/api/v1/session', { headers: { ...stolen, ...name } })).status).toBe(401)
  }
  expect((await send(house, 'DELETE', '/api/v1/session', { headers: rest })).status).toBe(204)
  await house.close()
})
