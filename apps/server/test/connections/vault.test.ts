import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import fs from 'node:fs'
import path from 'node:path'
import { inspect } from 'node:util'
import type { Permit } from '../../src/actions/permit.ts'
import { addConnection } from '../../src/connections/add.ts'
import { changeConnection } from '../../src/connections/change.ts'
import { readConnection } from '../../src/connections/list.ts'
import { removeConnection } from '../../src/connections/remove.ts'
import { Secret } from '../../src/connections/secret.ts'
import { ConnectionTest } from '../../src/connections/test-permit.ts'
import type { Context } from '../../src/context.ts'
import { dump, flavours, type House, makeHouse, owner } from './house.ts'

const canary = 'canary-in-the-vault-7f3a9e'
const permit = (connection: string, connector = 'postgres') => ConnectionTest.permit({ connection, connector })
const add = (house: House, label: string, host: string, password = canary) =>
  addConnection(house.ctx, owner(), {
    connector: 'postgres',
    label,
    fields: { host, user: 'ada', password, tls: 'verify' },
  })
/** As whoever reads the row now opens it. */
const openNow = async (ctx: Context, by: Permit, id: string) =>
  ctx.vault.open(by, id, JSON.parse((await readConnection(ctx.db, id, true)).fields) as Record<string, string>)
const why = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'opened',
    (e: Error) => e.message,
  )

