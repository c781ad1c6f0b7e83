import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import net from 'node:net'
import { ServiceFault } from '@permission-slip/connectors/kit/faults.ts'
import type { RedisIo } from '@permission-slip/connectors/kit/io.ts'
import type { Json } from '@permission-slip/protocol/json.ts'
import fc from 'fast-check'
import { encodeCommand, ReplyReader } from '../../src/egress/drivers/resp.ts'
import type { Account } from '../../src/egress/egress.ts'
import { canary, egressWith, limits, permitFor, randomName, redisAccount, redisTest } from './support.ts'

async function withRedis<T>(
  use: (io: RedisIo) => Promise<T>,
  account: Account = redisAccount({ database: '7' }),
  over: Partial<typeof limits> = {},
  steps: string[] = [],
): Promise<T> {
  const bound = egressWith().io(permitFor('redis'), account, {
    ...limits,
    ...over,
    step: async (method, host) => void steps.push(`${method} ${host}`),
  })
  try {
    return await use(bound.io.redis)
  } finally {
    await bound.close()
  }
}
const faultOf = async (work: Promise<unknown>): Promise<Error & { code?: string }> => {
  const error = await work.then(
    () => null,
    (e: unknown) => e,
  )
  if (!(error instanceof Error)) throw new Error('expected an error')
  expect(error.message).not.toContain(canary)
  return error
}
/** A server that answers each command it reads with the next of these bytes; null hangs up. */
async function fake(answers: readonly (string | null)[]) {
  const seen: string[] = []
  const left = [...answers]
  const server = net.createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (part) => {
      seen.push(part.toString('latin1'))
      const next = left.shift()
      if (next === null || next === undefined) socket.destroy()
      else if (next !== '') socket.write(next, 'latin1')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const where = server.address()
  const port = where !== null && typeof where !== 'string' ? String(where.port) : '0'
  const own = redisAccount()
  const connection = own.connection && {
    ...own.connection,
    fields: { host: '127.0.0.1', port, tls: 'disable', database: '0' },
    egressAllowed: [`127.0.0.1:${port}`],
  }
  return {
    seen,
    account: { ...own, connection },
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

describe('RESP2', () => {
  const bulk = (text: string) => `$${Buffer.byteLength(text)}\r\n${text}\r\n`
  const encode = (value: Json): string =>
    value === null
      ? '$-1\r\n'
      : typeof value === 'number'
        ? `:${value}\r\n`
        : Array.isArray(value)
          ? `*${value.length}\r\n${value.map(encode).join('')}`
          : bulk(String(value))
  const reply = fc.letrec<{ any: Json }>((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      fc.string({ unit: 'grapheme' }).filter((s) => s.isWellFormed()),
      fc.constant(null),
      fc.maxSafeInteger(),
      fc.array(tie('any'), { maxLength: 5 }),
    ) as fc.Arbitrary<Json>,
  })).any

  test('a reply is read the same in whatever pieces it comes', () => {
    fc.assert(
      fc.property(reply, fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }), (value, cuts) => {
        const bytes = Buffer.from(encode(value))
        const reader = new ReplyReader()
        let got: unknown
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const size = cuts[i % cuts.length] ?? 1
          expect(got).toBeUndefined()
          got = reader.push(bytes.subarray(at, at + size))
          at += size
        }
        expect(got).toEqual({ value })
        expect(reader.left()).toBe(0)
      }),
    )
  })
  test('no argument can become another command', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }).filter((s) => s.isWellFormed())), (args) => {
        const read = new ReplyReader().push(encodeCommand('GET', args))
        expect(read).toEqual({ value: ['GET', ...args] })
      }),
    )
  })
  test('bytes that are no text come as base64, large integers as text, errors inside a list as such', () => {
    const read = (bytes: string) => new ReplyReader().push(Buffer.from(bytes, 'latin1'))
    expect(read('$2\r\n\xff\x00\r\n')).toEqual({ value: { base64: '/wA=' } })
    expect(read(':9223372036854775807\r\n')).toEqual({ value: '9223372036854775807' })
    expect(read('*2\r\n-ERR no\r\n*-1\r\n')).toEqual({ value: [{ error: 'ERR no' }, null] })
  })
  test.each([
    '?what\r\n',
    '$-2\r\n',
    '$99999999999\r\n',
    '*9999999\r\n',
    ':1.5\r\n',
    '$1\r\nabc\r\n',
    '*1\r\n'.repeat(50),
    `+${'x'.repeat(70_000)}`,
  ])('nonsense is refused: %j', (bytes) => {
    expect(() => new ReplyReader().push(Buffer.from(bytes.slice(0, 80_000)))).toThrow()
  })
})

