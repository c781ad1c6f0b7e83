import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import fs from 'node:fs'
import path from 'node:path'
import type { Action } from '@permission-slip/protocol/action.ts'
import { type CommandLine, commandLine, type Ended, type Running } from './command-line.ts'

// Each step is a process of its own.
setDefaultTimeout(60_000)

/** The whole story by the command line alone: server, owner and agent are processes of their own. */
let cli: CommandLine
let server: Running
let url = ''
let token = ''
let logKey = ''

/** The server's one JSON document, as soon as it is there. */
async function startServer(): Promise<string> {
  server = cli.start(['serve', '--json'], { env: { PERMISSION_SLIP_PORT: '0', PERMISSION_SLIP_LOG_LEVEL: 'error' } })
  for await (const text of server.lines()) {
    const { url: at } = JSON.parse(text) as { url: string }
    return at
  }
  throw new Error(`the server did not start: ${(await server.ended).err}`)
}
const owner = (...args: string[]): Promise<Ended> =>
  cli.run([...args, '--json'], { env: { PERMISSION_SLIP_TOKEN: token, PERMISSION_SLIP_PUBLIC_URL: url } })
const ownerWith = (stdin: string, ...args: string[]): Promise<Ended> =>
  cli.run([...args, '--json'], { stdin, env: { PERMISSION_SLIP_TOKEN: token, PERMISSION_SLIP_PUBLIC_URL: url } })
const agent = (...args: string[]): Promise<Ended> => cli.run([...args, '--json'])
const items = ({ json }: Ended) => (json as { items: { id: string; status: string }[] }).items
const action = ({ json }: Ended) => json as Action

/** Until there is one, since another process brings it. */
async function oneOf(look: () => Promise<{ id: string; status: string } | undefined>): Promise<string> {
  for (let tries = 0; tries < 100; tries++) {
    const found = await look()
    if (found) return found.id
  }
  throw new Error('it never came')
}
const firstApproval = () => oneOf(async () => items(await owner('approvals'))[0])

beforeAll(async () => {
  cli = commandLine()
  url = await startServer()
  const made = await cli.run(
    ['setup', '--email', 'ada@example.org', '--name', 'Ada', '--password-stdin', '--json', '--url', url],
    { stdin: 'correct horse battery staple\n' },
  )
  expect(made.code).toBe(0)
  ;({ token, log_key: logKey } = made.json as { token: string; log_key: string })
  const { code } = (await owner('agent', 'invite')).json as { code: string }
  const enrolling = cli.start(['agent', 'enroll', url, code, '--name', 'Robo', '--json'])
  const id = await oneOf(async () => items(await owner('agent', 'list')).find(({ status }) => status === 'unconfirmed'))
  const confirmed = await owner('agent', 'confirm', id)
  const enrolled = await enrolling.ended
  expect([confirmed.code, enrolled.code, enrolled.json]).toMatchObject([0, 0, { agent: id, status: 'active' }])
  expect((confirmed.json as { words: string[] }).words).toEqual((enrolled.json as { words: string[] }).words)
})

afterAll(async () => {
  server.kill('SIGTERM')
  expect((await server.ended).code).toBe(0)
  await cli[Symbol.asyncDispose]()
})

