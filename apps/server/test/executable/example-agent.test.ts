import { expect, test } from 'bun:test'
import fs from 'node:fs'
import path from 'node:path'
import { answer, makePlace } from './program.ts'

const example = path.join(import.meta.dir, '../../../../docs/examples/agent.mjs')

test('the example agent, which has none of our code, enrols, asks and gets its result', async () => {
  await using place = makePlace()
  const server = await place.serve()
  const at = { PERMISSION_SLIP_PUBLIC_URL: server.url }
  const owner = ['setup', '--email', 'ada@example.org', '--name', 'Ada', '--password-stdin', '--json']
  const setup = answer(await place.run(owner, { env: at, stdin: 'correct horse battery staple' }))
  const env = { ...at, PERMISSION_SLIP_TOKEN: String(setup['token']) }
  const cli = async (...args: string[]) => answer(await place.run([...args, '--json'], { env }))
  const file = path.join(place.folder, 'agent.mjs')
  fs.copyFileSync(example, file)
  const node = async (...args: string[]) => {
    const child = Bun.spawn(['node', file, ...args], {
      stdout: 'pipe',
      stderr: 'pipe',
      env: { PATH: process.env['PATH'] ?? '' },
    })
    const [out, err, code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ])
    return answer({ out, err, code })
  }

  const { code } = await cli('agent', 'invite')
  const { agent, status } = await node('enroll', server.url, String(code))
  expect(status).toBe('unconfirmed')
  await cli('agent', 'confirm', String(agent))
  const asked = node('submit', 'notebook.write', JSON.stringify({ page: 'hello', body: 'Hello' }))
  let waiting: unknown[] = []
  while (waiting.length === 0) {
    const { items } = await cli('approvals')
    waiting = Array.isArray(items) ? items : []
  }
  const [first] = waiting
  const id = typeof first === 'object' && first !== null && 'id' in first ? String(first.id) : ''
  await cli('approve', id)
  expect(await asked).toMatchObject({ id, agent, status: 'succeeded', result: { page: 'hello', version: 1 } })
})
