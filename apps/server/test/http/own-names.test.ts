import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import http from 'node:http'
import { signRequest } from '@permission-slip/client/sign.ts'
import { parseConfig } from '../../src/config/config.ts'
import { newcomer, prepared } from '../agents/newcomer.ts'
import { type Gate, makeGate, movableClock, type TestAgent } from '../harness.ts'
import { read } from '../safety/parties.ts'

/** `fetch` sets Host itself, so this speaks plainly. */
function plain(
  gate: Gate,
  asked: { method?: string; path: string; headers: Record<string, string | string[]>; body?: Uint8Array | null },
): Promise<{ status: number; code: string | null; more: Record<string, unknown> }> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      {
        host: '127.0.0.1',
        port: gate.running.ctx.config.port,
        method: asked.method ?? 'GET',
        path: asked.path,
        headers: asked.headers,
        setHost: false,
      },
      (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('end', () => {
          const isProblem = answer.headers['content-type'] === 'application/problem+json'
          const more = isProblem ? (JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>) : {}
          resolve({ status: answer.statusCode ?? 0, code: isProblem ? String(more['code']) : null, more })
        })
      },
    )
    request.on('error', reject)
    request.end(asked.body ?? undefined)
  })
}

describe('names of ours', () => {
  let gate: Gate
  beforeAll(async () => {
    gate = await makeGate('sqlite')
  })
  afterAll(() => gate.close())

  test('a Host that is not ours is 421 everywhere but at /healthz', async () => {
    const { port } = gate.running.ctx.config
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      'localhost',
      `localhost:${port + 1}`,
      `localhost.evil.example:${port}`,
      '0.0.0.0',
      '',
    ])
      for (const path of ['/', '/setup', '/openapi.json', '/api/v1/session', '/readyz', '/nonsense']) {
        const answer = await plain(gate, { path, headers: { host } })
        expect([host, path, answer.status, answer.code]).toEqual([host, path, 421, 'misdirected'])
      }
    expect((await plain(gate, { path: '/healthz', headers: { host: 'evil.example' } })).status).toBe(200)
    for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`, `LOCALHOST:${port}`])
      expect((await plain(gate, { path: '/readyz', headers: { host } })).status).toBe(200)
  })

  test('forwarded headers of somebody who is no trusted proxy count for nothing', async () => {
    const headers = { host: 'evil.example', 'x-forwarded-host': `localhost:${gate.running.ctx.config.port}` }
    expect((await plain(gate, { path: '/readyz', headers })).status).toBe(421)
  })

  test('a signature over another name of ours holds; over somebody else’s it does not', async () => {
    const agent = await gate.agent()
    const { port } = gate.running.ctx.config
    for (const [signed, sent, status] of [
      [`http://127.0.0.1:${port}`, `localhost:${port}`, 200],
      [`http://localhost:${port}`, `[::1]:${port}`, 200],
      [`http://evil.example:${port}`, `localhost:${port}`, 401],
      [`http://localhost:${port + 1}`, `localhost:${port}`, 401],
    ] as const) {
      const made = await prepared(signed, agent.signer, { method: 'GET', path: '/api/v1/me' })
      expect([
        signed,
        sent,
        (await plain(gate, { path: '/api/v1/me', headers: { ...made.init.headers, host: sent } })).status,
      ]).toEqual([signed, sent, status])
    }
  })
})

describe('behind a reverse proxy', () => {
  const publicUrl = 'https://slip.example.org'
  let gate: Gate
  let agent: TestAgent
  let bot: Awaited<ReturnType<typeof newcomer>>
  beforeAll(async () => {
    gate = await makeGate('sqlite', { env: { PERMISSION_SLIP_TRUSTED_PROXIES: '127.0.0.0/8' } })
    agent = await gate.agent()
    gate.env['PERMISSION_SLIP_PUBLIC_URL'] = publicUrl
    await gate.restart()
    bot = await newcomer(gate)
  })
  afterAll(() => gate.close())

  /** Signed for the public name, as the agent sees it; then passed on as the proxy does. */
  async function through(
    headers: Record<string, string>,
    path = '/api/v1/me?a=%2F&b',
  ): Promise<{ status: number; code: string | null }> {
    const made = await prepared(publicUrl, agent.signer, { method: 'GET', path })
    return plain(gate, { path, headers: { ...made.init.headers, ...headers } })
  }

  test('a signature for the public name holds, whether the proxy keeps Host or puts its own there', async () => {
    const { port } = gate.running.ctx.config
    expect((await through({ host: 'slip.example.org' }, '/api/v1/me')).status).toBe(200)
    expect((await through({ host: `127.0.0.1:${port}` }, '/api/v1/me')).status).toBe(200)
    const behind = {
      host: 'backend.internal:9000',
      'x-forwarded-host': 'slip.example.org',
      'x-forwarded-proto': 'https',
      'x-forwarded-for': '198.51.100.7',
    }
    expect(await through(behind, '/api/v1/me')).toMatchObject({ status: 200 })
    expect((await through({ ...behind, 'x-forwarded-host': 'evil.example' }, '/api/v1/me')).code).toBe('misdirected')
  })

  test('a change through the proxy is taken, and its body is held to the signed digest', async () => {
    const body = new TextEncoder().encode(JSON.stringify({ connector: 'notebook', action: 'list', params: {} }))
    const headers = await signRequest(
      { method: 'POST', url: `${publicUrl}/api/v1/actions`, headers: { 'content-type': 'application/json' }, body },
      agent.signer,
    )
    const behind = { host: 'backend.internal', 'x-forwarded-host': 'slip.example.org' }
    const sent = { method: 'POST', path: '/api/v1/actions', headers: { ...headers, ...behind } }
    const other = new TextEncoder().encode(JSON.stringify({ connector: 'notebook', action: 'write', params: {} }))
    expect((await plain(gate, { ...sent, body: other })).code).toBe('bad_signature')
    expect((await plain(gate, { ...sent, body })).status).toBe(202)
    expect(bot.publicKey).toHaveLength(43)
  })

  test('a list of proxies that can not be read keeps the server from starting, by the variable’s name', () => {
    expect(() => parseConfig({ PERMISSION_SLIP_TRUSTED_PROXIES: '10.0.0.0/8,nonsense/99' })).toThrow(
      'PERMISSION_SLIP_TRUSTED_PROXIES',
    )
  })
})

