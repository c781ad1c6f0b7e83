import { describe, expect, test } from 'bun:test'
import { constants, createHash, generateKeyPairSync, privateDecrypt } from 'node:crypto'
import { mysql } from '@permission-slip/connectors/mysql.ts'
import fc from 'fast-check'
import { type Answer, framed, greeting, mysqlServer, nonce, ok } from './mysql-server.ts'
import { account, egressWith, limits, permitFor } from './support.ts'

const password = 'pass-word-canary-7f3a'
const sha256 = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest()
const xor = (a: Uint8Array, b: Uint8Array) => Buffer.from(a.map((byte, i) => byte ^ (b[i % b.length] ?? 0)))

/** One statement against a server that does as told: how it ended, and what the server saw. */
async function against(
  greet: Uint8Array,
  answer: Answer | null,
  over: { tls?: string; verb?: 'execute' | 'query' } = {},
) {
  const server = await mysqlServer(greet, answer)
  const fields = { host: '127.0.0.1', port: String(server.port), user: 'ada', tls: over.tls ?? 'disable' }
  const at = account(mysql, fields, { password }, [`127.0.0.1:${server.port}`])
  const bound = egressWith().io(permitFor('mysql'), at, { ...limits, step: async () => {} })
  const said = await bound.io.mysql[over.verb ?? 'execute']('delete from t', [], 1).then(
    (done) => `done ${done.row_count}`,
    (e: Error & { code?: string }) => `${e.name} ${e.code ?? ''} ${e.message}`,
  )
  await bound.close()
  const { seen } = server
  await server.close()
  return { said, seen, sessions: server.sessions(), all: Buffer.concat(seen).toString('latin1') }
}
const first = (plugin: string, capabilities?: number) => framed(greeting(plugin, capabilities), 0)
/** Lets everybody in, takes our own words, and prepares any statement under the number 1. */
const usual =
  (execute: () => ReturnType<Answer>): Answer =>
  (packet, count) => {
    if (count === 0) return [ok]
    if (packet[0] === 0x16) return [Buffer.from([0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])]
    if (packet[0] === 0x17) return execute()
    return packet[0] === 0x03 ? [ok] : []
  }

describe('MySQL, a server that does what it should not', () => {
  test('asked for a file by the server, we send none, and the outcome is unknown', async () => {
    const { said, all } = await against(
      first('mysql_native_password'),
      usual(() => [Buffer.from('\xfb/etc/passwd', 'latin1')]),
    )
    expect(said).toMatch(/^Unanswered .*asks for a file/)
    expect(all).not.toContain('root:')
  })
  test('the bits of LOAD DATA LOCAL and of several statements are never offered', async () => {
    const { seen } = await against(
      first('mysql_native_password'),
      usual(() => [ok]),
    )
    const offered = seen[0]?.readUInt32LE(0) ?? -1
    expect([offered & 0x80, offered & 0x10000]).toEqual([0, 0])
  })
  test('a statement whose answer does not come is sent once, and is unknown', async () => {
    const { said, seen, sessions } = await against(
      first('mysql_native_password'),
      usual(() => [null]),
    )
    expect(said).toMatch(/^Unanswered .*the statement was sent/)
    expect([sessions, seen.filter((one) => one[0] === 0x17).length]).toEqual([1, 1])
  })
  test('a COMMIT whose answer does not come is unknown', async () => {
    const answer = usual(() => [ok])
    const { said } = await against(first('mysql_native_password'), (packet, count) =>
      packet.subarray(1).toString() === 'commit' ? [null] : answer(packet, count),
    )
    expect(said).toMatch(/^Unanswered /)
  })
  test('a COMMIT that the server answers by ending the session is unknown, one that it refuses is refused', async () => {
    for (const [number, said] of [
      [1927, /^Unanswered /],
      [1213, /^ServiceFault service_failed /],
    ] as const) {
      const error = Buffer.concat([Buffer.from([0xff, number & 0xff, number >> 8]), Buffer.from('#HY000no')])
      const answer = usual(() => [ok])
      const end = await against(first('mysql_native_password'), (packet, count) =>
        packet.subarray(1).toString() === 'commit' ? [error] : answer(packet, count),
      )
      expect(end.said).toMatch(said)
    }
  })
  test('what the server says returns no rows is no query, and never runs', async () => {
    const { said, seen } = await against(
      first('mysql_native_password'),
      usual(() => [ok]),
      { verb: 'query' },
    )
    expect(said).toMatch(/^ServiceFault service_refused .*returns no rows/)
    expect(seen.filter((one) => one[0] === 0x17)).toEqual([])
  })
  test('a packet out of turn ends the session', async () => {
    const { said } = await against(framed(greeting('mysql_native_password'), 3), () => [])
    expect(said).toMatch(/^NotSent not_sent .*out of turn/)
  })
  test('a server without TLS, or that speaks before it, gets no password and no name', async () => {
    for (const greet of [
      first('mysql_native_password', 0xffffff7f & ~0x800),
      Buffer.concat([first('mysql_native_password'), framed(ok, 2)]),
    ]) {
      const { said, all } = await against(greet, () => [], { tls: 'require' })
      expect(said).toMatch(/^NotSent not_sent .*(no TLS|before the encryption)/)
      expect(all).not.toContain('ada')
    }
  })
  test('noise is no session, whatever it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.boolean(), async (noise, wrapped) => {
        const greet = wrapped ? framed(noise, 0) : Buffer.concat([noise, Buffer.alloc(4)])
        const { said } = await against(greet, null)
        expect(said).toMatch(/^(NotSent not_sent|ServiceFault (credential|service)_refused) /)
      }),
      { numRuns: 40 },
    )
  })
  test('noise for an answer is an unknown outcome, never a success, unless it says so', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 60 }), async (noise) => {
        if (noise[0] === 0x00 || noise[0] === 0xff) noise[0] = 0x01
        const { said } = await against(
          first('mysql_native_password'),
          usual(() => [noise, null]),
        )
        expect(said).toMatch(/^Unanswered /)
      }),
      { numRuns: 40 },
    )
  })
})

