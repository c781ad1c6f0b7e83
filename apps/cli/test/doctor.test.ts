import { Database as Sqlite } from 'bun:sqlite'
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import fs from 'node:fs'
import path from 'node:path'
import { type CommandLine, commandLine, type Running } from './command-line.ts'

// Each step is a process of its own.
setDefaultTimeout(60_000)

interface Finding {
  check: string
  state: 'well' | 'note' | 'wrong'
  say: string
  mend: string | null
}
let cli: CommandLine
const data = () => path.join(cli.home, '.permission-slip')
const inside = (name: string) => path.join(data(), name)

async function doctor(args: string[] = [], env: Record<string, string> = {}) {
  const { code, json } = await cli.run(['doctor', '--json', ...args], { env })
  const { ok, findings } = json as { ok: boolean; findings: Finding[] }
  const wrong = findings.filter((one) => one.state === 'wrong')
  expect([code, ok]).toEqual(wrong.length === 0 ? [0, true] : [1, false])
  // What is wrong comes with what to do.
  for (const one of wrong) expect(one.mend).toBeTruthy()
  return { findings, wrong: wrong.map((one) => `${one.check}: ${one.say}`), mends: wrong.map((one) => one.mend) }
}
const database = (text: string) => {
  const sqlite = new Sqlite(inside('permission-slip.db'))
  sqlite.exec(`pragma busy_timeout = 5000; ${text}`)
  sqlite.close()
}
/** Wrong while it is broken, by these words; well again when it is mended. */
async function broken(words: RegExp, breaking: () => void, mending: () => void): Promise<void> {
  breaking()
  const { wrong } = await doctor()
  mending()
  expect(wrong).toEqual([expect.stringMatching(words)])
  expect((await doctor()).wrong).toEqual([])
}
function moved(name: string, bytes: Uint8Array | null): { breaking(): void; mending(): void } {
  return {
    breaking() {
      fs.renameSync(inside(name), inside(`${name}-kept`))
      if (bytes) fs.writeFileSync(inside(name), bytes, { mode: 0o600 })
    },
    mending() {
      fs.rmSync(inside(name), { force: true })
      fs.renameSync(inside(`${name}-kept`), inside(name))
    },
  }
}
const mode = (name: string, open: number, closed: number) =>
  [() => fs.chmodSync(inside(name), open), () => fs.chmodSync(inside(name), closed)] as const

beforeAll(async () => {
  cli = commandLine()
  expect((await cli.run(['doctor', '--json'])).json).toMatchObject({
    ok: false,
    findings: expect.arrayContaining([expect.objectContaining({ check: 'data directory', state: 'wrong' })]),
  })
  expect(fs.existsSync(data())).toBe(false)
  const made = await cli.run(['setup', '--email', 'ada@example.org', '--name', 'Ada', '--password-stdin', '--json'], {
    stdin: 'correct horse battery staple\n',
    env: { PERMISSION_SLIP_PORT: '1' },
  })
  expect(made.code).toBe(0)
})
afterAll(() => cli[Symbol.asyncDispose]())

