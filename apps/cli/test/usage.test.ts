import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { commandLine } from './command-line.ts'

// Each step is a process of its own.
setDefaultTimeout(60_000)

describe('the command line itself', () => {
  test.each([
    ['no command', []],
    ['an unknown command', ['frobnicate']],
    ['half a command', ['agent']],
    ['an unknown second word', ['agent', 'frob']],
    ['an unknown option', ['approvals', '--wat']],
    ['an option without its value', ['status', 'act_1', '--wait']],
    ['a value that is no number', ['status', 'act_1', '--wait', 'soon']],
    ['a missing argument', ['submit']],
    ['a missing option', ['setup', '--email', 'a@b.example']],
    ['one argument too many', ['freeze', 'now']],
    ['a name that is no action', ['connectors', 'render', 'notebook']],
    ['both of two that exclude each other', ['settle', 'act_1', '--happened', '--did-not', '--token', 'psp_x']],
    ['neither of them', ['settle', 'act_1', '--token', 'psp_x']],
    ['an address with a path', ['approvals', '--url', 'http://localhost:1/x', '--token', 'psp_x']],
    ['parameters that are not JSON', ['connectors', 'render', 'notebook.write', '--params', '{page:1}']],
    ['parameters with a key twice', ['connectors', 'render', 'notebook.write', '--params', '{"page":"a","page":"b"}']],
    ['a code that is none', ['agent', 'enroll', 'http://localhost:1', 'hello']],
    ['a key that is none', ['log', 'verify', '/dev/null', '--key', 'abc']],
  ])('with %s exits 2, with its usage on stderr and nothing on stdout', async (_what, args) => {
    await using cli = commandLine()
    const { code, out, err } = await cli.run(args)
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain('Usage: permission-slip')
  })

  test('with --json prints exactly one document on stdout, a wrong command line included', async () => {
    await using cli = commandLine()
    const wrong = await cli.run(['approvals', '--wat', '--json'])
    expect([wrong.code, wrong.json]).toMatchObject([2, { code: 'invalid_request', next: { do: 'fix' } }])
    const refused = await cli.run(['approvals', '--json'])
    expect([refused.code, refused.json]).toMatchObject([1, { code: 'unauthenticated' }])
    const away = await cli.run(['approvals', '--json', '--token', 'psp_x', '--url', 'http://127.0.0.1:1'])
    expect([away.code, away.json]).toMatchObject([1, { code: 'unavailable' }])
    for (const { out } of [wrong, refused, away]) expect(out.trim().split('\n')).toHaveLength(1)
  })

  test.each([
    'backup x',
    'restore x',
    'restore --accept-rollback',
    'recover a@b.example',
    'mcp',
    'rules test --file x',
    'keys rotate log --token psp_x',
  ])('says of "%s" that this version can not do it, and exits 1', async (command) => {
    await using cli = commandLine()
    const { code, json } = await cli.run([...command.split(' '), '--json'])
    expect([code, json]).toMatchObject([1, { code: 'not_available' }])
  })

  test('lists every command of the public face', async () => {
    await using cli = commandLine()
    const { code, out } = await cli.run(['help'])
    expect(code).toBe(0)
    const promised = [
      'serve',
      'setup',
      'agent invite',
      'agent list',
      'agent confirm ID',
      'agent set ID',
      'agent token ID',
      'agent pause ID',
      'agent resume ID',
      'agent revoke ID',
      'agent enroll URL CODE',
      'submit CONNECTOR.ACTION',
      'status ID',
      'cancel ID',
      'connectors',
      'connectors render',
      'connections add CONNECTOR',
      'connections list',
      'connections test ID',
      'connections remove ID',
      'approvals',
      'approve ID',
      'deny ID',
      'settle ID',
      'retry ID',
      'rules list',
      'rules add',
      'rules test',
      'rules remove ID',
      'log verify',
      'log export',
      'log checkpoint',
      'log proof ACTION_ID',
      'keys rotate',
      'freeze',
      'unfreeze',
      'backup FILE',
      'restore',
      'recover EMAIL',
      'clock confirm',
      'doctor',
      'mcp',
    ]
    for (const command of promised) expect(out).toContain(`\n  ${command}`)
  })
})

test('connectors render needs no server, home or data: one JSON object a line, and with --json one document', async () => {
  await using cli = commandLine()
  const one = await cli.run(['connectors', 'render', 'notebook.write', '--params', '{"page":"hello","body":"Hi"}'])
  expect([one.code, one.json]).toMatchObject([
    0,
    { connector: 'notebook', action: 'write', step: 1, url: null, example: false, handoff: false },
  ])
  const all = await cli.run(['connectors', 'render', '--all'])
  const lines = all.out
    .trim()
    .split('\n')
    .map((text): unknown => JSON.parse(text))
  expect(lines.length).toBeGreaterThan(20)
  for (const request of lines)
    expect(Object.keys(request as object)).toEqual(
      expect.arrayContaining(['connector', 'action', 'step', 'method', 'url', 'headers', 'body', 'example', 'handoff']),
    )
  const asDocument = await cli.run(['connectors', 'render', '--all', '--json'])
  expect(asDocument.json).toEqual(lines)
  const wrong = await cli.run(['connectors', 'render', 'notebook.write', '--params', '{"pag":"hello"}', '--json'])
  expect([wrong.code, wrong.json]).toMatchObject([1, { code: 'invalid_params' }])
})
