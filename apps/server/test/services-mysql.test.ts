import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { Connection } from '@permission-slip/protocol/connection.ts'
import { SQL } from 'bun'
import { flavours, type Gate, makeGate, until } from './harness.ts'

const server = process.env['PS_TEST_MYSQL']
const database = `ps_${crypto.randomUUID().replaceAll('-', '')}`
const password = 'pass-word-of-the-user-51c0'

for (const { flavour, skip } of flavours) {
  describe.skipIf(skip || !server)(`a real MariaDB (set PS_TEST_MYSQL), the gate on ${flavour}`, () => {
    // A client that is not ours looks at what happened.
    const own = new SQL({ url: server ?? 'mysql://127.0.0.1', adapter: 'mysql', max: 1 })
    const name = `${database}_${flavour}`
    const user = `ps_${flavour}_${crypto.randomUUID().slice(0, 8)}`
    let gate: Gate
    let connection: Connection
    beforeAll(async () => {
      await own.unsafe(`create database ${name}`)
      await own.unsafe(`create user '${user}'@'%' identified by '${password}'`)
      await own.unsafe(`grant all privileges on ${name}.* to '${user}'@'%'`)
      await own.unsafe(`create table ${name}.notes (id int auto_increment primary key, body varchar(100) not null)`)
      gate = await makeGate(flavour)
      const at = new URL(server ?? '')
      connection = await gate.owner.connections.add({
        connector: 'mysql',
        label: 'shop',
        fields: { url: `mysql://${user}:${password}@${at.hostname}:${at.port}/${name}?ssl-mode=DISABLED` },
        allow_private: [`${at.hostname}:${at.port}`],
      })
    })
    afterAll(async () => {
      await gate.close()
      await own.unsafe(`drop database ${name}`)
      await own.unsafe(`drop user '${user}'@'%'`)
      await own.end()
    })
    const bodies = async (): Promise<string[]> =>
      ((await own.unsafe(`select body from ${name}.notes order by id`)) as { body: string }[]).map((row) => row.body)

    test('the connection test says whose account it is, and what it may do', async () => {
      const tested = await gate.owner.connections.test(connection.id)
      expect(JSON.stringify(tested)).toContain(`${user}@%/${name}`)
      expect(JSON.stringify(tested)).toContain('ALL PRIVILEGES on')
      expect(JSON.stringify(tested)).not.toContain(password)
    })

    test('SQL waits, is shown as it will be sent, is approved, runs once, and the agent gets its rows', async () => {
      const { client } = await gate.agent()
      await gate.entries()
      const asked = await client.actions.submit({
        connector: 'mysql',
        action: 'query',
        params: { sql: 'select ? + 1 as n, database() as db', params: [41] },
      })
      expect(asked).toMatchObject({ status: 'pending', effect: 'run', risk: 'medium', connection: connection.id })
      const detail = await gate.owner.approvals.get(asked.id)
      expect(detail.requests.map((one) => one.body)).toEqual([
        'select ? + 1 as n, database() as db\n-- ?1 = 41\n-- at most 1000 rows',
      ])
      await gate.owner.approvals.approve(asked.id, { digest: asked.digest })
      const done = await until(client, asked.id, 'succeeded', 'failed')
      expect(done.error).toBeNull()
      expect(done.result).toMatchObject({ columns: ['n', 'db'], rows: [{ n: 42, db: name }] })
      expect((await gate.entries()).map((e) => e.type)).toEqual([
        'action.submitted',
        'action.voted',
        'action.approved',
        'action.started',
        'action.succeeded',
      ])
    })

    test('rows are there after the approval and not before, and a query writes nothing', async () => {
      const { client } = await gate.agent()
      const submit = (action: string, params: Record<string, unknown>) =>
        client.actions.submit({ connector: 'mysql', action, params: params as never })
      const approve = async (asked: { id: string; digest: string }) => {
        await gate.owner.approvals.approve(asked.id, { digest: asked.digest })
        return until(client, asked.id, 'succeeded', 'failed', 'unknown')
      }
      const insert = await submit('insert', { table: 'notes', rows: [{ body: 'approved' }] })
      expect(insert.summary.text).toContain('notes')
      expect(await bodies()).toEqual([])
      expect(await approve(insert)).toMatchObject({ status: 'succeeded', result: { row_count: 1, insert_id: 1 } })
      expect(await bodies()).toEqual(['approved'])
      for (const sql of [
        `insert into notes (body) values ('x') returning id`,
        `select 1; insert into notes (body) values ('x')`,
        `load data local infile '/etc/passwd' into table notes (body)`,
        `set global max_connections = 77`,
      ]) {
        const done = await approve(await submit('query', { sql }))
        expect([sql, done.status, done.error?.code]).toEqual([sql, 'failed', 'service_refused'])
      }
      expect(await bodies()).toEqual(['approved'])
      const all = await submit('delete', { table: 'notes', where: [{ column: 'body', op: '=', value: 0 }] })
      expect(await approve(all)).toMatchObject({ status: 'failed', error: { code: 'service_refused' } })
      expect(await bodies()).toEqual(['approved'])
    })
  })
}
