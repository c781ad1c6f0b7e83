import { afterEach, beforeAll, describe, expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import tls from 'node:tls'
import zlib from 'node:zlib'
import { BadAnswer, NotSent, Unanswered } from '@permission-slip/connectors/kit/faults.ts'
import type { WireRequest } from '@permission-slip/connectors/kit/types.ts'
import type { Permit } from '../../src/actions/permit.ts'
import {
  account,
  canary,
  type EgressOptions,
  egressWith,
  limits,
  permitFor,
  rawServer,
  reply,
  request,
  service,
  toLocal,
} from './support.ts'

const servers: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})
async function serve(...args: Parameters<typeof rawServer>) {
  const server = await rawServer(...args)
  servers.push(server)
  return server
}
/** A service on this machine under a public-looking name, which the operator allowed. */
const name = 'svc.test'
const env = { PERMISSION_SLIP_EGRESS_ALLOW: `svc@${name}` }
const local = (port: number, over: EgressOptions = {}) => ({
  origin: `http://${name}:${port}`,
  egress: egressWith({
    resolver: toLocal,
    ...over,
    env: { ...env, PERMISSION_SLIP_ORIGINS: JSON.stringify({ svc: `http://${name}:${port}` }), ...over.env },
  }),
})
const acc = (egressAllowed: string[] = []) => account(service('https://svc.test'), {}, { token: canary }, egressAllowed)
const send = (port: number, over: Partial<WireRequest> = {}, options: EgressOptions = {}, own = limits) => {
  const { origin, egress } = local(port, options)
  return egress.http(permitFor('svc'), acc(), request(`${origin}/x`, over), own)
}
const fault = async (work: Promise<unknown>): Promise<Error & { code?: string }> => {
  const error = await work.then(
    (value) => new Error(`no fault: ${JSON.stringify(value)}`),
    (e: unknown) => e,
  )
  if (!(error instanceof Error)) throw new Error('expected an error')
  expect(error.message).not.toContain(canary)
  return error
}

