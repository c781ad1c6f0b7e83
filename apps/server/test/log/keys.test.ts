import { afterAll, describe, expect, test } from 'bun:test'
import { generateKeyPairSync, verify } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { inspect } from 'node:util'
import { LogKey, readLogKey, writeLogKey } from '../../src/log/keys.ts'
import { publicKeyObject, thumbprint } from '../../src/log/public-key.ts'

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ps-log-key-'))
afterAll(() => fs.rmSync(dir, { recursive: true, force: true }))
const file = (name: string) => path.join(dir, name)

describe('the log key', () => {
  test('its thumbprint is that of RFC 8037, appendix A.3', () => {
    expect(thumbprint('11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo')).toBe(
      'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
    )
  })

  test('it is kept 0600, read back, and signs what its public half verifies', () => {
    const key = LogKey.create()
    writeLogKey(key, file('log.key'))
    expect(fs.statSync(file('log.key')).mode & 0o777).toBe(0o600)
    const again = readLogKey(file('log.key'))
    expect(again?.id).toBe(key.id)
    expect(again?.origin).toMatch(/^permission-slip\/[0-9a-f]{16}$/)
    const bytes = Buffer.from('hello')
    expect(verify(null, bytes, publicKeyObject(key.publicKey), again?.sign(bytes) ?? bytes)).toBe(true)
  })

  test('an existing key file is never replaced, and nothing is left beside it', () => {
    const before = fs.readFileSync(file('log.key'), 'utf8')
    expect(() => writeLogKey(LogKey.create(), file('log.key'))).toThrow('never replaced')
    expect(fs.readFileSync(file('log.key'), 'utf8')).toBe(before)
    expect(fs.readdirSync(dir)).toEqual(['log.key'])
  })

  test('none is null; one that others may read, or that is no Ed25519 key, is refused with what to do', () => {
    expect(readLogKey(file('none'))).toBeNull()
    fs.writeFileSync(file('open.key'), LogKey.create().toPem(), { mode: 0o644 })
    expect(() => readLogKey(file('open.key'))).toThrow('expected mode 0600, got 0644')
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'pem', type: 'pkcs8' })
    fs.writeFileSync(file('rsa.key'), rsa, { mode: 0o600 })
    expect(() => readLogKey(file('rsa.key'))).toThrow('expected an Ed25519 private key')
  })

  test('it never shows itself', () => {
    const key = LogKey.create()
    const secret = key.toPem().split('\n')[1] ?? 'none'
    const shown = [
      String(key),
      JSON.stringify({ key }),
      inspect({ key }, { showHidden: true, depth: 9 }),
      Bun.inspect({ key }),
    ]
    for (const text of shown) {
      expect(text).toContain(key.id)
      expect(text).not.toContain(secret)
      expect(text).not.toContain('KeyObject')
    }
  })
})