describe('MySQL, how a password is proved', () => {
  test('caching_sha2_password: by the proof that the server can check', async () => {
    const { said, seen } = await against(first('caching_sha2_password'), (packet, count) => {
      if (count > 0) return usual(() => [ok])(packet, count)
      // As the server does it: it knows SHA256(SHA256(password)) alone.
      const stored = sha256(sha256(Buffer.from(password)))
      const at = packet.indexOf(Buffer.from('ada\0')) + 4
      const proof = packet.subarray(at + 1, at + 1 + (packet[at] ?? 0))
      const once = xor(proof, sha256(stored, nonce))
      return sha256(once).equals(stored) ? [Buffer.from([1, 3]), ok] : [null]
    })
    expect(said).toBe('done 0')
    expect(Buffer.concat(seen).toString('latin1')).not.toContain(password)
  })
  test('caching_sha2_password without TLS: a password that is not remembered goes under the key of the server', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
    const { said, all } = await against(first('caching_sha2_password'), (packet, count) => {
      if (count === 0) return [Buffer.from([1, 4])]
      if (count === 1) return packet.equals(Buffer.from([2])) ? [Buffer.from(`\x01${pem}`)] : [null]
      if (count > 2) return usual(() => [ok])(packet, count)
      const key = { key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING }
      return xor(privateDecrypt(key, packet), nonce).equals(Buffer.from(`${password}\0`)) ? [ok] : [null]
    })
    expect(said).toBe('done 0')
    expect(all).not.toContain(password)
  })
  test('a server that wants another proof gets it; one that wants the password itself does not', async () => {
    const other = Buffer.from('\xfemysql_native_password\x00ABCDEFGHIJabcdefghij\x00', 'latin1')
    const switched = await against(first('caching_sha2_password'), (packet, count) => {
      if (count === 0) return [other]
      if (count > 1) return usual(() => [ok])(packet, count)
      const hash = (...parts: Uint8Array[]) => createHash('sha1').update(Buffer.concat(parts)).digest()
      const stored = hash(hash(Buffer.from(password)))
      const once = xor(packet, hash(Buffer.from('ABCDEFGHIJabcdefghij'), stored))
      return hash(once).equals(stored) ? [ok] : [null]
    })
    expect(switched.said).toBe('done 0')
    for (const plugin of ['mysql_clear_password', 'dialog', 'client_ed25519', '']) {
      const { said, all } = await against(first('mysql_native_password'), () => [
        Buffer.from(`\xfe${plugin}\0`, 'latin1'),
      ])
      expect(said).toMatch(/^ServiceFault credential_refused .*not spoken here/)
      expect(all).not.toContain(password)
    }
  })
})