describe('one request over HTTP', () => {
  test('arrives with the credential, Host by name, on a connection of its own, exactly as it was written', async () => {
    const server = await serve((socket) =>
      socket.end(reply('{"ok":true}', 'Content-Type: application/json\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n')),
    )
    const { origin, egress } = local(server.port)
    const wire = request(`${origin}/a%2Fb/%C3%BC?q=a%20b&r=%27`, {
      method: 'POST',
      body: Buffer.from('{"a":1}'),
      headers: { 'content-type': 'application/json' },
    })
    const answer = await egress.http(permitFor('svc'), acc(), wire, limits)
    expect([
      answer.status,
      Buffer.from(answer.body).toString(),
      answer.headers['content-type'],
      answer.headers['set-cookie'],
    ]).toEqual([200, '{"ok":true}', 'application/json', 'a=1\nb=2'])
    const [head = '', body] = server.seen[0]?.split('\r\n\r\n') ?? []
    expect(head.split('\r\n')[0]).toBe('POST /a%2Fb/%C3%BC?q=a%20b&r=%27 HTTP/1.1')
    expect(head.toLowerCase().split('\r\n').slice(1).sort()).toEqual([
      'accept-encoding: gzip, deflate, br',
      `authorization: bearer ${canary}`.toLowerCase(),
      'connection: close',
      'content-length: 7',
      'content-type: application/json',
      `host: ${name}:${server.port}`,
      'user-agent: permission-slip',
    ])
    expect(body).toBe('{"a":1}')
  })

  test.each(['GET', 'PUT', 'DELETE', 'POST', 'PATCH'] as const)(
    '%s: a service that reads it and hangs up got it once, and the outcome is unknown',
    async (method) => {
      for (const hangUp of [
        (socket: import('node:net').Socket) => socket.destroy(),
        (socket: import('node:net').Socket) => socket.end(),
        (socket: import('node:net').Socket) => socket.resetAndDestroy(),
      ]) {
        const server = await serve((socket) => hangUp(socket))
        const body = method === 'GET' ? null : Buffer.from('x')
        expect(await fault(send(server.port, { method, body }))).toBeInstanceOf(Unanswered)
        expect(server.seen.length).toBe(1)
      }
    },
  )

  test('an answer that is cut off is no answer', async () => {
    for (const half of [
      'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabc',
      'HTTP/1.1 200 O',
      'nonsense\r\n\r\n',
    ]) {
      const server = await serve((socket) => socket.end(half))
      expect(await fault(send(server.port, { method: 'POST' }))).toBeInstanceOf(Unanswered)
      expect(server.seen.length).toBe(1)
    }
  })

  test('no answer in time is no answer; a stop before it leaves sends nothing', async () => {
    const server = await serve(() => {})
    expect((await fault(send(server.port, {}, {}, { ...limits, timeoutMs: 300 }))).message).toContain(
      'no answer within',
    )
    const slow = await serve((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n'))
    expect(await fault(send(slow.port, {}, {}, { ...limits, timeoutMs: 300 }))).toBeInstanceOf(Unanswered)
    const { origin, egress } = local(server.port)
    const stopped = egress.http(permitFor('svc'), acc(), request(`${origin}/x`), {
      ...limits,
      signal: AbortSignal.abort(),
    })
    expect(await fault(stopped)).toBeInstanceOf(NotSent)
    expect(server.seen.length).toBe(1)
  })

  test('nothing listening, no such host: certainly not sent', async () => {
    const server = await serve(() => {})
    await server.close()
    expect(await fault(send(server.port))).toBeInstanceOf(NotSent)
    const lost = await fault(
      send(
        1,
        {},
        {
          resolver: async () => {
            throw new Error('ENOTFOUND')
          },
        },
      ),
    )
    expect([lost.name, lost.message]).toEqual(['NotSent', 'There is no address for svc.test.'])
    expect(await fault(send(1, {}, { resolver: async () => [] }))).toBeInstanceOf(NotSent)
  })

  test('the next checked address is tried only while nothing was sent', async () => {
    const server = await serve((socket) => socket.end(reply('ok')))
    const answer = await send(server.port, {}, { resolver: async () => ['127.0.0.2', '127.0.0.1'] })
    expect([answer.status, server.seen.length]).toEqual([200, 1])
  })

  test('a redirect is an answer: it is not followed, and carries no credential', async () => {
    const other = await serve((socket) => socket.end(reply('stolen')))
    const server = await serve((socket) =>
      socket.end(
        `HTTP/1.1 307 Temporary Redirect\r\nlocation: http://${name}:${other.port}/\r\ncontent-length: 0\r\n\r\n`,
      ),
    )
    const answer = await send(server.port, { method: 'POST', body: Buffer.from('x') })
    expect([answer.status, answer.headers['location'], other.seen.length]).toEqual([
      307,
      `http://${name}:${other.port}/`,
      0,
    ])
  })

  test('proxies of the environment are ignored', async () => {
    const proxy = await serve((socket) => socket.end(reply('from the proxy')))
    const server = await serve((socket) => socket.end(reply('direct')))
    const at = `http://127.0.0.1:${proxy.port}`
    const hostile = {
      HTTP_PROXY: at,
      http_proxy: at,
      HTTPS_PROXY: at,
      https_proxy: at,
      ALL_PROXY: at,
      all_proxy: at,
      NO_PROXY: '',
      no_proxy: '',
      NODE_USE_ENV_PROXY: '1',
    }
    const child = Bun.spawn(
      [process.execPath, path.join(import.meta.dir, 'http-environment.ts'), String(server.port)],
      { env: { ...process.env, ...hostile }, stdout: 'pipe', stderr: 'pipe' },
    )
    const [out, err] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ])
    expect([err, out.trim(), proxy.seen.length, server.seen.length]).toEqual(['', 'direct', 0, 1])
  })

  test('limits hold after decompression', async () => {
    const bomb = zlib.gzipSync(Buffer.alloc(50 * 1024 * 1024))
    expect(bomb.length).toBeLessThan(limits.maxBytes)
    const packed = (coding: string, bytes: Uint8Array, status = '200 OK') =>
      serve((socket) => {
        socket.write(`HTTP/1.1 ${status}\r\ncontent-encoding: ${coding}\r\ncontent-length: ${bytes.length}\r\n\r\n`)
        socket.end(bytes)
      })
    const large = await fault(send((await packed('gzip', bomb)).port, { method: 'POST' }))
    expect([large.name, large.code]).toEqual(['BadAnswer', 'answer_too_large'])
    expect(
      (await fault(send((await packed('br', zlib.brotliCompressSync(Buffer.alloc(50 * 1024 * 1024)))).port))).code,
    ).toBe('answer_too_large')
    expect((await send((await packed('gzip', bomb, '500 No')).port)).body.length).toBe(0)
    for (const [coding, bytes] of [
      ['gzip', zlib.gzipSync('hello')],
      ['deflate', zlib.deflateSync('hello')],
      ['br', zlib.brotliCompressSync('hello')],
    ] as const)
      expect(Buffer.from((await send((await packed(coding, bytes)).port)).body).toString()).toBe('hello')
    expect(await fault(send((await packed('gzip', Buffer.from('no gzip'))).port))).toBeInstanceOf(BadAnswer)
    expect(await fault(send((await packed('gzip, gzip', zlib.gzipSync(zlib.gzipSync('x')))).port))).toBeInstanceOf(
      BadAnswer,
    )
  })

  test('a plain answer that is too large was made all the same; of a refusal the beginning is kept', async () => {
    const big = 'x'.repeat(limits.maxBytes + 1)
    const done = await fault(send((await serve((socket) => socket.end(reply(big)))).port, { method: 'POST' }))
    expect([done.name, done.code]).toEqual(['BadAnswer', 'answer_too_large'])
    const refused = await send(
      (await serve((socket) => socket.end(`HTTP/1.1 400 Bad\r\ncontent-length: ${big.length}\r\n\r\n${big}`))).port,
    )
    expect([refused.status, refused.body.length <= limits.maxBytes]).toEqual([400, true])
    const heads = await serve((socket) => socket.end(reply('', `x: ${'y'.repeat(100_000)}\r\n`)))
    expect(await fault(send(heads.port))).toBeInstanceOf(Unanswered)
  })
})