describe('without a running server', () => {
  test('all is well: exit 0, and it says that none runs', async () => {
    const { findings } = await doctor()
    expect(findings).toContainEqual(expect.objectContaining({ check: 'server', state: 'note' }))
    for (const check of ['data directory', 'keys', 'database', 'log', 'clock', 'space', 'environment'])
      expect(findings.filter((one) => one.check === check)).toEqual([expect.objectContaining({ state: 'well' })])
    const { code, out } = await cli.run(['doctor'])
    expect([code, out]).toEqual([0, expect.stringContaining('All is well.')])
  })

  test('looking changes no byte of what is kept', async () => {
    const kept = () =>
      fs
        .readdirSync(data())
        .filter((name) => !/-(wal|shm)$/.test(name))
        .map((name) => [name, fs.readFileSync(inside(name)).toString('base64')])
    const before = kept()
    await doctor()
    expect(kept()).toEqual(before)
  })

  test('folder or files that others may read', async () => {
    await broken(/^data directory: .* is open to others \(0755\)/, ...mode('.', 0o755, 0o700))
    await broken(/^keys: .*setup-token can be read by others/, ...tokenFile())
    for (const key of ['master.key', 'log.key', 'sign-in.key', 'permission-slip.db'])
      await broken(new RegExp(`^keys: .*${key} can be read by others \\(0644\\)`), ...mode(key, 0o644, 0o600))
  })
  const tokenFile = () =>
    [
      () => fs.writeFileSync(inside('setup-token'), 'x', { mode: 0o644 }),
      () => fs.rmSync(inside('setup-token')),
    ] as const

  test('a key that is missing, or belongs to another database', async () => {
    for (const key of ['master.key', 'log.key', 'sign-in.key']) {
      const gone = moved(key, null)
      await broken(new RegExp(`^keys: .*${key} is missing`), gone.breaking, gone.mending)
    }
    for (const key of ['master.key', 'sign-in.key']) {
      const other = moved(key, crypto.getRandomValues(new Uint8Array(32)))
      await broken(new RegExp(`^keys: .*${key} is the key of another database`), other.breaking, other.mending)
    }
    const none = moved('log.key', new TextEncoder().encode('no key'))
    await broken(/^keys: .*log.key: expected an Ed25519 private key/, none.breaking, none.mending)
  })

  test('a database of a newer version, or one that can not be read', async () => {
    const to = (schema: string) => () => database(`update meta set value = '${schema}' where name = 'schema'`)
    const known = new Sqlite(inside('permission-slip.db'))
      .query<{ value: string }, []>(`select value from meta where name = 'schema'`)
      .get()
    await broken(/^database: It has schema 999, this version knows/, to('999'), to(known?.value ?? ''))
    const rubbish = moved('permission-slip.db', new TextEncoder().encode('this is no database'.repeat(300)))
    for (const end of ['-wal', '-shm']) fs.rmSync(inside(`permission-slip.db${end}`), { force: true })
    await broken(/^database: .*permission-slip.db can't be read/, rubbish.breaking, rubbish.mending)
  })

  test('a clock before the newest entry', async () => {
    const shift = (ms: string) => () =>
      database(`update log_entries set time = time ${ms} where seq = (select max(seq) from log_entries)`)
    await broken(/^clock: The clock says .*, before the newest entry/, shift('+ 3600000'), shift('- 3600000'))
  })

  test('a database that was put back, by the checkpoint beside it', async () => {
    const sqlite = new Sqlite(inside('permission-slip.db'))
    const rows = sqlite.query<Record<string, string | number | Uint8Array>, []>('select * from log_checkpoints').all()
    sqlite.close()
    const restore = () => {
      const again = new Sqlite(inside('permission-slip.db'))
      for (const row of rows)
        again
          .query(
            `insert into log_checkpoints (${Object.keys(row).join(', ')}) values (${Object.keys(row)
              .map(() => '?')
              .join(', ')})`,
          )
          .run(...Object.values(row))
      again.close()
    }
    await broken(
      /^log: The database is older than the checkpoint/,
      () => database('delete from log_checkpoints'),
      restore,
    )
  })

  test.each([
    ['http://slip.example.org', /^public URL: .* is plain http/],
    ['http://127.0.0.1:8080', /^public URL: .* is an address, not a name/],
    ['https://192.0.2.7', /^public URL: .* is an address, not a name/],
    ['http://localhost:9999', /^public URL: .* leads to another port/],
    ['not an address', /^settings: PERMISSION_SLIP_PUBLIC_URL/],
    ['https://slip.example.org', null],
  ])('the public URL %s', async (url, words) => {
    const { wrong } = await doctor([], { PERMISSION_SLIP_PUBLIC_URL: url })
    expect(wrong).toEqual(words === null ? [] : [expect.stringMatching(words)])
  })

  test('an environment that changes what the program is or whom it trusts', async () => {
    const { wrong } = await doctor([], { SSLKEYLOGFILE: '/dev/null', NODE_OPTIONS: '--no-warnings' })
    expect(wrong).toEqual([
      expect.stringContaining('NODE_OPTIONS is set in the environment of this shell'),
      expect.stringContaining('SSLKEYLOGFILE is set in the environment of this shell'),
    ])
  })

  test('an agent enrolled under the server’s own user', async () => {
    const profile = {
      name: 'robo',
      url: 'http://localhost:8080',
      agent: null,
      keyid: 'k',
      public_key: 'p',
      private_key: 'q',
      code: 'c',
      created_at: '2026-01-01T00:00:00.000Z',
    }
    fs.mkdirSync(cli.profileDir, { recursive: true })
    const file = path.join(cli.profileDir, 'agents.json')
    await broken(
      /^user: The agent robo is enrolled under/,
      () => fs.writeFileSync(file, JSON.stringify({ agents: [profile] }), { mode: 0o600 }),
      () => fs.rmSync(file),
    )
    await broken(
      /^agent profiles: .* can be read by others/,
      () => fs.writeFileSync(file, '{"agents":[]}', { mode: 0o644 }),
      () => fs.rmSync(file),
    )
  })

  test('--url where nothing, or something else, answers', async () => {
    const { wrong } = await doctor(['--url', 'http://127.0.0.1:1'])
    expect(wrong).toEqual([expect.stringContaining('answers: Nothing answers at http://127.0.0.1:1')])
    using other = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response('<h1>hello</h1>') })
    expect((await doctor(['--url', `http://127.0.0.1:${other.port}`])).wrong).toEqual([
      expect.stringContaining('is not this server'),
    ])
    using unready = Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      fetch: () =>
        Response.json({ ready: false, why: ['the clock jumped by more than five minutes'] }, { status: 503 }),
    })
    const { mends } = await doctor(['--url', `http://127.0.0.1:${unready.port}`])
    expect(mends).toEqual([expect.stringContaining('permission-slip clock confirm')])
  })
})

