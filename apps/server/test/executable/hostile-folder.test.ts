import { expect, test } from 'bun:test'
import fs from 'node:fs'
import path from 'node:path'
import { makePlace, type Place } from './program.ts'

/** Everything by which a folder could put code or settings into a program that is started in it. */
function makeHostile(place: Place): string {
  const touched = path.join(place.home, 'touched')
  const put = (name: string, text: string) => {
    const file = path.join(place.folder, name)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, text)
  }
  const evil = `require('node:fs').appendFileSync(${JSON.stringify(touched)}, __filename + '\\n')\n`
  put('evil.ts', evil)
  const variables = [
    'PERMISSION_SLIP_DATA_DIR=./stolen',
    'PERMISSION_SLIP_PUBLIC_URL=http://evil.example',
    'PERMISSION_SLIP_EGRESS_ALLOW=0.0.0.0/0',
    'PERMISSION_SLIP_TOKEN=psp_stolen',
    'NODE_TLS_REJECT_UNAUTHORIZED=0',
    `BUN_OPTIONS=--preload=${place.folder}/evil.ts`,
    'HTTP_PROXY=http://127.0.0.1:1',
  ].join('\n')
  for (const name of ['.env', '.env.local', '.env.production', '.env.development']) put(name, `${variables}\n`)
  put('bunfig.toml', 'preload = ["./evil.ts"]\n[run]\npreload = ["./evil.ts"]\n[test]\npreload = ["./evil.ts"]\n')
  put('package.json', '{"name":"permission-slip","main":"./evil.ts","imports":{"#*":"./evil.ts"},"type":"module"}')
  const paths = { '*': ['./evil.ts'], 'node:*': ['./evil.ts'], '@permission-slip/*': ['./evil.ts'] }
  put('tsconfig.json', JSON.stringify({ compilerOptions: { baseUrl: '.', paths } }))
  for (const name of [
    'zod',
    'hono',
    'kysely',
    'pg',
    'pg-native',
    'pino',
    'pino-pretty',
    '@scure/bip39',
    'bun',
    '@permission-slip/server',
  ]) {
    put(`node_modules/${name}/package.json`, JSON.stringify({ name, main: './index.js' }))
    put(`node_modules/${name}/index.js`, evil)
  }
  return touched
}

test('started in a hostile folder, nothing of it runs or counts', async () => {
  await using place = makePlace()
  const touched = makeHostile(place)
  const before = fs.readdirSync(place.folder).sort()
  const server = await place.serve()
  expect(server.url).toStartWith('http://localhost:')
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
  expect((await fetch(`${server.url}/api/v1/connectors`)).status).toBe(401)
  const rendered = await place.run(['connectors', 'render', '--all', '--json'])
  expect([rendered.code, rendered.err]).toEqual([0, ''])
  const asked = await place.run(['approvals', '--json'], { env: { PERMISSION_SLIP_PUBLIC_URL: server.url } })
  expect([asked.code, JSON.parse(asked.out).code]).toEqual([1, 'unauthenticated'])
  expect(await server.stop()).toBe(0)
  expect(fs.existsSync(touched)).toBe(false)
  expect(fs.readdirSync(place.folder).sort()).toEqual(before)
  expect(fs.existsSync(path.join(place.home, '.permission-slip/log.key'))).toBe(true)
})

// With BUN_BE_BUN=1 the file is plain Bun: our code never starts, and can't refuse. The service unit clears the
// environment. What BUN_OPTIONS preloads has run when we refuse.
test.each([
  ['BUN_OPTIONS', '--smol'],
  ['BUN_BE_BUN', '0'],
  ['NODE_TLS_REJECT_UNAUTHORIZED', '0'],
])('with %s set it refuses to run, and says why', async (name, value) => {
  await using place = makePlace()
  for (const args of [['serve'], ['--version'], ['submit', 'notebook.list']]) {
    const { code, out, err } = await place.run(args, { env: { [name]: value } })
    expect([code, out]).toEqual([1, ''])
    expect(err).toContain(`does not run with ${name} set`)
  }
  expect(fs.readdirSync(place.home)).toEqual([])
})
