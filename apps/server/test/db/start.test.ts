import { Database as Sqlite } from 'bun:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { sql } from 'kysely'
import { migrate, NewerSchema, schemaVersion } from '../../src/db/migrate.ts'
import { type Migration, migrations } from '../../src/db/migrations/index.ts'
import { openDatabase } from '../../src/db/open.ts'
import { isStartRefusal, serve } from '../../src/serve.ts'
import { flavours, freshPostgres, makeGate } from '../harness.ts'

const hooks = { first: async () => {}, check: async () => {} }
const step = (name: string, statement: string): Migration => ({
  name,
  up: async (db) => void (await sql.raw(statement).execute(db)),
})
const error = async (work: Promise<unknown>): Promise<Error> => {
  const caught = await work.then(
    () => null,
    (e: unknown) => e,
  )
  if (!(caught instanceof Error)) throw new Error('nothing was refused')
  return caught
}

for (const { flavour, skip } of flavours) {
  describe.skipIf(skip)(`migrations on ${flavour}`, () => {
    let dir: string
    let url: string
    let drop: () => Promise<void> = async () => {}
    beforeAll(async () => {
      dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ps-start-'))
      const fresh = flavour === 'postgres' ? await freshPostgres() : null
      url = fresh?.url ?? `sqlite:${path.join(dir, 'one.db')}`
      drop = fresh?.drop ?? drop
    })
    afterAll(async () => {
      await drop()
      fs.rmSync(dir, { recursive: true, force: true })
    })

    test('one that fails leaves nothing of itself, nor of those before it in the same start', async () => {
      const database = await openDatabase(url)
      const bad = [...migrations, step('good', 'create table good (a integer)'), step('bad', 'create table nonsense (')]
      await error(migrate(database, hooks, bad))
      expect((await error(schemaVersion(database.read))).message).toMatch(/meta/)
      expect(await migrate(database, hooks)).toEqual({ from: 0, to: migrations.length })
      await error(migrate(database, hooks, bad))
      expect(await schemaVersion(database.read)).toBe(migrations.length)
      expect((await error(sql`select * from good`.execute(database.read))).message).toMatch(/good/)
      await database.close()
    })

    test('a first start whose keys can not be made leaves an empty database, so that the next one makes them', async () => {
      const fresh = flavour === 'postgres' ? await freshPostgres() : null
      const database = await openDatabase(fresh?.url ?? `sqlite:${path.join(dir, 'two.db')}`)
      const no = async () => {
        throw new Error('no keys')
      }
      expect((await error(migrate(database, { first: no, check: hooks.check }))).message).toBe('no keys')
      let made = 0
      await migrate(database, { first: async () => void made++, check: no })
      expect(made).toBe(1)
      await database.close()
      await fresh?.drop()
    })

    test('ten starts at once migrate once', async () => {
      if (flavour === 'sqlite') return // there one data directory has one server
      const fresh = await freshPostgres()
      let made = 0
      const all = await Promise.all(
        Array.from({ length: 10 }, async () => {
          const database = await openDatabase(fresh.url)
          const done = await migrate(database, { first: async () => void made++, check: hooks.check })
          await database.close()
          return done.from
        }),
      )
      expect([made, all.filter((from) => from === 0).length]).toEqual([1, 1])
      await fresh.drop()
    })

    test('a database of a newer version is left alone, with both versions said', async () => {
      const database = await openDatabase(url)
      await sql`update meta set value = '99' where name = 'schema'`.execute(database.write)
      const refused = await error(migrate(database, hooks))
      expect([refused instanceof NewerSchema, isStartRefusal(refused), refused.message]).toEqual([
        true,
        true,
        expect.stringMatching(/99.*2|99.*knows/),
      ])
      await database.close()
    })
  })

  describe.skipIf(skip)(`a start on ${flavour}`, () => {
    test('on a newer database is refused, and one that is newer while it runs stops the writing', async () => {
      const gate = await makeGate(flavour)
      const { db, writer, database } = gate.running.ctx
      const version = async (to: number) =>
        sql`update meta set value = ${String(to)} where name = 'schema'`.execute(database.signIn)
      await version(99)
      const before = await db
        .selectFrom('log_entries')
        .select((e) => e.fn.countAll<number>().as('n'))
        .executeTakeFirstOrThrow()
      expect((await error(writer.write(async () => {}))).message).toContain('schema 99')
      expect(
        await db
          .selectFrom('log_entries')
          .select((e) => e.fn.countAll<number>().as('n'))
          .executeTakeFirstOrThrow(),
      ).toEqual(before)
      await version(migrations.length)
      await gate.running.ctx.writer.write(async () => {})
      await gate.close()
    })

    test('without its key files, or with others, is refused by the file’s name, and makes none', async () => {
      const gate = await makeGate(flavour)
      const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ps-moved-'))
      fs.cpSync(gate.dir, dir, { recursive: true })
      // A copy of its own: with the original's id it would not start beside it.
      fs.rmSync(path.join(dir, 'copy-id'))
      const env = { ...gate.env, PERMISSION_SLIP_DATA_DIR: dir, PERMISSION_SLIP_PORT: '0' }
      for (const name of ['log.key', 'sign-in.key', 'master.key']) {
        const file = path.join(dir, name)
        const kept = fs.readFileSync(file)
        fs.rmSync(file)
        const missing = await error(serve(env))
        expect([isStartRefusal(missing), missing.message]).toEqual([true, expect.stringContaining(file)])
        expect(fs.existsSync(file)).toBe(false)
        const wrong = Buffer.from(kept)
        for (let i = Math.max(0, wrong.length - 40); i < wrong.length - 1; i++)
          wrong[i] = name === 'log.key' ? 0x41 : (wrong[i] ?? 0) ^ 1
        fs.writeFileSync(file, wrong, { mode: 0o600 })
        const other = await error(serve(env))
        expect([name, isStartRefusal(other), other.message]).toEqual([name, true, expect.stringContaining(file)])
        fs.writeFileSync(file, kept, { mode: 0o600 })
      }
      await (await serve(env)).stop()
      fs.rmSync(dir, { recursive: true, force: true })
      await gate.close()
    })

    test('in a data directory that is in use is refused, and possible when the other has gone', async () => {
      const gate = await makeGate(flavour)
      const second = await error(serve({ ...gate.env, PERMISSION_SLIP_PORT: '0' }))
      expect([isStartRefusal(second), second.message]).toEqual([true, expect.stringContaining(gate.dir)])
      await gate.restart()
      await gate.close()
    })
  })
}

