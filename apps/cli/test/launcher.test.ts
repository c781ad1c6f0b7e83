import { expect, setDefaultTimeout, test } from 'bun:test'
import fs from 'node:fs'
import path from 'node:path'
import { commandLine, launcher } from './command-line.ts'

// Each step is a process of its own.
setDefaultTimeout(60_000)

const viaNode = ['node', launcher]

test('the launcher passes arguments, output and exit code through', async () => {
  await using cli = commandLine(viaNode)
  expect(await cli.run(['--version', '--json'])).toMatchObject({ code: 0, json: { version: '0.1.0' } })
  expect((await cli.run(['frobnicate'])).code).toBe(2)
})

test.each(['BUN_OPTIONS', 'BUN_BE_BUN', 'NODE_TLS_REJECT_UNAUTHORIZED'])(
  'with %s set it refuses to run, before the runtime starts',
  async (name) => {
    await using cli = commandLine(viaNode)
    const touched = path.join(cli.home, 'touched')
    const preload = path.join(cli.home, 'preload.ts')
    fs.writeFileSync(preload, `require('node:fs').writeFileSync(${JSON.stringify(touched)}, '')`)
    const { code, out, err } = await cli.run(['--version'], {
      env: { [name]: name === 'BUN_OPTIONS' ? `--preload=${preload}` : '0' },
    })
    expect([code, out]).toEqual([1, ''])
    expect(err).toContain(name)
    expect(fs.existsSync(touched)).toBe(false)
  },
)

test('the program itself refuses too where it can see it', async () => {
  await using cli = commandLine()
  const { code, err } = await cli.run(['--version'], { env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' } })
  expect([code, err]).toEqual([1, expect.stringContaining('NODE_TLS_REJECT_UNAUTHORIZED')])
})

test('started in a hostile folder it loads nothing of it', async () => {
  await using cli = commandLine(viaNode)
  const folder = path.join(cli.home, 'hostile')
  const touched = path.join(cli.home, 'touched')
  const evil = `require('node:fs').appendFileSync(${JSON.stringify(touched)}, __filename)`
  const put = (name: string, text: string) => {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    fs.writeFileSync(path.join(folder, name), text)
  }
  put('evil.ts', evil)
  put('.env', 'PERMISSION_SLIP_TOKEN=psp_stolen\nPERMISSION_SLIP_PUBLIC_URL=http://127.0.0.1:1\n')
  put('bunfig.toml', 'preload = ["./evil.ts"]\n[run]\nbun = true\n')
  put(
    'package.json',
    '{"name":"permission-slip","scripts":{"--version":"touch ../touched"},"imports":{"#x":"./evil.ts"}}',
  )
  put('tsconfig.json', '{"compilerOptions":{"paths":{"@permission-slip/*":["./evil.ts"],"zod":["./evil.ts"]}}}')
  for (const name of ['zod', '@permission-slip/protocol', '@permission-slip/connectors', '@scure/bip39'])
    put(`node_modules/${name}/index.js`, evil)
  const rendered = await cli.run(['connectors', 'render', 'notebook.list', '--json'], { cwd: folder })
  expect(rendered.code).toBe(0)
  const asked = await cli.run(['approvals', '--json'], { cwd: folder })
  expect([asked.code, asked.json]).toMatchObject([1, { code: 'unauthenticated' }])
  expect(fs.existsSync(touched)).toBe(false)
})

test('a signal reaches the program, and how it ended is told', async () => {
  await using cli = commandLine(viaNode)
  using silent = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    idleTimeout: 0,
    fetch: () => new Promise<Response>(() => {}),
  })
  const running = cli.start(['approvals', '--url', `http://127.0.0.1:${silent.port}`, '--token', 'psp_x'])
  while (silent.pendingRequests === 0) await Bun.sleep(5)
  running.kill('SIGTERM')
  expect((await running.ended).code).toBe(143)
  while (silent.pendingRequests > 0) await Bun.sleep(5)
})
