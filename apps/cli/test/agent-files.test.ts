import { expect, setDefaultTimeout, test } from 'bun:test'
import fs from 'node:fs'
import path from 'node:path'
import { verifySignature } from '@permission-slip/server/http/signatures/verify.ts'
import { type CommandLine, commandLine } from './command-line.ts'

// Each step is a process of its own.
setDefaultTimeout(60_000)

/** A peer that speaks as much HTTP as the test needs, and checks signatures as the server does. */
function peer(
  answer: (asked: {
    request: Request
    path: string
    body: Record<string, unknown>
    keyid: string
  }) => Response | Promise<Response>,
) {
  return Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    idleTimeout: 0,
    fetch: async (request, server) => {
      const bytes = new Uint8Array(await request.arrayBuffer())
      const body = bytes.length === 0 ? {} : (JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>)
      const { host, pathname } = new URL(request.url)
      const key = typeof body['public_key'] === 'string' ? body['public_key'] : keys.get(server.port ?? 0)
      if (key) keys.set(server.port ?? 0, key)
      const { keyid } = await verifySignature(
        {
          method: request.method,
          url: request.url,
          authority: host,
          headers: request.headers,
          body: bytes.length === 0 ? null : bytes,
          names: [host],
          now: Date.now(),
        },
        async () => (key ? { publicKey: key } : null),
      )
      return answer({ request, path: pathname, body, keyid })
    },
  })
}
const keys = new Map<number, string>()
const agent = 'agt_01'
const active = () => Response.json({ kind: 'agent', agent: { id: agent, status: 'active' } })
const enrolled = (keyid: string) => Response.json({ agent, key: keyid, status: 'unconfirmed' }, { status: 201 })
const action = {
  id: 'act_01',
  status: 'denied',
  connector: 'notebook',
  action: 'write',
  summary: { text: 'Write', parts: [] },
  error: null,
  result: null,
  partial: false,
  decision: null,
  next: { do: 'done', say: '', url: null, after_s: null },
}
const problem = {
  type: 'urn:permission-slip:error:invalid_code',
  title: 'No.',
  status: 403,
  detail: 'No.',
  code: 'invalid_code',
  next: { do: 'ask_owner', say: 'Ask.', url: null, after_s: null },
}
const modeOf = (file: string) => (fs.statSync(file).mode & 0o777).toString(8)
const enroll = (cli: CommandLine, url: URL, code = 'PS-AAAA-CCCC', more: string[] = []) =>
  cli.run(['agent', 'enroll', url.origin, code, '--name', 'Robo', '--json', ...more])

test('enrolling stores the key, for this user alone, before the first request; the same code again brings the same key', async () => {
  await using cli = commandLine()
  const file = path.join(cli.profileDir, 'agents.json')
  const seen: { stored: string; keyid: string; code: unknown }[] = []
  let broken = true
  using server = peer(({ path: at, body, keyid }) => {
    if (at !== '/api/v1/enrollments') return active()
    seen.push({ stored: fs.readFileSync(file, 'utf8'), keyid, code: body['code'] })
    expect([modeOf(file), modeOf(cli.profileDir)]).toEqual(['600', '700'])
    return broken ? new Response('<html>502</html>', { status: 502 }) : enrolled(keyid)
  })
  expect((await enroll(cli, server.url)).code).toBe(1)
  broken = false
  const { code, json, err } = await enroll(cli, server.url)
  expect([code, json]).toMatchObject([0, { agent, status: 'active', name: 'Robo' }])
  const { words } = json as { words: string[] }
  expect(words).toHaveLength(6)
  expect(err).toContain(words.join('  '))
  expect(new Set(seen.map(({ keyid }) => keyid)).size).toBe(1)
  for (const { stored, keyid, code: sent } of seen) {
    expect(stored).toContain(keyid)
    expect(stored).not.toContain(String(sent))
  }
  expect(fs.readdirSync(cli.profileDir)).toEqual(['agents.json'])
})

test('a refused enrolment leaves no key behind, and exits 1 with the server’s reason', async () => {
  await using cli = commandLine()
  using server = peer(() => Response.json(problem, { status: 403 }))
  expect(await enroll(cli, server.url)).toMatchObject({ code: 1, json: { code: 'invalid_code' } })
  expect(JSON.parse(fs.readFileSync(path.join(cli.profileDir, 'agents.json'), 'utf8'))).toEqual({ agents: [] })
})