describe('after enrolling, in one line', () => {
  test('an approved action ends with its result in the agent’s window, and exit 0', async () => {
    const submitted = cli.start([
      'submit',
      'notebook.write',
      '--params',
      '{"page":"hello","body":"Hi"}',
      '--reason',
      'to begin',
      '--wait',
      '60',
      '--json',
    ])
    const id = await firstApproval()
    const approved = await owner('approve', id)
    expect([approved.code, action(approved).id, action(approved).reason]).toEqual([0, id, 'to begin'])
    const ended = await submitted.ended
    expect([ended.code, action(ended).status, action(ended).result]).toMatchObject([
      0,
      'succeeded',
      { page: 'hello', version: 1 },
    ])
    expect((await agent('status', id)).code).toBe(0)
    const proof = await owner('log', 'proof', id)
    expect([proof.code, proof.json]).toMatchObject([0, { action: id }])
  })

  test('an edit runs what the owner wrote', async () => {
    const submitted = cli.start([
      'submit',
      'notebook.write',
      '--params',
      '{"page":"edit","body":"theirs"}',
      '--wait',
      '60',
      '--json',
    ])
    const id = await firstApproval()
    expect((await owner('approve', id, '--params', '{"page":"edit","body":"mine"}')).code).toBe(0)
    expect(action(await submitted.ended)).toMatchObject({
      status: 'succeeded',
      executed_params: { body: 'mine' },
      decision: { edited: true },
    })
  })

  test('without a decision it is 7, denied 3, cancelled 4; deciding itself is 0', async () => {
    const submit = () => agent('submit', 'notebook.write', '--params', '{"page":"x","body":"y"}')
    const first = await submit()
    expect([first.code, action(first).status]).toEqual([7, 'pending'])
    const { id } = action(first)
    expect((await agent('status', id, '--wait', '0')).code).toBe(7)
    const denied = await owner('deny', id, '--reason', 'not now')
    expect([denied.code, action(denied).status]).toEqual([0, 'denied'])
    const seen = await agent('status', id)
    expect([seen.code, action(seen).decision?.reason]).toEqual([3, 'not now'])
    expect((await owner('approve', id)).code).toBe(1)

    const second = action(await submit()).id
    expect((await agent('cancel', second)).code).toBe(0)
    expect((await agent('status', second)).code).toBe(4)
    const expiring = await agent(
      'submit',
      'notebook.write',
      '--params',
      '{"page":"x","body":"y"}',
      '--expires-in',
      '1',
      '--wait',
      '20',
    )
    expect([expiring.code, action(expiring).status]).toEqual([4, 'expired'])
  })

  test('wrong parameters are refused with 1, naming the field', async () => {
    const wrong = await agent('submit', 'notebook.write', '--params', '{"page":"x","bodi":"y"}')
    expect([wrong.code, wrong.json]).toMatchObject([1, { code: 'invalid_params' }])
    expect(JSON.stringify(wrong.json)).toContain('bodi')
  })

  test('the same Idempotency-Key is the same action', async () => {
    const submit = (body: string) =>
      agent('submit', 'notebook.write', '--params', JSON.stringify({ page: 'k', body }), '--idempotency-key', 'key-1')
    const [first, again, other] = [await submit('a'), await submit('a'), await submit('b')]
    expect(action(again).id).toBe(action(first).id)
    expect([other.code, other.json]).toMatchObject([1, { code: 'idempotency_key_reused' }])
    await agent('cancel', action(first).id)
  })
})