describe('where a request may go', () => {
  test('a name that leads to a private address is refused unless allowed, whichever address comes first', async () => {
    const server = await serve((socket) => socket.end(reply('reached')))
    for (const addresses of [
      ['127.0.0.1'],
      ['93.184.216.34', '127.0.0.1'],
      ['::ffff:127.0.0.1'],
      ['0.0.0.0'],
      ['::1'],
      ['10.0.0.1'],
      ['64:ff9b::7f00:1'],
    ]) {
      const error = await fault(
        send(server.port, {}, { resolver: async () => addresses, env: { PERMISSION_SLIP_EGRESS_ALLOW: '' } }),
      )
      expect([error.name, error.code, error.message]).toEqual([
        'NotSent',
        'egress_refused',
        expect.stringContaining('a private address that nobody allowed'),
      ])
    }
    expect(server.seen).toEqual([])
  })

  test('it is resolved once: the address that was checked is the one connected to', async () => {
    const server = await serve((socket) => socket.end(reply('ok')))
    let asked = 0
    await send(server.port, {}, { resolver: async () => [asked++ === 0 ? '127.0.0.1' : '169.254.169.254'] })
    expect(asked).toBe(1)
  })

  test('an owner allows one private host and port for one connection', async () => {
    const server = await serve((socket) => socket.end(reply('ok')))
    const { origin, egress } = local(server.port, { env: { PERMISSION_SLIP_EGRESS_ALLOW: '' } })
    expect(
      (await egress.http(permitFor('svc'), acc([`${name}:${server.port}`]), request(`${origin}/x`), limits)).status,
    ).toBe(200)
    expect((await fault(egress.http(permitFor('svc'), acc([`${name}:1`]), request(`${origin}/x`), limits))).code).toBe(
      'egress_refused',
    )
  })

  test('link-local, metadata, our own port, our own name and our own database are refused although allowed', async () => {
    const open = { PERMISSION_SLIP_EGRESS_ALLOW: `0.0.0.0/0,::/0,${name}` }
    for (const address of ['169.254.169.254', 'fe80::1', 'fd00:ec2::254', '::ffff:169.254.169.254'])
      expect((await fault(send(8081, {}, { resolver: async () => [address], env: open }))).message).toContain(
        'can never be reached',
      )
    const server = await serve((socket) => socket.end(reply('ok')))
    for (const address of ['127.0.0.1', '127.9.9.9', '::1', '0.0.0.0', '10.9.8.7', '::ffff:127.0.0.1'])
      expect(
        (
          await fault(
            send(
              server.port,
              {},
              { resolver: async () => [address], env: open, ports: [server.port], addresses: () => ['10.9.8.7'] },
            ),
          )
        ).message,
      ).toContain('can never be reached')
    expect(
      (
        await fault(
          send(server.port, {}, { env: { ...open, PERMISSION_SLIP_PUBLIC_URL: `http://${name}:${server.port}` } }),
        )
      ).message,
    ).toContain('can never be reached')
    const databases = { ...open, PERMISSION_SLIP_DATABASE_URL: `postgres://u:p@db.home:${server.port}/slip` }
    expect(
      (await fault(send(server.port, {}, { resolver: async () => ['192.168.7.7'], env: databases }))).message,
    ).toContain('can never be reached')
    expect(server.seen).toEqual([])
  })

  test('http only to private addresses that were allowed', async () => {
    const error = await fault(send(8081, {}, { resolver: async () => ['93.184.216.34'] }))
    expect([error.name, error.code, error.message]).toEqual([
      'NotSent',
      'egress_refused',
      'svc.test: only https, except to private addresses that were allowed.',
    ])
  })

  test("the credential goes to the connector's own origins only", async () => {
    const server = await serve((socket) => socket.end(reply('ok')))
    const { egress, origin } = local(server.port)
    for (const url of [
      `http://other.test:${server.port}/`,
      `${origin}.evil.test/`,
      `${origin.replace('://', '://x@')}/`,
      `http://${name}:1/`,
      'https://svc.test.evil/',
    ])
      expect((await fault(egress.http(permitFor('svc'), acc(), request(url), limits))).code).toBe('egress_refused')
    expect(server.seen).toEqual([])
  })

  test('a hand-off leaves without the credential', async () => {
    const server = await serve((socket) => socket.end(reply('ok')))
    const { egress } = local(server.port)
    await egress.http(
      permitFor('svc'),
      acc(),
      request(`http://svc.test:${server.port}/up`, { method: 'PUT', credential: false, handoff: true }),
      limits,
    )
    expect(server.seen[0]).not.toContain(canary)
    expect(
      (
        await fault(
          egress.http(permitFor('svc'), acc(), request(`http://svc.test:${server.port}/up`, { handoff: true }), limits),
        )
      ).name,
    ).toBe('NotSent')
  })

  test('nothing leaves without a permit for this very connection', async () => {
    const server = await serve((socket) => socket.end(reply('ok')))
    const { egress, origin } = local(server.port)
    const real = permitFor('svc')
    const forged: unknown[] = [
      { action: null, connector: 'svc', connection: 'con_1' },
      Object.create(Object.getPrototypeOf(real) as object),
      structuredClone({ connection: 'con_1', connector: 'svc' }),
      permitFor('other'),
      undefined,
    ]
    for (const permit of forged) {
      const error = await fault(egress.http(permit as Permit, acc(), request(`${origin}/x`), limits))
      expect(error.message).toMatch(/permit/)
    }
    const others = { ...acc(), connection: { id: 'con_2', auth: 'token', fields: {}, egressAllowed: [] } }
    expect((await fault(egress.http(real, others, request(`${origin}/x`), limits))).message).toContain(
      'another connection',
    )
    expect(() => egress.io(forged[0] as Permit, acc(), { ...limits, step: async () => {} })).toThrow('permit')
    expect(server.seen).toEqual([])
  })

  test('a connector sets no header of the transport or of the credential', async () => {
    const server = await serve((socket) => socket.end(reply('ok')))
    for (const header of ['host', 'content-length', 'transfer-encoding', 'connection', 'authorization', 'Host'])
      expect(await fault(send(server.port, { headers: { [header]: 'x' } }))).toBeInstanceOf(NotSent)
    expect(server.seen).toEqual([])
  })
})