describe('a Redis session', () => {
  test('a command that is not on the list never reaches the server, however it is written', async () => {
    const server = await fake([])
    const refused = [
      'CONFIG',
      'config',
      'MODULE',
      'EVAL',
      'EVALSHA',
      'FCALL',
      'FUNCTION',
      'SCRIPT',
      'DEBUG',
      'MIGRATE',
      'REPLICAOF',
      'SLAVEOF',
      'ACL',
      'SAVE',
      'BGSAVE',
      'SHUTDOWN',
      'FLUSHALL',
      'MULTI',
      'EXEC',
      'SUBSCRIBE',
      'MONITOR',
      'CLIENT',
      'CLUSTER',
      'KEYS',
      'AUTH',
      'HELLO',
      'SELECT',
      'RESTORE',
      'DUMP',
      'SORT',
      'GET\r\nCONFIG',
      'GET CONFIG',
      ' GET',
      'GET ',
      '',
      '__proto__',
    ]
    for (const name of refused)
      expect(await faultOf(withRedis((io) => io.command(name, ['GET', 'dir']), server.account))).toBeInstanceOf(
        ServiceFault,
      )
    expect(server.seen).toEqual([])
    await server.close()
  })
  test('a server that reads a command and hangs up, or answers half, got it once; the outcome is unknown', async () => {
    for (const half of [null, '$10\r\nabc', 'HTTP/1.1 400\r\n']) {
      const server = await fake([half, half, half])
      const work = withRedis((io) => io.command('SET', ['a', 'b']), server.account, { timeoutMs: 400 })
      expect((await faultOf(work)).name).toBe('Unanswered')
      expect(server.seen.length).toBe(1)
      await server.close()
    }
  })
  test('nothing is queued: while one command waits, and after the end, another is refused unsent', async () => {
    const server = await fake(['', ''])
    await withRedis(
      async (io) => {
        const first = io.command('SET', ['a', 'b']).catch((e: Error) => e.name)
        while (server.seen.length === 0) await Bun.sleep(1)
        await faultOf(io.command('SET', ['c', 'd']))
        expect(await first).toBe('Unanswered')
        await faultOf(io.command('SET', ['e', 'f']))
      },
      server.account,
      { timeoutMs: 300 },
    )
    expect(server.seen.length).toBe(1)
    await server.close()
  })
  test("a cluster's redirection is not followed", async () => {
    const server = await fake(['-MOVED 3999 127.0.0.1:6381\r\n'])
    expect((await faultOf(withRedis((io) => io.command('GET', ['a']), server.account))).message).toContain(
      'another node',
    )
    await server.close()
  })
  test('a refused password is a refused credential, and the command is not sent', async () => {
    const server = await fake([`-WRONGPASS invalid ${canary}\r\n`])
    const account = { ...server.account, secrets: redisAccount({}, { password: canary }).secrets }
    expect((await faultOf(withRedis((io) => io.command('SET', ['a', 'b']), account))).code).toBe('credential_refused')
    expect(server.seen).toEqual([`*2\r\n$4\r\nAUTH\r\n$${canary.length}\r\n${canary}\r\n`])
    await server.close()
  })
  test('nothing listening is certainly not sent; an answer that is too large was made', async () => {
    const gone = await fake([])
    await gone.close()
    expect((await faultOf(withRedis((io) => io.command('GET', ['a']), gone.account))).name).toBe('NotSent')
    const server = await fake([`$200000\r\n${'x'.repeat(200_000)}\r\n`])
    expect((await faultOf(withRedis((io) => io.command('GET', ['a']), server.account))).code).toBe('answer_too_large')
    await server.close()
  })
})

describe.skipIf(!redisTest)('Redis, a real one (set PS_TEST_REDIS)', () => {
  const key = randomName()
  beforeAll(() => withRedis((io) => io.command('DEL', [key])))
  afterAll(() => withRedis((io) => io.command('DEL', [key, `${key}:h`])))

  test('commands run in the chosen database, each recorded before', async () => {
    const steps: string[] = []
    await withRedis(
      async (io) => {
        expect(await io.command('SET', [key, 'höllo\r\nworld'])).toBe('OK')
        expect(await io.command('GET', [key])).toBe('höllo\r\nworld')
        expect(await io.command('hset', [`${key}:h`, 'a', '1', 'b', '2'])).toBe(2)
        expect(await io.command('HGETALL', [`${key}:h`])).toEqual(['a', '1', 'b', '2'])
        expect(await io.command('GET', [`${key}:none`])).toBeNull()
        expect((await faultOf(io.command('LPUSH', [key, 'x']))).code).toBe('service_refused')
        expect(await io.command('GET', [key])).toBe('höllo\r\nworld')
      },
      undefined,
      {},
      steps,
    )
    expect(steps.length).toBe(7)
    expect(await withRedis((io) => io.command('EXISTS', [key]), redisAccount({ database: '8' }))).toBe(0)
  })
  test('a step that can not be recorded is not sent', async () => {
    const bound = egressWith().io(permitFor('redis'), redisAccount({ database: '7' }), {
      ...limits,
      step: async () => {
        throw new Error('no log')
      },
    })
    await faultOf(bound.io.redis.command('DEL', [key]))
    await bound.close()
    expect(await withRedis((io) => io.command('EXISTS', [key]))).toBe(1)
  })
})
