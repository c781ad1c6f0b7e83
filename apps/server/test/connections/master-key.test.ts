import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { inspect } from 'node:util'
import { parseConfig } from '../../src/config/config.ts'
import { addConnection } from '../../src/connections/add.ts'
import { makeKeyRing, settleMasterKey } from '../../src/connections/key-ring.ts'
import { showConnection } from '../../src/connections/list.ts'
import { MasterKey, masterInForce, readMasterKey, writeMasterKey } from '../../src/connections/master-key.ts'
import { rotateMaster } from '../../src/connections/rotate-master.ts'
import { ConnectionTest } from '../../src/connections/test-permit.ts'
import { type Context, makeContext } from '../../src/context.ts'
import { serverActor } from '../../src/http/caller.ts'
import { entries, flavours, type House, makeHouse, owner } from './house.ts'

const canary = 'canary-under-the-master-key'

describe('a master key file', () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ps-master-'))
  afterAll(() => fs.rmSync(dir, { recursive: true }))
  const file = path.join(dir, 'master.key')

  test('is 32 bytes, 0600, never replaced, and shows its fingerprint only', () => {
    const key = MasterKey.create()
    writeMasterKey(key, file)
    expect([fs.statSync(file).mode & 0o777, fs.statSync(file).size]).toEqual([0o600, 32])
    expect(() => writeMasterKey(MasterKey.create(), file)).toThrow('never replaced')
    expect(readMasterKey(file)?.fingerprint).toBe(key.fingerprint)
    expect(fs.readdirSync(dir)).toEqual(['master.key'])
    for (const text of [inspect(key, { showHidden: true }), JSON.stringify(key), `${key}`]) {
      expect(text).toContain(key.fingerprint)
      expect(text).not.toContain(Buffer.from(key.bytes()).toString('hex'))
    }
  })
  test('that others may read, or of another length, is refused', () => {
    fs.chmodSync(file, 0o640)
    expect(() => readMasterKey(file)).toThrow('0600, got 0640')
    fs.writeFileSync(path.join(dir, 'short'), 'x', { mode: 0o600 })
    expect(() => readMasterKey(path.join(dir, 'short'))).toThrow('32 bytes, got 1')
    expect(readMasterKey(path.join(dir, 'none'))).toBeNull()
  })
})

const openNow = async (ctx: Context, id: string) =>
  ctx.vault.open(
    ConnectionTest.permit({ connection: id, connector: 'postgres' }),
    id,
    (await showConnection(ctx, id)).fields,
  )

