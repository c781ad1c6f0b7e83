import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import type { Config } from './config/config.ts'
import { settleMasterKey } from './connections/key-ring.ts'
import { MasterKey, readMasterKey, recordMaster, writeMasterKey } from './connections/master-key.ts'
import type { DataDir } from './data-dir.ts'
import { migrate } from './db/migrate.ts'
import type { Database } from './db/open.ts'
import type { Db } from './db/writer-types.ts'
import { LogKey, readLogKey, writeLogKey } from './log/keys.ts'
import { sealEntry } from './log/seal.ts'
import { hashToken } from './tokens.ts'

/** The server must not start: it says what is missing and how to mend it. */
export class CannotStart extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'CannotStart'
  }
}

export interface Keys {
  log: LogKey
  origin: string
  /** Seals second factors. */
  signIn: Uint8Array
}
const names = { log: 'log.key', signIn: 'sign-in.key' }

/**
 * Brings the database up and the keys with it. Keys are made only when the database is empty, in the transaction that
 * makes the tables; their fingerprints stand in it, and a copy whose key files are absent or different does not start.
 */
export async function bootstrap(config: Config, dataDir: DataDir, database: Database): Promise<Keys> {
  const logFile = dataDir.file(names.log)
  await migrate(database, {
    first: (db) => makeKeys(db, config, dataDir),
    check: (db) => checkKeys(db, config, dataDir),
  })
  await settleMasterKey(database.read, config.masterKeyFile).catch((cause: unknown) => {
    throw new CannotStart(cause instanceof Error ? cause.message : `${config.masterKeyFile} can't be used`, cause)
  })
  const log = held(() => readLogKey(logFile))
  if (!log) throw new CannotStart(`${logFile} is missing`)
  const origin = await fact(database.read, 'log_origin')
  if (!origin) throw new CannotStart('the database names no log')
  return { log, origin, signIn: new Uint8Array(fs.readFileSync(dataDir.file(names.signIn))) }
}

const fact = async (db: Db, name: string): Promise<string | undefined> =>
  (await db.selectFrom('meta').select('value').where('name', '=', name).executeTakeFirst())?.value

/** A key file that is there and can't be used: whoever starts the server mends that, by its name. */
function held<T>(read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new CannotStart(cause instanceof Error ? cause.message : 'a key file can not be read', cause)
  }
}

async function makeKeys(db: Db, config: Config, dataDir: DataDir): Promise<void> {
  // Files of a start that never committed are taken up: nothing was ever signed or sealed with them.
  const logFile = dataDir.file(names.log)
  const log = held(() => readLogKey(logFile)) ?? LogKey.create()
  if (!fs.existsSync(logFile)) writeLogKey(log, logFile)
  const master = held(() => readMasterKey(config.masterKeyFile)) ?? MasterKey.create()
  if (!fs.existsSync(config.masterKeyFile)) writeMasterKey(master, config.masterKeyFile)
  const signInFile = dataDir.file(names.signIn)
  if (!fs.existsSync(signInFile)) dataDir.write(names.signIn, new Uint8Array(randomBytes(32)))
  const facts = {
    log_origin: log.origin,
    log_key: log.id,
    sign_in_key: hashToken(fs.readFileSync(signInFile).toString('hex')),
  }
  await db
    .insertInto('meta')
    .values(Object.entries(facts).map(([name, value]) => ({ name, value })))
    .execute()
  await recordMaster(db, master)
  const time = Date.now()
  const sealed = sealEntry(
    {
      log: log.origin,
      seq: 0,
      time,
      type: 'log.opened',
      actor: { kind: 'server' },
      subject: null,
      data: { public_key: log.publicKey, schema: 1 },
      prev: null,
    },
    log,
  )
  await db
    .insertInto('log_entries')
    .values({
      seq: 0,
      prev: '',
      time,
      type: 'log.opened',
      subject: null,
      leaf: sealed.leaf,
      leaf_hash: sealed.leafHash,
    })
    .execute()
  await db.insertInto('log_keys').values({ id: log.id, public_key: log.publicKey, from_seq: 0 }).execute()
}

async function checkKeys(db: Db, config: Config, dataDir: DataDir): Promise<void> {
  const log = held(() => readLogKey(dataDir.file(names.log)))
  const wanted = await fact(db, 'log_key')
  if (!log || log.id !== wanted)
    throw new CannotStart(
      `${dataDir.file(names.log)} ${log ? 'is another key' : 'is missing'}: this database is signed by the log key ${wanted}. Bring that file from the copy or backup that has it.`,
    )
  const signIn = dataDir.file(names.signIn)
  if (!fs.existsSync(signIn) || hashToken(fs.readFileSync(signIn).toString('hex')) !== (await fact(db, 'sign_in_key')))
    throw new CannotStart(
      `${signIn} ${fs.existsSync(signIn) ? 'is another key' : 'is missing'}: bring the one that belongs to this database.`,
    )
  if (!fs.existsSync(config.masterKeyFile) && !fs.readdirSync(dataDir.path).some((f) => f.startsWith('master.key')))
    throw new CannotStart(
      `${config.masterKeyFile} is missing: bring the master key that belongs to this database; without it no credential opens.`,
    )
}
