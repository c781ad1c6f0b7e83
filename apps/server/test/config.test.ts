import { describe, expect, test } from 'bun:test'
import { parseConfig } from '../src/config/config.ts'
import { ConfigError } from '../src/config/error.ts'

const refused = (env: Record<string, string>): string => {
  try {
    parseConfig(env)
    return 'taken'
  } catch (error) {
    return error instanceof ConfigError ? error.variable : String(error)
  }
}

describe('settings', () => {
  test('one that can not be read is named, and nothing starts with it', () => {
    const wrong: [string, string][] = [
      ['PERMISSION_SLIP_PORT', '80a'],
      ['PERMISSION_SLIP_PORT', '70000'],
      ['PERMISSION_SLIP_DATABASE_URL', 'mysql://x'],
      ['PERMISSION_SLIP_DATABASE_URL', 'postgres:///db?host=10.0.0.5&port=5432'],
      ['PERMISSION_SLIP_PUBLIC_URL', 'slip.example.org'],
      ['PERMISSION_SLIP_PUBLIC_URL', 'https://slip.example.org/path'],
      ['PERMISSION_SLIP_LOG_LEVEL', 'loud'],
      ['PERMISSION_SLIP_EGRESS_ALLOW', '10.0.0.0/64'],
      ['PERMISSION_SLIP_EGRESS_ALLOW', 'Con@host:0'],
      ['PERMISSION_SLIP_ORIGINS', '{'],
      ['PERMISSION_SLIP_ORIGINS', '{"github":1}'],
      ['PERMISSION_SLIP_TRUSTED_PROXIES', 'nonsense'],
      ['PERMISSION_SLIP_SECRET_REFS', '/run/secrets'],
    ]
    for (const [variable, value] of wrong) expect([value, refused({ [variable]: value })]).toEqual([value, variable])
  })

  test('without any, it listens on loopback and keeps everything in one folder', () => {
    const config = parseConfig({ PERMISSION_SLIP_DATA_DIR: '/srv/slip' })
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 8080,
      databaseUrl: 'sqlite:/srv/slip/permission-slip.db',
      publicUrl: 'http://localhost:8080',
      masterKeyFile: '/srv/slip/master.key',
    })
  })

  test('allowed addresses are hosts or blocks, for one connector or all, with a port or without', () => {
    const { egressAllow } = parseConfig({
      PERMISSION_SLIP_EGRESS_ALLOW: 'db.lan:5432, postgres@10.0.0.0/8, [fd00::1]:6379, fd00::/8, Host.lan',
    })
    expect(egressAllow).toEqual([
      { connector: null, host: 'db.lan', port: 5432 },
      { connector: 'postgres', host: '10.0.0.0/8', port: null },
      { connector: null, host: 'fd00::1', port: 6379 },
      { connector: null, host: 'fd00::/8', port: null },
      { connector: null, host: 'host.lan', port: null },
    ])
  })
})