describe('what a signature must be', () => {
  let gate: Gate
  let agent: TestAgent
  const clock = movableClock()
  beforeAll(async () => {
    gate = await makeGate('sqlite', { outside: { clock } })
    agent = await gate.agent()
  })
  afterAll(() => gate.close())
  const list = { connector: 'notebook', action: 'list', params: {} }
  const send = async (change: (headers: Record<string, string>) => Record<string, string>, now = clock.now()) => {
    const made = await prepared(gate.url, agent.signer, {
      method: 'POST',
      path: '/api/v1/actions',
      body: list,
      now,
      headers: { 'idempotency-key': crypto.randomUUID() },
    })
    const answer = await fetch(made.url, { ...made.init, headers: change(made.init.headers) })
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }

  test('one from five minutes ago or ahead is refused with the server’s time, by which the next one holds', async () => {
    for (const off of [-301_000, 302_000]) {
      const { status, body } = await send((h) => h, clock.now() + off)
      expect([status, body['code']]).toEqual([401, 'clock_skew'])
      expect(Math.abs(Date.parse(String(body['server_time'])) - clock.now())).toBeLessThan(5000)
      expect((await send((h) => h, Date.parse(String(body['server_time'])))).status).toBe(202)
    }
  })

  test('another tag, algorithm or component list, or a second signature of ours, is refused and nothing is recorded', async () => {
    await gate.entries()
    const input = (edit: (text: string) => string) => (h: Record<string, string>) => ({
      ...h,
      'signature-input': edit(h['signature-input'] ?? ''),
    })
    const wrong: ((h: Record<string, string>) => Record<string, string>)[] = [
      input((t) => t.replace('permission-slip', 'other')),
      input((t) => t.replace('ed25519', 'hmac-sha256')),
      input((t) => t.replace(/;alg="[^"]*"/, '')),
      input((t) => t.replace(/;tag="[^"]*"/, '')),
      input((t) => t.replace(/;nonce="[^"]*"/, ';nonce="short"')),
      input((t) => t.replace(/;nonce="[^"]*"/, '')),
      ...['@method', '@authority', '@path', '@query', 'content-digest', 'content-type', 'idempotency-key'].map((name) =>
        input((t) => t.replace(`"${name}" `, '').replace(` "${name}"`, '')),
      ),
      input((t) => `${t}, ${t.replace('sig1', 'sig2')}`),
      (h) => ({ ...h, signature: (h['signature'] ?? '').replace(/=:.{4}/, '=:AAAA') }),
      (h) => ({ ...h, 'idempotency-key': 'another' }),
      (h) => ({ ...h, 'content-type': 'application/json; charset=latin1' }),
      ({ signature: _gone, ...h }) => h,
      ({ 'signature-input': _gone, ...h }) => h,
    ]
    for (const change of wrong) {
      const { status, body } = await send(change)
      expect([change.toString(), status, body['code']]).toEqual([change.toString(), 401, 'bad_signature'])
    }
    expect(await gate.entries()).toEqual([])
  })

  test('a request that claims to be signed is nobody’s if the signature fails, whatever token stands beside it', async () => {
    const { token } = await gate.owner.agents.token(agent.id, 'beside')
    const { status, body } = await send((h) => ({ ...h, signature: 'sig1=:AAAA:', authorization: `Bearer ${token}` }))
    expect([status, body['code']]).toEqual([401, 'bad_signature'])
    expect(
      (
        await read(
          fetch(`${gate.url}/api/v1/me`, {
            headers: { authorization: `Bearer ${gate.ownerToken}`, signature: 'x', 'signature-input': 'y' },
          }),
        )
      ).status,
    ).toBe(401)
  })
})