describe('a secret', () => {
  const secret = new Secret(canary)
  test('shows itself nowhere', () => {
    const shown = [
      String(secret),
      `${secret}`,
      JSON.stringify({ secret }),
      inspect(secret),
      inspect({ deep: [secret] }, { showHidden: true, depth: 9 }),
      Bun.inspect(secret),
      `${secret}`,
      new Error(`${secret}`).stack ?? '',
      JSON.stringify([...new Map([['a', secret]])]),
    ]
    for (const text of shown) expect(text).not.toContain(canary)
    expect(Object.keys(secret)).toEqual([])
    expect(Object.getOwnPropertyNames(secret)).toEqual([])
    expect(secret.reveal()).toBe(canary)
  })
  test('is opened by egress, its drivers and nobody else', () => {
    const root = path.join(import.meta.dir, '../../src')
    const callers = (pattern: RegExp) =>
      fs
        .readdirSync(root, { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts') && pattern.test(fs.readFileSync(path.join(root, file), 'utf8')))
        .sort()
    expect(callers(/\.reveal\(/).filter((file) => !file.startsWith('egress/'))).toEqual([])
    expect(callers(/ConnectionTest\.permit\(/)).toEqual(['connections/test.ts'])
    expect(callers(/\bsecretBound\(/)).toEqual(['connections/vault.ts'])
  })
})

for (const { flavour, skip } of flavours)
  describe.skipIf(skip)(`the vault on ${flavour}${skip ? ' (set PS_TEST_POSTGRES)' : ''}`, () => {
    let house: House
    beforeAll(async () => {
      house = await makeHouse(flavour)
    })
    afterAll(() => house.close())

    test('gives back what was sealed, for a permit of this connection, and keeps it out of the database', async () => {
      const made = await add(house, 'one', '93.184.216.34')
      const opened = await openNow(house.ctx, permit(made.id), made.id)
      expect([...opened.keys()]).toEqual(['password'])
      expect(opened.get('password')?.reveal()).toBe(canary)
      expect(await dump(house.ctx)).not.toContain(canary)
      expect(JSON.stringify(made)).not.toContain(canary)
      expect(made.secrets_set).toEqual(['password'])
      if (house.ctx.database.file) expect(fs.readFileSync(house.ctx.database.file).includes(canary)).toBe(false)
      await house.restart()
      expect((await openNow(house.ctx, permit(made.id), made.id)).get('password')?.reveal()).toBe(canary)
    })

    test('opens for nothing but a genuine permit that names this connection', async () => {
      const made = await add(house, 'two', '93.184.216.34')
      const real = permit(made.id)
      const forged: unknown[] = [
        undefined,
        {},
        { action: null, connection: made.id, connector: 'postgres' },
        Object.create(real),
        structuredClone({ ...real }),
        Object.assign(Object.create(ConnectionTest.prototype as object) as object, {}),
      ]
      for (const one of forged)
        expect(await why(house.ctx.vault.open(one as Permit, made.id, made.fields))).toContain('a permit only')
      expect(await why(house.ctx.vault.open(permit('con_other'), made.id, made.fields))).toContain('another connection')
      expect(await why(house.ctx.vault.open(permit(made.id, 'redis'), made.id, made.fields))).toContain(
        'another connector',
      )
    })

    test('a secret is bound to its destination: moved, swapped, pointed elsewhere or touched, it does not open', async () => {
      const { ctx } = house
      const one = await add(house, 'three', '93.184.216.34')
      const other = await add(house, 'four', '93.184.216.34', 'another secret of the other')
      const write = (work: Parameters<typeof ctx.writer.write<void>>[0]) => ctx.writer.write(work)
      const row = await ctx.db
        .selectFrom('connection_secrets')
        .selectAll()
        .where('connection', '=', one.id)
        .executeTakeFirstOrThrow()
      const restore = () =>
        write(
          async (tx) =>
            void (await tx.db.updateTable('connection_secrets').set(row).where('connection', '=', one.id).execute()),
        )
      const refused = async (what: (tx: Parameters<Parameters<typeof write>[0]>[0]) => Promise<unknown>) => {
        await write(async (tx) => void (await what(tx)))
        expect(await why(openNow(ctx, permit(one.id), one.id))).toContain("can't be opened")
        await restore()
      }
      // Another connection's row in its place.
      const theirs = await ctx.db
        .selectFrom('connection_secrets')
        .selectAll()
        .where('connection', '=', other.id)
        .executeTakeFirstOrThrow()
      await refused((tx) =>
        tx.db
          .updateTable('connection_secrets')
          .set({ wrapped_key: theirs.wrapped_key, sealed: theirs.sealed })
          .where('connection', '=', one.id)
          .execute(),
      )
      await refused((tx) =>
        tx.db
          .updateTable('connection_secrets')
          .set({ sealed: theirs.sealed })
          .where('connection', '=', one.id)
          .execute(),
      )
      // Every part of the row matters, each byte of it.
      for (const column of ['wrapped_key', 'sealed'] as const)
        for (const at of [0, 12, 30]) {
          const touched = new Uint8Array(row[column])
          touched[at] = (touched[at] ?? 0) ^ 1
          await refused((tx) =>
            tx.db
              .updateTable('connection_secrets')
              .set({ [column]: touched })
              .where('connection', '=', one.id)
              .execute(),
          )
        }
      await refused((tx) =>
        tx.db.updateTable('connection_secrets').set({ key_version: 2 }).where('connection', '=', one.id).execute(),
      )
      // The connection points elsewhere, or to somebody else, than when it was sealed.
      for (const [name, value] of [
        ['host', 'evil.test'],
        ['port', '5433'],
        ['user', 'postgres'],
        ['database', 'other'],
        ['tls', 'disable'],
      ] as const) {
        const fields = JSON.stringify({ ...one.fields, [name]: value })
        await write(
          async (tx) =>
            void (await tx.db.updateTable('connections').set({ fields }).where('id', '=', one.id).execute()),
        )
        expect(await why(openNow(ctx, permit(one.id), one.id))).toContain("can't be opened")
      }
      await write(
        async (tx) =>
          void (await tx.db
            .updateTable('connections')
            .set({ fields: JSON.stringify(one.fields), connector: 'redis' })
            .where('id', '=', one.id)
            .execute()),
      )
      expect(await why(openNow(ctx, permit(one.id, 'redis'), one.id))).toContain("can't be opened")
      await write(
        async (tx) =>
          void (await tx.db
            .updateTable('connections')
            .set({ connector: 'postgres' })
            .where('id', '=', one.id)
            .execute()),
      )
      expect(await why(openNow(ctx, permit(one.id), one.id))).toBe('opened')
    })

    test('a secret entered for a new place never opens for a row that was read before and still names the old one', async () => {
      const { ctx } = house
      const made = await add(house, 'moved', '93.184.216.34')
      const before = { ...made.fields }
      const fields = { host: '93.184.216.99', password: 'for the new place only' }
      const { fields: after } = await changeConnection(ctx, owner(), made.id, { fields })
      expect(await why(ctx.vault.open(permit(made.id), made.id, before))).toContain("can't be opened")
      expect((await ctx.vault.open(permit(made.id), made.id, after)).get('password')?.reveal()).toBe(fields.password)
    })

    test('removing a connection destroys its keys', async () => {
      const made = await add(house, 'five', '93.184.216.34')
      await removeConnection(house.ctx, owner(), made.id)
      expect(
        await house.ctx.db.selectFrom('connection_secrets').selectAll().where('connection', '=', made.id).execute(),
      ).toEqual([])
      expect(await why(openNow(house.ctx, permit(made.id), made.id))).toContain('not there any more')
    })
  })
