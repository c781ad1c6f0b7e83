import { expect, test } from 'bun:test'
import fs from 'node:fs'
import path from 'node:path'
import { makeApp } from '../../src/http/app.ts'
import { type RoleRow, roleTable } from '../../src/people/roles.ts'
import { makeGate } from '../harness.ts'

const file = path.join(import.meta.dir, '../../../../docs/roles.md')
const agents = { none: '', confirmed: 'yes', all: 'also unconfirmed' } as const

const line = (row: RoleRow): string => {
  const people = row.role === 'public' ? 'anybody' : (row.role ?? '')
  return `| ${row.method} | \`${row.path}\` | ${people} | ${row.scope ?? ''} | ${row.fresh ? 'yes' : ''} | ${agents[row.agents]} |`
}

/** The page as it must stand: PS_WRITE_DOCS=1 writes it. */
const page = (rows: readonly RoleRow[]): string => `# Who may call what

Made from the one table that the server itself asks (\`apps/server/src/people/roles.ts\`), and held equal to it by a test.
A role includes those below it: owner, approver, viewer. A personal token needs the scope as well; where a fresh sign-in
is needed, a session must have been opened or proved again within five minutes. Agents come through only where the last
column says so, and then see what is their own.

| | address | people, from | scope | fresh | agents |
|---|---|---|---|---|---|
${rows.map(line).join('\n')}
`

test('the table of roles in the documents is the one that the server asks', async () => {
  const gate = await makeGate('sqlite')
  const wanted = page(roleTable(makeApp(gate.running.ctx).routes))
  await gate.close()
  if (process.env['PS_WRITE_DOCS'] === '1') fs.writeFileSync(file, wanted)
  expect(fs.readFileSync(file, 'utf8')).toBe(wanted)
})

test('what decides, and what hands out rights, is in no column of agents', async () => {
  const gate = await makeGate('sqlite')
  const rows = roleTable(makeApp(gate.running.ctx).routes)
  await gate.close()
  const open = rows.filter((row) => row.agents !== 'none').map((row) => `${row.method} ${row.path}`)
  expect(open).toEqual([
    'POST /api/v1/actions',
    'GET /api/v1/actions',
    'GET /api/v1/actions/{id}',
    'POST /api/v1/actions/{id}/cancel',
    'GET /api/v1/me',
    'POST /api/v1/agents/{id}/keys',
    'DELETE /api/v1/agents/{id}/keys/{key}',
    'GET /api/v1/connectors',
    'GET /api/v1/connectors/{id}',
    'GET /api/v1/log/proof/{id}',
    'POST /api/v1/files',
  ])
  const anybody = rows.filter((row) => row.role === 'public' && row.method !== 'GET').map((row) => row.path)
  expect(anybody).toEqual(['/api/v1/setup', '/api/v1/session', '/api/v1/enrollments'])
})