test('a profile file that others can read is not used', async () => {
  await using cli = commandLine()
  using server = peer(({ path: at, keyid }) => (at === '/api/v1/enrollments' ? enrolled(keyid) : active()))
  await enroll(cli, server.url)
  fs.chmodSync(path.join(cli.profileDir, 'agents.json'), 0o644)
  expect(await cli.run(['status', 'act_01', '--json'])).toMatchObject({ code: 1, json: { code: 'forbidden' } })
})

test('a submission that was never answered goes on with its key; an answered one is over; two at once are two', async () => {
  await using cli = commandLine()
  const used: string[] = []
  let hangUp = true
  const waiting: (() => void)[] = []
  let together = 1
  using server = peer(async ({ request, path: at, keyid }) => {
    if (at === '/api/v1/enrollments') return enrolled(keyid)
    if (at === '/api/v1/me') return active()
    const key = request.headers.get('idempotency-key') ?? 'none'
    used.push(key)
    expect(triesIn(cli)).toContain(key)
    if (hangUp) return Response.json({ ...problem, status: 500, code: 'internal' }, { status: 500 })
    await new Promise<void>((done) => {
      waiting.push(done)
      if (waiting.length >= together) for (const go of waiting.splice(0)) go()
    })
    return Response.json(action)
  })
  await enroll(cli, server.url)
  const submit = (page: string) =>
    cli.run(['submit', 'notebook.write', '--params', JSON.stringify({ page, body: 'x' }), '--json'])
  expect((await submit('a')).code).toBe(1)
  expect(new Set(used).size).toBe(1)
  hangUp = false
  const again = await submit('a')
  expect([again.code, again.json, again.err]).toMatchObject([
    3,
    { id: 'act_01' },
    expect.stringContaining('earlier try'),
  ])
  expect(new Set(used).size).toBe(1)
  expect(triesIn(cli)).toEqual([])
  await submit('a')
  expect(new Set(used).size).toBe(2)
  together = 2
  await Promise.all([submit('a'), submit('a')])
  expect(new Set(used).size).toBe(4)
})

const triesIn = (cli: CommandLine): string[] => {
  const folder = path.join(cli.profileDir, 'tries')
  return fs.readdirSync(folder).map((name) => fs.readFileSync(path.join(folder, name), 'utf8'))
}

test('of several agents the last enrolled one signs, another by its name', async () => {
  await using cli = commandLine()
  const asked: string[] = []
  const known = new Map<string, string>()
  using server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: async (request) => {
      const id = /keyid="([^"]+)"/.exec(request.headers.get('signature-input') ?? '')?.[1] ?? ''
      if (request.url.endsWith('/enrollments')) {
        const { name } = (await request.json()) as { name: string }
        known.set(id, name)
        return enrolled(id)
      }
      if (request.url.endsWith('/me')) return active()
      asked.push(known.get(id) ?? 'unknown')
      return Response.json(action)
    },
  })
  for (const [name, code] of [
    ['One', 'PS-AAAA-AAAA'],
    ['Two', 'PS-CCCC-CCCC'],
  ] as const)
    await cli.run(['agent', 'enroll', server.url.origin, code, '--name', name])
  await cli.run(['status', 'act_01'])
  await cli.run(['status', 'act_01', '--agent', 'One'])
  await cli.run(['status', 'act_01', '--url', server.url.origin])
  expect(asked).toEqual(['Two', 'One', 'Two'])
  expect(await cli.run(['status', 'act_01', '--agent', 'Three', '--json'])).toMatchObject({
    code: 1,
    json: { code: 'not_found' },
  })
})

test('what an agent or a service wrote can not drive the terminal', async () => {
  await using cli = commandLine()
  const nasty = 'a\u001b[2J\u0007b\u202ec\u009b31m'
  using server = peer(({ path: at, keyid }) => {
    if (at === '/api/v1/enrollments') return enrolled(keyid)
    if (at === '/api/v1/me') return active()
    return Response.json({
      ...action,
      status: 'failed',
      summary: { text: nasty, parts: [] },
      result: { [nasty]: nasty },
      error: { code: 'service_refused', message: nasty, retryable: false },
    })
  })
  await enroll(cli, server.url)
  const { code, out } = await cli.run(['status', 'act_01'])
  expect(code).toBe(5)
  expect(out).toContain('\\u001b[2J')
  expect(out).not.toMatch(/(?!\n)\p{Cc}|\u202e/u)
  const asJson = await cli.run(['status', 'act_01', '--json'])
  expect(asJson.json).toMatchObject({ summary: { text: nasty } })
  expect(asJson.out).not.toMatch(/(?!\n)\p{Cc}|\u202e/u)
})