describe('TLS', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ps-tls-'))
  let key = ''
  let cert = ''
  beforeAll(() => {
    const made = spawnSync('openssl', [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-keyout',
      `${folder}/k`,
      '-out',
      `${folder}/c`,
      '-days',
      '2',
      '-nodes',
      '-subj',
      `/CN=${name}`,
      '-addext',
      `subjectAltName=DNS:${name}`,
    ])
    if (made.status !== 0) throw new Error(`openssl: ${made.stderr}`)
    key = fs.readFileSync(`${folder}/k`, 'utf8')
    cert = fs.readFileSync(`${folder}/c`, 'utf8')
    fs.rmSync(folder, { recursive: true })
  })
  async function secureServer() {
    const seen: string[] = []
    const names: string[] = []
    const server = tls.createServer({ key, cert }, (socket) => {
      socket.on('error', () => {})
      names.push(typeof socket.servername === 'string' ? socket.servername : '')
      socket.on('data', (part) => {
        seen.push(part.toString())
        if (part.toString().includes('/hang')) socket.destroy()
        else socket.end(reply('ok'))
      })
    })
    server.on('tlsClientError', () => {})
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    servers.push({ close: () => new Promise((resolve) => server.close(() => resolve())) })
    const where = server.address()
    return { seen, names, port: where !== null && typeof where !== 'string' ? where.port : 0 }
  }
  const get = (port: number, trusted: boolean, host = name, target = '/x') => {
    const origin = `https://${host}:${port}`
    const egress = egressWith({
      resolver: toLocal,
      ...(trusted ? { trust: [cert] } : {}),
      env: { PERMISSION_SLIP_EGRESS_ALLOW: '127.0.0.1', PERMISSION_SLIP_ORIGINS: JSON.stringify({ svc: origin }) },
    })
    return egress.http(permitFor('svc'), acc(), request(origin + target), limits)
  }

  test('the certificate is checked by name, and a server that fails it never sees a byte of the request', async () => {
    const server = await secureServer()
    expect((await get(server.port, true)).status).toBe(200)
    expect([server.names[0], server.seen[0]?.includes(canary)]).toEqual([name, true])
    expect(await fault(get(server.port, false))).toBeInstanceOf(NotSent)
    expect(await fault(get(server.port, true, 'other.test'))).toBeInstanceOf(NotSent)
    expect(server.seen.length).toBe(1)
  })
  test('NODE_TLS_REJECT_UNAUTHORIZED changes nothing', async () => {
    const server = await secureServer()
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
    try {
      expect(await fault(get(server.port, false))).toBeInstanceOf(NotSent)
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
    }
    expect(server.seen).toEqual([])
  })
  test('a server that hangs up after the request has it once, with an unknown outcome', async () => {
    const server = await secureServer()
    expect(await fault(get(server.port, true, name, '/hang'))).toBeInstanceOf(Unanswered)
    expect(server.seen.length).toBe(1)
  })
  test('a server that speaks no TLS never sees a byte of the request', async () => {
    let seen = ''
    const server = net.createServer((socket) => {
      socket.on('error', () => {})
      socket.on('data', (part) => {
        seen += part.toString('latin1')
        socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    servers.push({ close: () => new Promise((resolve) => server.close(() => resolve())) })
    const where = server.address()
    expect(await fault(get(where !== null && typeof where !== 'string' ? where.port : 0, true))).toBeInstanceOf(NotSent)
    expect([seen.length > 0, seen.includes('GET'), seen.includes(canary)]).toEqual([true, false, false])
  })
})
