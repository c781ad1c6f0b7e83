import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { FieldFault } from '../kit/faults.ts'
import { postgres } from '../src/postgres.ts'
import { redis } from '../src/redis.ts'
import { webhook } from '../src/webhook.ts'

const of = (connector: typeof postgres) => (fields: Record<string, string>) => {
  if (!connector.normalise) throw new Error('no normalise')
  return connector.normalise(fields)
}
const pg = of(postgres)
const rd = of(redis)
const hook = of(webhook)
const fault = (make: () => unknown): string => {
  try {
    make()
    return 'nothing'
  } catch (error) {
    if (error instanceof FieldFault) return error.field
    throw error
  }
}

describe('a PostgreSQL URL', () => {
  test('is taken apart, and nothing of it stays whole', () => {
    expect(pg({ url: 'postgres://ada:p%40ss%2F@db.example.org:5433/shop?sslmode=require' })).toEqual({
      host: 'db.example.org',
      port: '5433',
      user: 'ada',
      password: 'p@ss/',
      database: 'shop',
      tls: 'require',
    })
    expect(pg({ url: 'postgresql://ada@127.0.0.1', tls: 'require' })).toEqual({
      host: '127.0.0.1',
      port: '5432',
      user: 'ada',
      database: 'ada',
      tls: 'require',
    })
    expect(pg({ url: 'postgres://ada@[::1]/x' })['host']).toBe('::1')
  })
  test('gives back any user, password and database name exactly', () => {
    const well = fc.string({ unit: 'grapheme', minLength: 1 }).filter((s) => !s.includes('\0') && s.isWellFormed())
    fc.assert(
      fc.property(well, well, well, (user, password, database) => {
        const [u, p, d] = [user, password, database].map(encodeURIComponent)
        if (d === '.' || d === '..') return
        expect(pg({ url: `postgres://${u}:${p}@h/${d}` })).toMatchObject({ user, password, database, host: 'h' })
      }),
    )
  })
  test('refuses sockets, lists of hosts, files, options and fallbacks, by the name of the field', () => {
    const refused = [
      'postgres:///db?host=/var/run/postgresql',
      'postgres://u@%2Fvar%2Frun/db',
      'postgres://u@/db',
      'postgres://u@a,b/db',
      'postgres://u@h/db?sslrootcert=/etc/passwd',
      'postgres://u@h/db?host=evil',
      'postgres://u@h/db?options=-c%20x',
      'postgres://u@h/db?sslmode=prefer',
      'postgres://u@h/db?sslmode=constructor',
      'postgres://u@h/db?sslmode=require&sslmode=disable',
      'postgres://u:p#x@h/db',
      'mysql://u@h/db',
      'postgres:u@h/db',
      'h/db',
      'postgres://u:%zz@h/db',
    ]
    for (const url of refused)
      expect({ url, field: fault(() => pg({ url })) }).toEqual({
        url,
        field: url.includes('@%2F') || url.includes('a,b') ? 'host' : 'url',
      })
    expect(fault(() => pg({ url: 'postgres://u@h/db?sslmode=disable', tls: 'verify' }))).toBe('tls')
    expect(fault(() => pg({ url: 'postgres://u@h/db', host: 'other' }))).toBe('host')
  })
})

describe('fields without a URL', () => {
  test('are completed: the certificate is checked, except on this machine', () => {
    expect(pg({ host: 'db.example.org', user: 'ada', password: 'x', url: '' })).toEqual({
      host: 'db.example.org',
      user: 'ada',
      password: 'x',
      port: '5432',
      database: 'ada',
      tls: 'verify',
    })
    expect(pg({ host: 'localhost', user: 'ada' })['tls']).toBe('disable')
    expect(rd({ host: 'cache.example.org' })).toEqual({
      host: 'cache.example.org',
      port: '6379',
      database: '0',
      tls: 'verify',
    })
  })
  test('are refused by name when they can not be', () => {
    expect(fault(() => pg({ user: 'a' }))).toBe('host')
    expect(fault(() => pg({ host: 'h' }))).toBe('user')
    for (const host of ['/tmp', 'a b', 'a/b', 'a@b', '.', '-a', 'a:1', 'http://h'])
      expect({ host, f: fault(() => pg({ host, user: 'a' })) }).toEqual({ host, f: 'host' })
    for (const port of ['0', '65536', '-1', '5432x', '99999'])
      expect(fault(() => pg({ host: 'h', user: 'a', port }))).toBe('port')
    expect(fault(() => pg({ host: 'h', user: 'a', tls: 'prefer' }))).toBe('tls')
    expect(fault(() => pg({ host: 'h', user: 'a\0b' }))).toBe('user')
    expect(fault(() => rd({ host: 'h', database: 'x' }))).toBe('database')
    expect(fault(() => rd({ host: 'h', username: 'ada' }))).toBe('password')
  })
})

describe('a Redis URL', () => {
  test('says by its scheme whether it is encrypted', () => {
    expect(rd({ url: 'rediss://ada:p@h:6380/2' })).toEqual({
      host: 'h',
      port: '6380',
      username: 'ada',
      password: 'p',
      database: '2',
      tls: 'verify',
    })
    expect(rd({ url: 'redis://:p@h' })).toEqual({
      host: 'h',
      port: '6379',
      password: 'p',
      database: '0',
      tls: 'disable',
    })
    expect(rd({ url: 'rediss://h', tls: 'require' })['tls']).toBe('require')
    expect(fault(() => rd({ url: 'rediss://h', tls: 'disable' }))).toBe('tls')
    expect(fault(() => rd({ url: 'redis://h?family=6' }))).toBe('url')
    expect(fault(() => rd({ url: 'redis+unix:///tmp/s' }))).toBe('url')
  })
})

describe("a webhook's address", () => {
  test('is https without user name, password or fragment, and its secret is one that signs', () => {
    const secret = `whsec_${btoa('x'.repeat(24))}`
    expect(hook({ url: 'https://home.example.org/hook?x=1', secret })).toEqual({
      url: 'https://home.example.org/hook?x=1',
      secret,
    })
    for (const url of ['http://h/', 'https://u:p@h/', 'https://h/#x', 'h', ''])
      expect(fault(() => hook({ url, secret }))).toBe('url')
    for (const bad of ['', 'abc', 'whsec_', 'whsec_AAAA', `whsec_${btoa('x'.repeat(65))}`, 'whsec_!!!!'])
      expect(fault(() => hook({ url: 'https://h/', secret: bad }))).toBe('secret')
  })
})
