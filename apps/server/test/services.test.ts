import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { Connection } from '@permission-slip/protocol/connection.ts'
import { RedisClient } from 'bun'
import pg from 'pg'
import { flavours, freshPostgres, type Gate, makeGate, redisUrl, targetUrl, typesOf, until } from './harness.ts'

for (const { flavour, skip } of flavours) {
  describe.skipIf(skip || !targetUrl || !redisUrl)(`real services, the gate on ${flavour}`, () => {
    let gate: Gate
    let target: Awaited<ReturnType<typeof freshPostgres>>
    let postgres: Connection
    let redis: Connection
    beforeAll(async () => {
      target = await freshPostgres(targetUrl)
      gate = await makeGate(flavour)
      const at = new URL(target.url)
      const made = await gate.owner.connections.add({
        connector: 'postgres',
        label: 'shop',
        fields: { url: `${target.url}?sslmode=disable` },
        allow_private: [`${at.hostname}:${at.port}`],
      })
      postgres = made
      const cache = new URL(redisUrl ?? '')
      redis = await gate.owner.connections.add({
        connector: 'redis',
        label: 'cache',
        fields: { url: `${cache.href}/7` },
        allow_private: [`${cache.hostname}:${cache.port}`],
      })
    })
    afterAll(async () => {
      await gate.close()
      await target.drop()
    })

    test('SQL on a real PostgreSQL waits, is approved, runs, and the agent gets its rows', async () => {
      const { client } = await gate.agent()
      await gate.entries()
      const asked = await client.actions.submit({
        connector: 'postgres',
        action: 'query',
        params: { sql: 'select $1::int + 1 as n, current_user as who', params: [41] },
      })
      expect(asked).toMatchObject({
        status: 'pending',
        effect: 'run',
        risk: 'medium',
        connection: postgres.id,
        connection_revision: postgres.revision,
      })
      const detail = await gate.owner.approvals.get(asked.id)
      expect(detail.requests).toHaveLength(1)
      expect(detail.requests[0]?.body).toContain('select $1::int + 1 as n')
      await gate.owner.approvals.approve(asked.id, { digest: asked.digest })
      const done = await until(client, asked.id, 'succeeded', 'failed')
      expect(done.error).toBeNull()
      expect(done.result).toMatchObject({ columns: ['n', 'who'], rows: [{ n: 42, who: 'postgres' }] })
      expect((await gate.entries()).map((e) => e.type)).toEqual([
        'action.submitted',
        'action.voted',
        'action.approved',
        'action.started',
        'action.succeeded',
      ])
    })

    test('a query writes nothing, whatever it says; execute does what was approved, once', async () => {
      const { client } = await gate.agent()
      const own = new pg.Client({ connectionString: target.url })
      await own.connect()
      await own.query('create table if not exists notes (id serial primary key, body text)')
      const run = async (action: string, sql: string) => {
        const asked = await client.actions.submit({ connector: 'postgres', action, params: { sql } })
        await gate.owner.approvals.approve(asked.id, { digest: asked.digest })
        return until(client, asked.id, 'succeeded', 'failed', 'unknown')
      }
      for (const sql of [
        "insert into notes (body) values ('x')",
        "select 1; commit; insert into notes (body) values ('x')",
        "copy (select 1) to program 'touch /tmp/never'",
        "select pg_read_file('/etc/passwd')",
        'with a as (insert into notes (body) values (1) returning 1) select * from a',
      ]) {
        const done = await run('query', sql)
        expect([sql, done.status === 'succeeded' && !sql.includes('pg_read_file')]).toEqual([sql, false])
      }
      expect((await own.query('select count(*)::int as n from notes')).rows[0]?.n).toBe(0)
      const done = await run('execute', "insert into notes (body) values ('approved') returning id")
      expect(done).toMatchObject({ status: 'succeeded', result: { rows: [{ id: expect.any(Number) }] } })
      expect((await own.query('select body from notes')).rows).toEqual([{ body: 'approved' }])
      const wrong = await run('execute', 'this is not SQL')
      expect(wrong).toMatchObject({ status: 'failed', error: { code: 'service_refused' } })
      expect(wrong.error?.message).toContain('syntax error')
      await own.end()
    })

    test('a write to a real Redis is there after the approval, and not before', async () => {
      const { client } = await gate.agent()
      const own = new RedisClient(`${redisUrl}/7`)
      const key = `k${crypto.randomUUID()}`
      const asked = await client.actions.submit({ connector: 'redis', action: 'set', params: { key, value: 'hello' } })
      expect(asked.connection).toBe(redis.id)
      expect(await own.get(key)).toBeNull()
      await gate.owner.approvals.approve(asked.id, { digest: asked.digest })
      expect((await until(client, asked.id, 'succeeded', 'failed')).error).toBeNull()
      expect(await own.get(key)).toBe('hello')
      own.close()
    })

    test('a connection that changed after the approval was asked for withdraws it', async () => {
      const { client } = await gate.agent()
      const asked = await client.actions.submit({ connector: 'redis', action: 'get', params: { key: 'x' } })
      const cache = new URL(redisUrl ?? '')
      await gate.owner.connections.change(redis.id, {
        fields: { url: `${cache.href}/8` },
        allow_private: [`${cache.hostname}:${cache.port}`],
      })
      await gate.owner.approvals.approve(asked.id, { digest: asked.digest })
      const done = await until(client, asked.id, 'cancelled', 'succeeded')
      expect(done.error?.code).toBe('connection_changed')
      expect(typesOf(await gate.entries(), asked.id)).not.toContain('action.started')
    })
  })
}
