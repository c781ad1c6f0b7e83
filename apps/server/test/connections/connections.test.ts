import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { connection, connectionCheck, newConnection, patchConnection } from '@permission-slip/protocol/connection.ts'
import { Refusal } from '@permission-slip/protocol/errors.ts'
import { addConnection } from '../../src/connections/add.ts'
import { changeConnection } from '../../src/connections/change.ts'
import { listConnections, showConnection } from '../../src/connections/list.ts'
import { removeConnection } from '../../src/connections/remove.ts'
import { testConnection } from '../../src/connections/test.ts'
import { ConnectionTest } from '../../src/connections/test-permit.ts'
import { actorOf } from '../../src/http/caller.ts'
import { connectionRoutes } from '../../src/http/routes/connections.ts'
import { pgTest, place, redisTest } from '../egress/support.ts'
import { dump, entries, flavours, type House, makeHouse, owner } from './house.ts'

const canary = 'canary-of-a-connection-51c0'
const refusal = async (work: Promise<unknown>): Promise<Refusal> => {
  const error = await work.then(
    () => null,
    (e: unknown) => e,
  )
  if (!(error instanceof Refusal)) throw new Error(`expected a Refusal, got ${String(error)}`)
  expect(JSON.stringify([error.message, error.fields, error.more])).not.toContain(canary)
  return error
}