describe('the owner’s commands', () => {
  test('a rule lets an action through, a freeze stops all, and both can be lifted', async () => {
    const rule = await ownerWith(
      JSON.stringify({ name: 'lists', effect: 'allow', connector: 'notebook', action: 'list', params: {} }),
      'rules',
      'add',
      '--file',
      '-',
    )
    expect(rule.code).toBe(0)
    const { id } = rule.json as { id: string }
    expect(items(await owner('rules', 'list')).map((one) => one.id)).toContain(id)
    const allowed = await agent('submit', 'notebook.list', '--wait', '20')
    expect([allowed.code, action(allowed).decision?.by]).toEqual([0, 'rule'])
    expect((await owner('freeze')).code).toBe(0)
    expect(await agent('submit', 'notebook.list')).toMatchObject({ code: 1, json: { code: 'frozen' } })
    expect((await owner('unfreeze')).code).toBe(0)
    expect((await owner('rules', 'remove', id)).code).toBe(0)
    expect((await agent('submit', 'notebook.list')).code).toBe(7)
  })

  test('limits, access, pause, token: what is set is what is answered', async () => {
    const id = items(await owner('agent', 'list'))[0]?.id ?? ''
    expect((await owner('agent', 'set', id, '--limit', 'pending=99', '--limit', 'long_polls=3')).json).toMatchObject({
      limits: { pending: 99, long_polls: 3 },
    })
    expect((await ownerWith('[{"connector":"redis"}]', 'agent', 'set', id, '--access', '-')).json).toMatchObject({
      access: [{ connector: 'redis' }],
    })
    expect(await agent('submit', 'notebook.list')).toMatchObject({ code: 1, json: { code: 'not_allowed' } })
    expect((await ownerWith('null', 'agent', 'set', id, '--access', '-')).json).toMatchObject({ access: null })
    expect((await owner('agent', 'pause', id)).json).toMatchObject({ status: 'paused' })
    expect(await agent('submit', 'notebook.list')).toMatchObject({ code: 1, json: { code: 'agent_paused' } })
    expect((await owner('agent', 'resume', id)).json).toMatchObject({ status: 'active' })
    const bearer = (await owner('agent', 'token', id)).json as { token: string }
    expect(bearer.token).toStartWith('psa_')
    expect(
      (await agent('submit', 'notebook.read', '--params', '{"page":"hello"}', '--token', bearer.token, '--url', url))
        .code,
    ).toBe(7)
  })

  test('an agent’s token opens none of them', async () => {
    const id = items(await owner('agent', 'list'))[0]?.id ?? ''
    const bearer = ((await owner('agent', 'token', id)).json as { token: string }).token
    for (const command of [
      'approvals',
      'agent list',
      'agent invite',
      'freeze',
      'rules list',
      'log export',
      'keys rotate master',
      'clock confirm',
      `agent resume ${id}`,
    ])
      expect([command, (await agent(...command.split(' '), '--token', bearer, '--url', url)).code]).toEqual([
        command,
        1,
      ])
  })

  test('the master key is rotated and the clock confirmed', async () => {
    expect((await owner('keys', 'rotate', 'master')).json).toMatchObject({ key: 'master', version: 2 })
    expect((await owner('clock', 'confirm')).code).toBe(0)
  })

  test('the log verifies from the server, from an export alone, with its key pinned, and not with another', async () => {
    expect((await owner('log', 'verify', '--key', logKey)).json).toMatchObject({ ok: true, pinned: true })
    const file = path.join(cli.home, 'log.tar')
    expect((await owner('log', 'export', file)).json).toMatchObject({ file, bytes: fs.statSync(file).size })
    expect(await cli.run(['log', 'verify', file, '--json'])).toMatchObject({
      code: 0,
      json: { ok: true, pinned: false, key: logKey },
    })
    expect((await cli.run(['log', 'verify', file, '--key', 'A'.repeat(43), '--json'])).code).toBe(1)
    const bytes = fs.readFileSync(file)
    const at = bytes.indexOf('action.submitted')
    bytes.write('action.submittEd', at)
    fs.writeFileSync(file, bytes)
    expect((await cli.run(['log', 'verify', file, '--json'])).code).toBe(1)
    expect((await owner('log', 'checkpoint')).json).toMatchObject({
      checkpoint: expect.stringMatching(/^permission-slip\/[0-9a-f]{16}\n\d+\n/),
    })
  })

  test.skipIf(!process.env['PS_TEST_POSTGRES'])(
    'a PostgreSQL is connected, queried by its label, tested and forgotten (needs PS_TEST_POSTGRES)',
    async () => {
      const at = process.env['PS_TEST_POSTGRES'] ?? ''
      const { host } = new URL(at)
      const fields = JSON.stringify({ url: at, tls: 'disable' })
      const made = await ownerWith(
        fields,
        'connections',
        'add',
        'postgres',
        '--label',
        'main db',
        '--fields-stdin',
        '--allow-private',
        host,
      )
      expect([made.code, made.json]).toMatchObject([0, { connector: 'postgres', label: 'main db' }])
      const { id } = made.json as { id: string }
      expect((await owner('connections', 'test', id)).json).toMatchObject({ ok: true })
      const submitted = cli.start([
        'submit',
        'postgres.query',
        '--params',
        '{"sql":"select 40 + 2 as answer"}',
        '--connection',
        'main db',
        '--wait',
        '60',
        '--json',
      ])
      const asked = await oneOf(async () =>
        items(await owner('approvals')).find((one) => 'connection' in one && one.connection === id),
      )
      expect((await owner('approve', asked)).code).toBe(0)
      expect(action(await submitted.ended)).toMatchObject({ status: 'succeeded', result: { rows: [{ answer: 42 }] } })
      expect((await owner('connections', 'remove', id)).code).toBe(0)
      expect(items(await owner('connections', 'list'))).toEqual([])
    },
    60_000,
  )
})

test('set-up works where no server runs, once', async () => {
  await using fresh = commandLine()
  const setUp = () =>
    fresh.run(['setup', '--email', 'bo@example.org', '--name', 'Bo', '--password-stdin', '--json'], {
      stdin: 'another long password',
      env: { PERMISSION_SLIP_PORT: '1' },
    })
  expect(await setUp()).toMatchObject({ code: 0, json: { person: { email: 'bo@example.org', role: 'owner' } } })
  expect(await setUp()).toMatchObject({ code: 1, json: { code: 'setup_done' } })
})
