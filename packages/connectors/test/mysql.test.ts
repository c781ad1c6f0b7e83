import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { FieldFault } from '../kit/faults.ts'
import { recorder } from '../kit/recorder.ts'
import { grantWarnings } from '../src/mysql/grants.ts'
import { identifier, quoted } from '../src/mysql/identifier.ts'
import { mysql } from '../src/mysql.ts'

const fields = (entered: Record<string, string>) => mysql.normalise?.(entered)
const fault = (entered: Record<string, string>): string => {
  try {
    fields(entered)
    return 'nothing'
  } catch (error) {
    if (error instanceof FieldFault) return error.field
    throw error
  }
}

describe('a MySQL URL', () => {
  test('is taken apart, and nothing of it stays whole', () => {
    expect(fields({ url: 'mysql://ada:p%40ss%2F@db.example.org:3307/shop?ssl-mode=REQUIRED' })).toEqual({
      host: 'db.example.org',
      port: '3307',
      user: 'ada',
      password: 'p@ss/',
      database: 'shop',
      tls: 'require',
    })
    expect(fields({ url: 'mariadb://ada@127.0.0.1' })).toEqual({
      host: '127.0.0.1',
      port: '3306',
      user: 'ada',
      tls: 'disable',
    })
    expect(fields({ host: 'db.example.org', user: 'ada' })).toMatchObject({ tls: 'verify' })
  })
  test('refuses sockets, files, other options and fallbacks, by the name of the field', () => {
    for (const url of [
      'mysql://u@h/db?socket=/run/mysqld.sock',
      'mysql://u@h/db?ssl-ca=/etc/passwd',
      'mysql://u@h/db?ssl-mode=PREFERRED',
      'mysql://u@h/db?ssl-mode=__proto__',
      'mysql://u@h/db?multipleStatements=true',
      'mysql:///db',
      'postgres://u@h/db',
    ])
      expect([url, fault({ url })]).toEqual([url, 'url'])
    expect(fault({ url: 'mysql://u@h/db', database: 'other' })).toBe('database')
    expect(fault({ url: 'mysql://u@h/db?ssl-mode=DISABLED', tls: 'verify' })).toBe('tls')
    expect(fault({ host: 'h' })).toBe('user')
    expect(fault({ user: 'u' })).toBe('host')
    expect(fault({ host: '/run/mysqld.sock', user: 'u' })).toBe('host')
  })
})

describe('a name in SQL', () => {
  test('is one quoted word, whatever is in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (name) => {
        if (!identifier().safeParse(name).success) return
        const text = quoted(name)
        expect(text.slice(1, -1).replaceAll('``', '')).not.toContain('`')
        expect(text.slice(1, -1).replaceAll('``', '`')).toBe(name)
      }),
    )
  })
  test('of 65 characters, with NUL, a space at its end, or beyond what MySQL can name is refused', () => {
    for (const name of ['', 'x'.repeat(65), 'a\0', 'a ', 'a\n', '😀', 'a😀b'])
      expect([name, identifier().safeParse(name).success]).toEqual([name, false])
    for (const name of ['x'.repeat(64), 'a b', 'größe', '`'])
      expect([name, identifier().safeParse(name).success]).toEqual([name, true])
  })
})

describe('rows', () => {
  const shown = async (id: string, params: Parameters<NonNullable<(typeof mysql.actions)[string]['run']>>[0]) => {
    const asked: string[] = []
    const io = recorder([], (one) => asked.push(one.body))
    await mysql.actions[id]?.run?.(params, io, { fields: {}, account: null, key: 'k', now: 0 })
    return asked
  }
  test('values never stand in the statement', async () => {
    expect(
      await shown('delete', {
        database: 'sh`op',
        table: 't',
        where: [
          { column: 'a', op: '=', value: "'; drop table t; --" },
          { column: 'b', op: 'in', value: [1, 2] },
          { column: 'c', op: 'is null' },
        ],
      }),
    ).toEqual([
      'DELETE FROM `sh``op`.`t` WHERE `a` = ? AND `b` IN (?, ?) AND `c` IS NULL\n-- ?1 = "\'; drop table t; --"\n-- ?2 = 1\n-- ?3 = 2',
    ])
  })
  test('a change without a condition, and rows of different columns or of too many values, are refused', async () => {
    await expect(shown('delete', { table: 't', where: [] })).rejects.toThrow('at least one condition')
    await expect(shown('update', { table: 't', set: { a: 1 }, where: [] })).rejects.toThrow('at least one condition')
    await expect(shown('insert', { table: 't', rows: [{ a: 1 }, { b: 1 }] })).rejects.toThrow('rows[1]')
    const wide = Object.fromEntries(Array.from({ length: 66 }, (_, i) => [`c${i}`, 1]))
    await expect(shown('insert', { table: 't', rows: Array(1000).fill(wide) })).rejects.toThrow('65535')
  })
})

describe('what a user may do is told', () => {
  const about = (...lines: string[]): string => grantWarnings(lines).join(' ')
  const last = 'What functions inside the database reach (other servers, files) is outside the control of this server.'
  test('a user with rights on its own tables gets no warning but the last', () => {
    expect(
      grantWarnings([
        "GRANT USAGE ON *.* TO `ada`@`%` IDENTIFIED BY PASSWORD '*0123'",
        'GRANT SELECT, INSERT, UPDATE (`a`, `b`) ON `shop`.`customers` TO `ada`@`%`',
        'GRANT `reader` TO `ada`@`%`',
      ]),
    ).toEqual([last])
  })
  test('SUPER, FILE, ALL PRIVILEGES and what is like them are named, and no hash of a password', () => {
    expect(about("GRANT ALL PRIVILEGES ON *.* TO `root`@`%` IDENTIFIED BY PASSWORD '*0123' WITH GRANT OPTION")).toMatch(
      /^This user has ALL PRIVILEGES on the whole server.* pass its rights on/,
    )
    expect(about("GRANT ALL PRIVILEGES ON *.* TO `root`@`%` IDENTIFIED BY PASSWORD '*0123'")).not.toContain('*0123')
    expect(about('GRANT SELECT, FILE ON *.* TO `a`@`%`')).toMatch(/FILE.*every database/)
    expect(about('GRANT SUPER ON *.* TO `a`@`%`')).toContain('SUPER')
    expect(about('GRANT SYSTEM_VARIABLES_ADMIN ON *.* TO `a`@`%`')).toContain('SUPER or alike')
    expect(about('GRANT ALL PRIVILEGES ON `shop`.* TO `a`@`%`')).toContain('ALL PRIVILEGES on `shop`.*')
    expect(about('GRANT UPDATE ON `mysql`.`user` TO `a`@`%`')).toContain('accounts of the server')
  })
})