describe('on SQLite', () => {
  test('a copy is made before a migration, of what stood there, for its owner’s eyes only', async () => {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ps-copy-'))
    const file = path.join(dir, 'one.db')
    const database = await openDatabase(`sqlite:${file}`)
    await migrate(database, hooks)
    expect(fs.readdirSync(dir).filter((f) => f.includes('before'))).toEqual([])
    await sql`insert into settings (name, value) values ('kept', '1')`.execute(database.write)
    await migrate(database, hooks, [...migrations, step('drops', 'drop table settings')])
    await database.close()
    const copy = `${file}.before-${migrations.length + 1}`
    expect(fs.statSync(copy).mode & 0o777).toBe(0o600)
    const old = new Sqlite(copy, { readonly: true })
    expect(old.query('select name from settings').all()).toEqual([{ name: 'kept' }])
    expect(old.query("select value from meta where name = 'schema'").all()).toEqual([
      { value: String(migrations.length) },
    ])
    old.close()
    fs.rmSync(dir, { recursive: true, force: true })
  })

  test('what is committed is on the disk: write-ahead log, synchronous full, files for their owner only', async () => {
    const gate = await makeGate('sqlite')
    const { database, dataDir } = gate.running.ctx
    const pragma = async (name: string) =>
      Object.values(((await sql.raw(`pragma ${name}`).execute(database.write)).rows[0] ?? {}) as object)[0] as unknown
    expect([await pragma('journal_mode'), await pragma('synchronous')]).toEqual(['wal', 2])
    expect(fs.statSync(dataDir.path).mode & 0o077).toBe(0)
    for (const name of fs.readdirSync(dataDir.path))
      if (/key|\.db$|token/.test(name))
        expect([name, fs.statSync(path.join(dataDir.path, name)).mode & 0o077]).toEqual([name, 0])
    await gate.close()
  })
})