for (const { flavour, skip } of flavours)
  describe.skipIf(skip)(`connections on ${flavour}${skip ? ' (set PS_TEST_POSTGRES)' : ''}`, () => {
    let house: House
    beforeAll(async () => {
      house = await makeHouse(flavour)
    })
    afterAll(() => house.close())
    const add = (fields: Record<string, string>, over: Record<string, unknown> = {}, caller = owner()) =>
      addConnection(house.ctx, caller, newConnection.parse({ connector: 'postgres', label: 'Shop', fields, ...over }))
    const change = (id: string, asked: unknown, caller = owner()) =>
      changeConnection(house.ctx, caller, id, patchConnection.parse(asked))
    const url = `postgres://ada:${canary}@93.184.216.34:6543/shop?sslmode=require`
    const seen = async () => (await entries(house.ctx)).length
    const since = async (before: number) => (await entries(house.ctx)).slice(before)

    test('a pasted URL is taken apart: the password is sealed, the rest are fields; one entry, no secret anywhere', async () => {
      const before = await seen()
      const made = await add({ url: `  ${url}\n` })
      expect(connection.parse(made)).toEqual(made)
      expect(made.fields).toEqual({
        host: '93.184.216.34',
        port: '6543',
        user: 'ada',
        database: 'shop',
        tls: 'require',
      })
      expect([made.secrets_set, made.revision, made.status, made.egress_allowed]).toEqual([
        ['password'],
        1,
        'active',
        [],
      ])
      expect(await since(before)).toEqual([
        {
          type: 'connection.added',
          subject: made.id,
          data: { connector: 'postgres', revision: 1, secrets: 1, content: expect.stringMatching(/^sha256:/) },
        },
      ])
      expect(await showConnection(house.ctx, made.id)).toEqual(made)
      expect(await dump(house.ctx)).not.toContain(canary)
    })

    test('a wrong form is refused by name, all wrong fields at once, secrets never repeated; nothing is written', async () => {
      const before = [await seen(), (await listConnections(house.ctx, { limit: 200 })).items.length]
      const cases: [() => Promise<unknown>, string][] = [
        [() => add({ host: 'db.test', user: 'ada', sslrootcert: '/etc/passwd' }), 'fields.sslrootcert'],
        [() => add({ url: `postgres://ada:${canary}@db.test/shop?sslrootcert=/etc/passwd` }), 'fields.url'],
        [() => add({ url: `postgres://ada:${canary}@/shop?host=/var/run/postgresql` }), 'fields.url'],
        [() => add({ url: `postgres://ada:${canary}@%2Fvar%2Frun/shop` }), 'fields.'],
        [() => add({ host: '/var/run/postgresql', user: 'ada' }), 'fields.host'],
        [() => add({ host: 'a.test,b.test', user: 'ada' }), 'fields.host'],
        [() => add({ user: 'ada', password: canary }), 'fields.host'],
        [() => add({ host: 'db.test' }), 'fields.user'],
        [() => add({ host: 'db.test', user: 'ada', port: '99999' }), 'fields.port'],
        [() => add({ host: 'db.test', user: 'ada', tls: 'prefer' }), 'fields.tls'],
        [() => add({ host: 'db.test', user: 'ada', password: `${canary}\u0000` }), 'fields.password'],
        [() => add({}, { auth: 'oauth' }), 'auth'],
        [() => add({}, { connector: 'notebook' }), 'connector'],
      ]
      for (const [work, field] of cases) {
        const { code, fields } = await refusal(work())
        expect([code, fields[0]?.field]).toEqual(['invalid_request', expect.stringContaining(field)])
      }
      expect((await refusal(add({}, { connector: 'nowhere' }))).code).toBe('unknown_connector')
      expect([await seen(), (await listConnections(house.ctx, { limit: 200 })).items.length]).toEqual(before)
    })

    test('a private address is refused by name until the owner, freshly signed in, allows exactly it', async () => {
      const fields = { host: '192.168.7.7', user: 'ada', password: canary }
      const asked = await refusal(add(fields))
      expect([asked.code, asked.more]).toEqual(['egress_refused', { addresses: ['192.168.7.7:5432'] }])
      const allow = { allow_private: ['192.168.7.7:5432'] }
      expect((await refusal(add(fields, allow, owner({ fresh: false })))).code).toBe('fresh_sign_in_required')
      for (const other of ['192.168.7.7:5433', '192.168.7.7', '192.168.0.0/16', '10.0.0.1:5432'])
        expect((await refusal(add(fields, { allow_private: [other] }))).fields[0]?.field).toBe('allow_private')
      const before = await seen()
      const made = await add(fields, allow)
      expect(made.egress_allowed).toEqual(['192.168.7.7:5432'])
      expect((await since(before)).map((one) => [one.type, one.subject, one.data['name']])).toEqual([
        ['connection.added', made.id, undefined],
        ['settings.changed', made.id, 'egress'],
      ])
      // The token from set-up may, another token may not.
      const token = { via: 'token', fresh: false } as const
      expect((await refusal(add(fields, allow, owner(token)))).code).toBe('forbidden')
      expect((await add(fields, allow, owner({ ...token, fromSetup: true }))).egress_allowed).toEqual([
        '192.168.7.7:5432',
      ])
    })

    test('a name that does not resolve now can be entered: egress looks again at every use', async () => {
      const made = await add({
        host: 'nowhere.invalid',
        user: 'ada',
        database: 'shop',
        password: canary,
        tls: 'verify',
      })
      expect([made.fields['host'], made.egress_allowed]).toEqual(['nowhere.invalid', []])
    })

    test('link-local and metadata addresses, our own port and our own database are refused although allowed', async () => {
      const own = { host: '127.0.0.1', port: String(house.ctx.config.port) }
      const database =
        flavour === 'postgres'
          ? [{ host: new URL(house.ctx.config.databaseUrl).hostname, port: new URL(house.ctx.config.databaseUrl).port }]
          : []
      for (const { host, port } of [
        { host: '169.254.169.254', port: '80' },
        { host: 'fd00:ec2::254', port: '80' },
        { host: 'fe80::1', port: '5432' },
        own,
        ...database,
      ]) {
        const name = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
        for (const allow_private of [undefined, [name]]) {
          const refused = await refusal(add({ host, port, user: 'ada', password: canary }, { allow_private }))
          expect([refused.code, refused.more, refused.message]).toEqual([
            'egress_refused',
            {},
            expect.stringContaining('can never be reached'),
          ])
        }
      }
    })

    test('a name of its own, a pause, limits: no new revision', async () => {
      const made = await add({ url })
      const before = await seen()
      const changed = await change(made.id, {
        label: 'Shop, read',
        status: 'paused',
        actions_off: ['execute', 'execute'],
        concurrency: 2,
        rate_per_minute: 60,
      })
      expect(changed).toEqual({
        ...made,
        label: 'Shop, read',
        status: 'paused',
        actions_off: ['execute'],
        concurrency: 2,
        rate_per_minute: 60,
      })
      expect((await since(before)).map((one) => [one.type, one.data['revision']])).toEqual([['connection.changed', 1]])
      expect((await refusal(change(made.id, { actions_off: ['nothing_like_it'] }))).fields[0]?.field).toBe(
        'actions_off',
      )
      expect((await change(made.id, { rate_per_minute: null })).rate_per_minute).toBeNull()
    })

    test('pointing it elsewhere needs the secret again; it is a new revision, sealed to the new place', async () => {
      const made = await add({ url })
      for (const moved of [
        { host: 'other.test' },
        { port: '5432' },
        { user: 'eve' },
        { database: 'other' },
        { tls: 'verify' },
        { host: 'other.test', tls: 'disable' },
      ])
        expect((await refusal(change(made.id, { fields: moved }))).fields).toEqual([
          { field: 'fields.password', expected: expect.stringContaining('the secret again'), got: 'nothing' },
        ])
      expect((await showConnection(house.ctx, made.id)).revision).toBe(1)
      const changed = await change(made.id, { fields: { host: '93.184.216.99', password: `${canary}-new` } })
      expect([
        changed.revision,
        changed.fields['host'],
        changed.fields['user'],
        changed.account_id,
        changed.check,
      ]).toEqual([2, '93.184.216.99', 'ada', null, null])
      const open = async () =>
        (
          await house.ctx.vault.open(
            ConnectionTest.permit({ connection: made.id, connector: 'postgres' }),
            made.id,
            (
              await showConnection(house.ctx, made.id)
            ).fields,
          )
        )
          .get('password')
          ?.reveal()
      expect(await open()).toBe(`${canary}-new`)
      const pasted = await change(made.id, { fields: { url: `postgres://bob:${canary}-3@93.184.216.34/` } })
      expect([pasted.revision, pasted.fields['user'], pasted.fields['database']]).toEqual([3, 'bob', 'bob'])
      expect(await open()).toBe(`${canary}-3`)
      const replaced = await change(made.id, { fields: { password: `${canary}-4` } })
      expect([replaced.revision, await open()]).toEqual([4, `${canary}-4`])
      const removed = await change(made.id, { fields: { password: '' } })
      expect([removed.secrets_set, await open()]).toEqual([[], undefined])
    })

    test('what was allowed for one address is not allowed for the next', async () => {
      const made = await add(
        { host: '192.168.7.7', user: 'ada', password: canary },
        { allow_private: ['192.168.7.7:5432'] },
      )
      const moved = { fields: { host: '192.168.7.8', password: canary } }
      expect((await refusal(change(made.id, moved))).more).toEqual({ addresses: ['192.168.7.8:5432'] })
      expect((await change(made.id, { ...moved, allow_private: ['192.168.7.8:5432'] })).egress_allowed).toEqual([
        '192.168.7.8:5432',
      ])
      expect((await change(made.id, { fields: { password: canary } })).egress_allowed).toEqual(['192.168.7.8:5432'])
      expect((await change(made.id, { fields: { host: '93.184.216.34', password: canary } })).egress_allowed).toEqual(
        [],
      )
    })

    test('removed, it is gone from the list, its keys are destroyed, and nothing more is done with it', async () => {
      const made = await add({ url })
      const before = await seen()
      await removeConnection(house.ctx, owner(), made.id)
      expect(await since(before)).toEqual([{ type: 'connection.removed', subject: made.id, data: { revision: 2 } }])
      expect((await listConnections(house.ctx, { limit: 200 })).items.map((one) => one.id)).not.toContain(made.id)
      const left = await showConnection(house.ctx, made.id)
      expect([left.status, left.label, left.secrets_set]).toEqual(['removed', 'Shop', []])
      const again = [
        () => removeConnection(house.ctx, owner(), made.id),
        () => change(made.id, { label: 'x' }),
        () => testConnection(house.ctx, actorOf(owner()), made.id),
      ]
      for (const work of again) expect((await refusal(work())).code).toBe('not_found')
    })

    test('the list is newest first, page by page', async () => {
      const all = (await listConnections(house.ctx, { limit: 200 })).items.map((one) => one.id)
      expect(all).toEqual([...all].sort().reverse())
      const paged: string[] = []
      for (let cursor: string | undefined; ; ) {
        const page = await listConnections(house.ctx, { limit: 2, ...(cursor ? { cursor } : {}) })
        paged.push(...page.items.map((one) => one.id))
        if (page.next_cursor === null) break
        cursor = page.next_cursor
      }
      expect(paged).toEqual(all)
      expect((await listConnections(house.ctx, { limit: 9, connector: 'redis' })).items).toEqual([])
    })

    describe.skipIf(!redisTest)('tested against a real Redis (set PS_TEST_REDIS)', () => {
      const at = place(redisTest ?? 'redis://127.0.0.1:1')
      const redis = (fields: Record<string, string> = {}) =>
        add(
          { host: at.host, port: at.port, tls: 'disable', ...fields },
          { connector: 'redis', allow_private: [`${fields['host'] ?? at.host}:${fields['port'] ?? at.port}`] },
        )

      test('a test says whose account it is, and is logged beside it', async () => {
        const made = await redis()
        const before = await seen()
        const result = await testConnection(house.ctx, actorOf(owner()), made.id)
        expect(connectionCheck.parse(result)).toEqual(result)
        expect([result.ok, result.error, result.account]).toEqual([true, null, expect.stringContaining(at.name)])
        expect(await since(before)).toEqual([
          { type: 'connection.tested', subject: made.id, data: { ok: true, revision: 1, content: expect.any(String) } },
        ])
        expect((await showConnection(house.ctx, made.id)).check).toEqual(result)
      })

      test('a refused credential marks the connection, a repaired one clears the mark; the secret is in no word of it', async () => {
        const made = await redis({ password: canary })
        const bad = await testConnection(house.ctx, actorOf(owner()), made.id)
        expect([bad.ok, bad.error?.code]).toEqual([false, 'credential_refused'])
        expect(JSON.stringify(bad)).not.toContain(canary)
        expect((await showConnection(house.ctx, made.id)).status).toBe('needs_attention')
        expect((await change(made.id, { fields: { password: '' } })).status).toBe('active')
        expect((await testConnection(house.ctx, actorOf(owner()), made.id)).ok).toBe(true)
        expect(await dump(house.ctx)).not.toContain(canary)
      })

      test('a server that is not there is no refused credential', async () => {
        const made = await redis({ port: '1' })
        const result = await testConnection(house.ctx, actorOf(owner()), made.id)
        expect([result.ok, result.error?.code]).toEqual([false, 'not_sent'])
        expect((await showConnection(house.ctx, made.id)).status).toBe('active')
      })
    })

    // Our own database is no service: where it is on the only server at hand, there is none to show this with.
    if (flavour === 'sqlite')
      test.skipIf(!pgTest)(
        'another account under the same connection is refused and pauses it: it is one of its own',
        async () => {
          const at = place(pgTest ?? '')
          const made = await add(
            { host: at.host, port: at.port, user: 'postgres', tls: 'disable' },
            { allow_private: [at.name] },
          )
          const test = () => testConnection(house.ctx, actorOf(owner()), made.id)
          const first = await test()
          expect([first.ok, first.account]).toEqual([true, 'postgres@postgres'])
          expect(first.warnings.join()).toContain('superuser')
          await house.ctx.writer.write(
            async (tx) =>
              void (await tx.db
                .updateTable('connections')
                .set({ account_id: 'ada@shop', account_label: 'ada@shop' })
                .where('id', '=', made.id)
                .execute()),
          )
          const other = await test()
          expect([other.ok, other.error]).toEqual([
            false,
            { code: 'credential_refused', message: expect.stringContaining('of postgres@postgres, not of ada@shop') },
          ])
          const { status, account_id } = await showConnection(house.ctx, made.id)
          expect([status, account_id]).toEqual(['paused', 'ada@shop'])
          expect(other.warnings.at(-1)).toBe('Paused: the credential is of postgres@postgres, not of ada@shop.')
        },
      )

    test('only an owner changes, and a token needs the scope for it', () => {
      const table = connectionRoutes(house.ctx).map((one) => [
        one.method,
        one.path.replace('/api/v1/connections', ''),
        one.who.join(),
        one.scope,
      ])
      expect(table).toEqual([
        ['GET', '', 'viewer', 'read'],
        ['POST', '', 'owner', 'manage'],
        ['GET', '/{id}', 'viewer', 'read'],
        ['PATCH', '/{id}', 'owner', 'manage'],
        ['DELETE', '/{id}', 'owner', 'manage'],
        ['POST', '/{id}/test', 'owner', 'manage'],
      ])
    })
  })
