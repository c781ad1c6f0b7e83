import { Database as Sqlite } from 'bun:sqlite'
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

// The server is a process of its own: what is read is what an operator would keep.
setDefaultTimeout(60_000)

interface Line {
  level: number
  msg?: string
  request?: string
  method?: string
  route?: string | null
  status?: number
  duration_ms?: number
  err?: { message: string }
}
const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ps-logs-'))
const child = Bun.spawn([process.execPath, '--no-env-file', path.join(import.meta.dir, '../safety/traced-server.ts')], {
  env: {
    PATH: process.env['PATH'] ?? '',
    HOME: dir,
    PERMISSION_SLIP_DATA_DIR: path.join(dir, 'data'),
    PERMISSION_SLIP_PORT: '0',
    PERMISSION_SLIP_LOG_LEVEL: 'debug',
  },
  stdin: 'pipe',
  stdout: 'pipe',
  stderr: Bun.file(path.join(dir, 'log')),
})
let url = ''
let token = ''
const secret = `canary-${crypto.randomUUID()}`
const ids = new Map<string, string>()

const text = () => fs.readFileSync(path.join(dir, 'log'), 'utf8')
const lines = () =>
  text()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)
/** Waits for the lines of a request: they are written after it is answered. */
async function linesOf(id: string): Promise<Line[]> {
  for (let i = 0; i < 200; i++) {
    const found = lines().filter((line) => line.request === id)
    if (found.some((line) => line.msg === 'answered')) return found
    await Bun.sleep(20)
  }
  throw new Error(`nothing was logged of ${id}`)
}
async function ask(method: string, target: string, body?: unknown): Promise<{ status: number; id: string }> {
  const answer = await fetch(`${url}${target}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      'x-canary': secret,
      cookie: `a=${secret}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  await answer.text()
  return { status: answer.status, id: answer.headers.get('x-request-id') ?? '' }
}

beforeAll(async () => {
  const first = await child.stdout.getReader().read()
  const started = JSON.parse(new TextDecoder().decode(first.value)) as { url: string; setup: string }
  url = started.url
  const answer = await fetch(`${url}/api/v1/setup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      token: new URL(started.setup).searchParams.get('token'),
      email: 'ada@example.org',
      name: 'Ada',
      password: 'correct horse battery',
    }),
  })
  token = ((await answer.json()) as { token: string }).token
})
afterAll(async () => {
  child.kill('SIGTERM')
  await child.exited
  fs.rmSync(dir, { recursive: true, force: true })
})

test.each([
  ['GET', `/api/v1/actions/act_${secret}?wait=0`, undefined, '/api/v1/actions/{id}', 404],
  ['GET', `/api/v1/actions?agent=${secret}`, undefined, '/api/v1/actions', 200],
  ['POST', `/api/v1/rules?x=${secret}`, { name: secret }, '/api/v1/rules', 400],
  ['GET', `/setup?token=${secret}`, undefined, 'web app', 200],
  ['GET', `/api/v1/${secret}`, undefined, null, 404],
  ['DELETE', `/api/v1/me?${secret}`, undefined, null, 405],
  ['GET', `/openapi.json?${secret}`, undefined, '/openapi.json', 200],
])(
  'a request is one line with its id, its route and how it ended (%#)',
  async (method, target, body, route, status) => {
    const answered = await ask(method, target, body)
    ids.set(answered.id, target)
    const found = await linesOf(answered.id)
    expect(found).toEqual([
      expect.objectContaining({ level: 20, msg: 'answered', method, route, status, duration_ms: expect.any(Number) }),
    ])
    expect(answered.status).toBe(status)
  },
)

test('a failure of ours is an error with the same id that its answer carries', async () => {
  const sqlite = new Sqlite(path.join(dir, 'data', 'permission-slip.db'))
  sqlite.exec('pragma busy_timeout = 5000; alter table connections rename to away')
  const answered = await ask('GET', '/api/v1/connections')
  sqlite.exec('alter table away rename to connections')
  sqlite.close()
  expect(answered.status).toBe(500)
  const found = await linesOf(answered.id)
  expect(found.map(({ level, msg }) => [level, msg])).toEqual([
    [50, 'a request failed in our own code'],
    [20, 'answered'],
  ])
  expect(found[0]?.err?.message).toContain('connections')
})

test('a last use that can not be written is told with the id of the request that it belongs to', async () => {
  const sqlite = new Sqlite(path.join(dir, 'data', 'permission-slip.db'))
  sqlite.exec(`pragma busy_timeout = 5000; update personal_tokens set last_used_at = null;
    create trigger full before update on personal_tokens begin select raise(fail, 'disk full'); end`)
  const answered = await ask('GET', '/api/v1/me')
  sqlite.exec('drop trigger full')
  sqlite.close()
  expect(answered.status).toBe(200)
  const found = await linesOf(answered.id)
  expect(found.map(({ level, msg }) => [level, msg])).toEqual([
    [40, 'a last use could not be written'],
    [20, 'answered'],
  ])
})

test('no line holds a query, a header, a body, or what stood in a path', () => {
  expect(ids.size).toBe(7)
  expect(text()).not.toContain(secret)
  expect(text()).not.toContain(token)
  for (const line of lines()) expect(line).not.toHaveProperty('path')
})