for (const { flavour, skip } of flavours)
  describe.skipIf(skip)(`rotating the master key on ${flavour}${skip ? ' (set PS_TEST_POSTGRES)' : ''}`, () => {
    let house: House
    const ids: string[] = []
    beforeAll(async () => {
      house = await makeHouse(flavour)
      for (const host of ['93.184.216.34', '93.184.216.35', '93.184.216.36'])
        ids.push(
          (
            await addConnection(house.ctx, owner(), {
              connector: 'postgres',
              label: host,
              fields: { host, user: 'ada', password: `${canary} ${host}` },
            })
          ).id,
        )
    })
    afterAll(() => house.close())
    const file = () => house.ctx.config.masterKeyFile
    const files = () =>
      fs
        .readdirSync(house.dir)
        .filter((name) => name.startsWith('master.key'))
        .sort()
    const rotate = () => rotateMaster({ writer: house.ctx.writer, keys: house.ctx.keyRing, file: file() }, serverActor)
    const allOpen = async () => {
      for (const id of ids) expect((await openNow(house.ctx, id)).get('password')?.reveal()).toStartWith(canary)
    }

    test('wraps every data key anew in one transaction with its entry, and leaves the new key alone', async () => {
      const before = await house.ctx.db
        .selectFrom('connection_secrets')
        .select(['wrapped_key', 'sealed'])
        .orderBy('connection')
        .execute()
      const done = await rotate()
      expect([done.version, done.rewrapped]).toEqual([2, 3])
      const after = await house.ctx.db
        .selectFrom('connection_secrets')
        .select(['wrapped_key', 'sealed', 'key_version'])
        .orderBy('connection')
        .execute()
      for (const [i, row] of after.entries()) {
        expect([
          row.key_version,
          Buffer.from(row.sealed).equals(before[i]?.sealed ?? new Uint8Array()),
          Buffer.from(row.wrapped_key).equals(before[i]?.wrapped_key ?? new Uint8Array()),
        ]).toEqual([2, true, false])
      }
      expect(files()).toEqual(['master.key'])
      expect(readMasterKey(file())?.fingerprint).toBe(done.fingerprint)
      expect((await entries(house.ctx)).at(-1)).toEqual({
        type: 'key.rotated',
        subject: null,
        data: { which: 'master', version: 2, fingerprint: done.fingerprint },
      })
      await allOpen()
      await house.restart()
      await allOpen()
    })

    test('cut off at any step it is finished or forgotten at the next start, and everything opens in between', async () => {
      const old = fs.readFileSync(file())
      const done = await rotate()
      const fresh = fs.readFileSync(file())
      const lay = (named: Record<string, Uint8Array>) => {
        for (const name of files()) fs.rmSync(path.join(house.dir, name))
        for (const [name, bytes] of Object.entries(named))
          fs.writeFileSync(path.join(house.dir, name), bytes, { mode: 0o600 })
      }
      const [was, is] = [`master.key.${done.version - 1}`, `master.key.${done.version}`]
      // After COMMIT: the files as each step leaves them.
      for (const state of [
        { 'master.key': old, [is]: fresh },
        { 'master.key': old, [was]: old, [is]: fresh },
        { 'master.key': fresh, [was]: old },
        { [was]: old, [is]: fresh },
      ]) {
        lay(state)
        await allOpen()
        await house.restart()
        expect(files()).toEqual(['master.key'])
        expect(fs.readFileSync(file()).equals(fresh)).toBe(true)
        await allOpen()
      }
      // Before COMMIT: a new key that never came into force is nobody's, and the next rotation takes its place.
      lay({ 'master.key': fresh, [`master.key.${done.version + 1}`]: MasterKey.create().bytes() })
      await house.restart()
      await allOpen()
      expect((await rotate()).version).toBe(done.version + 1)
      expect(files()).toEqual(['master.key'])
      await allOpen()
    })

    test('without the key in force nothing opens and the server does not start; it says which key to bring', async () => {
      const right = fs.readFileSync(file())
      const fact = await masterInForce(house.ctx.db)
      fs.writeFileSync(file(), MasterKey.create().bytes())
      await expect(settleMasterKey(house.ctx.db, file())).rejects.toThrow(fact?.fingerprint ?? 'a fingerprint')
      await expect(makeKeyRing(file()).inForce(house.ctx.db)).rejects.toThrow('bring it as')
      fs.writeFileSync(file(), right)
    })

    test('killed at random moments while it rotates, nothing is lost', async () => {
      const config = house.ctx.config
      await house.stop()
      const env = {
        PERMISSION_SLIP_DATA_DIR: config.dataDir,
        PERMISSION_SLIP_DATABASE_URL: config.databaseUrl,
        PERMISSION_SLIP_LOG_LEVEL: 'silent',
      }
      for (let i = 0; i < 5; i++) {
        const child = Bun.spawn([process.execPath, path.join(import.meta.dir, 'rotate-forever.ts')], {
          env: { ...process.env, ...env },
          stdout: 'pipe',
          stderr: 'inherit',
        })
        const reader = child.stdout.getReader()
        const first = await reader.read() // it rotated at least once
        expect(first.done).toBe(false)
        await Bun.sleep(Math.random() * 60)
        child.kill('SIGKILL')
        await child.exited
        const ctx = await makeContext(parseConfig(env))
        for (const id of ids) {
          const opened = await openNow(ctx, id)
          expect(opened.get('password')?.reveal()).toStartWith(canary)
        }
        await ctx.close()
      }
      await house.start()
      await allOpen()
    }, 60_000)
  })