describe('with a running server', () => {
  let server: Running
  let url = ''
  beforeAll(async () => {
    server = cli.start(['serve', '--json'], {
      env: { PERMISSION_SLIP_PORT: '0', PERMISSION_SLIP_LOG_LEVEL: 'error', SSLKEYLOGFILE: '/dev/null' },
    })
    for await (const text of server.lines()) {
      url = (JSON.parse(text) as { url: string }).url
      return
    }
    throw new Error(`the server did not start: ${(await server.ended).err}`)
  })
  afterAll(async () => {
    server.kill('SIGTERM')
    await server.ended
  })

  test('it is found by its lock, asked whether it is ready, and judged by its own environment', async () => {
    const { findings, wrong } = await doctor(['--url', url])
    expect(findings).toContainEqual(expect.objectContaining({ check: 'answers', state: 'well' }))
    const lock = findings.find((one) => one.check === 'server')
    const named = /^A server holds the data directory \(process (\d+)\)\.$/.exec(lock?.say ?? '')?.[1]
    expect([lock?.state, named]).toEqual(['well', expect.any(String)])
    expect(wrong).toEqual([
      expect.stringContaining(`SSLKEYLOGFILE is set in the environment of the server (process ${named})`),
    ])
  })

  test('what the server itself says is wrong is passed on with what to do', async () => {
    database('alter table copies rename to away')
    // Longer than what a commit of a moment ago proves.
    let wrong: string[] = []
    for (let i = 0; i < 40 && !wrong.some((one) => one.startsWith('answers:')); i++)
      wrong = (await doctor(['--url', url])).wrong
    database('alter table away rename to copies')
    expect(wrong).toContainEqual(expect.stringContaining('is not ready: the database takes no writes.'))
  })
})

test.skipIf(!process.env['PS_TEST_POSTGRES'])(
  'a PostgreSQL that is empty, that refuses, or that is not there (needs PS_TEST_POSTGRES)',
  async () => {
    const server = new URL(process.env['PS_TEST_POSTGRES'] ?? '')
    const at = (name: string, port = server.port) => {
      const one = new URL(server)
      one.pathname = `/${name}`
      one.port = port
      if (!one.password) one.password = 'canary-password'
      return { PERMISSION_SLIP_DATABASE_URL: one.href }
    }
    expect((await doctor([], at('template1'))).wrong.filter((one) => one.startsWith('database'))).toEqual([])
    const missing = await doctor([], at('there_is_no_such_database'))
    expect(missing.wrong).toContainEqual(expect.stringContaining('The database/there_is_no_such_database at'))
    const away = await doctor([], at('postgres', '1'))
    expect(away.wrong).toContainEqual(expect.stringMatching(/^database: .*can't be read/))
    expect(JSON.stringify([missing, away])).not.toContain('canary-password')
  },
)
