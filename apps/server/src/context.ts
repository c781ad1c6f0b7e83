import fs from 'node:fs'
import path from 'node:path'
import { type Executor, makeExecutor } from './actions/execute.ts'
import type { TrustedKeys } from './actions/proven-entries.ts'
import { bootstrap, CannotStart, type Keys } from './bootstrap.ts'
import { type Clock, systemClock } from './clock.ts'
import { type ClockGuard, makeClockGuard, newestEntry } from './clock-guard.ts'
import type { Config } from './config/config.ts'
import { type KeyRing, makeKeyRing } from './connections/key-ring.ts'
import { makeVault, type Vault } from './connections/vault.ts'
import { type Catalogue, type Extra, makeCatalogue } from './connectors.ts'
import { type DataDir, openDataDir } from './data-dir.ts'
import { schemaVersion } from './db/migrate.ts'
import { migrations } from './db/migrations/index.ts'
import { type Database, openDatabase } from './db/open.ts'
import { makeWriter } from './db/writer.ts'
import type { Db, Writer } from './db/writer-types.ts'
import { type Egress, makeEgress } from './egress/egress.ts'
import { makeRefused, type Refused } from './http/refused.ts'
import { type Hub, makeHub } from './hub.ts'
import { type Checkpointer, makeCheckpointer } from './log/checkpointer.ts'
import { publicKeyObject } from './log/public-key.ts'
import { standing } from './log/rollback.ts'
import { type Logger, makeLogger } from './logger.ts'
import { measuredEgress } from './metrics/measured-egress.ts'
import { type Metrics, makeMetrics } from './metrics/metrics.ts'
import { makePeople, type People } from './people/people.ts'
import { freeBytes } from './space.ts'

/** Everything a domain function may need. Made here and nowhere else; two of them can live in one process. */
export interface Context {
  readonly config: Config
  readonly clock: Clock
  readonly clockGuard: ClockGuard
  readonly logger: Logger
  readonly dataDir: DataDir
  /** This copy's id. */
  readonly copy: string
  /** Reads only: never sees what is not committed. */
  readonly db: Db
  readonly database: Database
  readonly writer: Writer
  readonly hub: Hub
  readonly keys: Keys
  readonly keyRing: KeyRing
  trustedKeys(): TrustedKeys
  readonly checkpointer: Checkpointer
  readonly connectors: Catalogue
  readonly vault: Vault
  readonly egress: Egress
  readonly people: People
  /** Counts refused requests of agents. */
  readonly refused: Refused
  /** What this process has counted. */
  readonly metrics: Metrics
  /** When this version was built, milliseconds since 1970; 0 when it runs from source. */
  readonly builtAt: number
  /** Free bytes where the data directory is. */
  freeSpace(): number
  readonly executor: Executor
  /** Why nothing may be executed although the server answers: a database behind its checkpoint. */
  readonly held: string | null
  close(): Promise<void>
}

/** What tests and the program give from outside. */
export interface Outside {
  clock?: Clock
  /** When this version was built, milliseconds since 1970; 0 when it runs from source. */
  builtAt?: number
  /** Free bytes where the data directory is, instead of what the system says. */
  freeSpace?: () => number
  /** Certificates trusted besides the system's. */
  trust?: readonly string[]
  /** Connectors besides the catalogue's. */
  catalogue?: readonly Extra[]
}

export async function makeContext(config: Config, outside: Outside = {}): Promise<Context> {
  const clock = outside.clock ?? systemClock
  const logger = makeLogger(config.logLevel)
  const dataDir = openDataDir(config.dataDir)
  let database: Database | undefined
  try {
    database = await openDatabase(config.databaseUrl)
    if (!(await database.holdCopy(dataDir.copy, (why) => logger.error(why))))
      throw new CannotStart(
        `another server uses this copy id (${dataDir.copy}) on this database: if this data directory was copied from it, remove ${dataDir.file('copy-id')}; if it is this server and its machine has just failed, try again in half a minute`,
      )
    return await build(config, outside, { clock, logger, dataDir, database })
  } catch (error) {
    await database?.close().catch(() => {})
    dataDir.release()
    throw error
  }
}

async function build(
  config: Config,
  outside: Outside,
  parts: { clock: Clock; logger: Logger; dataDir: DataDir; database: Database },
): Promise<Context> {
  const { clock, logger, dataDir, database } = parts
  const keys = await bootstrap(config, dataDir, database)
  const hub = makeHub()
  const signing = () => ({ key: keys.log, origin: keys.origin })
  const guard = async (db: Db) => {
    const found = await schemaVersion(db)
    if (found > migrations.length)
      throw new CannotStart(
        `the database has schema ${found}, this copy knows ${migrations.length}: it stops writing; start the newer version`,
      )
  }
  const afterwards = (error: unknown) => logger.error({ err: error }, 'what follows a commit failed')
  const metrics = makeMetrics()
  const writer = makeWriter({ database, clock, hub, signing, guard, afterwards, observer: metrics })
  const connectors = makeCatalogue(outside.catalogue)
  const keyRing = makeKeyRing(config.masterKeyFile)
  const trusted: TrustedKeys = new Map([[keys.log.id, publicKeyObject(keys.log.publicKey)]])
  const checkpointFile = path.join(dataDir.path, 'checkpoint')
  const held = await rolledBack(database.read, checkpointFile, keys)
  if (held) logger.error(held)
  const clockGuard = makeClockGuard(clock, outside.builtAt ?? 0)
  // Before anything is answered: a board that boots in the past must not let a rule allow in its first second.
  clockGuard.look(await newestEntry(database.read))
  const executor = makeExecutor(() => context)
  const seal = { version: 1, key: keys.signIn }
  const context: Context = {
    config,
    clock,
    clockGuard: { ...clockGuard, problem: () => held ?? database.copyProblem() ?? clockGuard.problem() },
    logger,
    dataDir,
    copy: dataDir.copy,
    db: database.read,
    database,
    writer,
    hub,
    keys,
    keyRing,
    trustedKeys: () => trusted,
    checkpointer: makeCheckpointer({
      writer,
      signing,
      publish: (note) => (held === null ? dataDir.write('checkpoint', note) : undefined),
    }),
    connectors,
    vault: makeVault({ db: database.read, keys: keyRing, connectors }),
    egress: measuredEgress(
      makeEgress({
        config,
        clock,
        db: database.read,
        writer,
        ports: () => [config.port],
        ...(outside.trust ? { trust: outside.trust } : {}),
      }),
      clock,
      metrics,
    ),
    people: makePeople({
      config,
      clock,
      logger,
      read: database.read,
      signIn: database.signIn,
      writer,
      dataDir,
      keys: { current: () => seal, byVersion: (version) => (version === 1 ? seal.key : undefined) },
    }),
    refused: makeRefused({ writer, logger }),
    metrics,
    builtAt: outside.builtAt ?? 0,
    freeSpace: outside.freeSpace ?? (() => freeBytes(dataDir.path)),
    executor,
    held,
    async close() {
      hub.close()
      await executor.drain(30_000)
      await context.people.close()
      await context.refused.flush()
      await writer.close()
      await database.close()
      dataDir.release()
    },
  }
  return context
}

/** A database older than the checkpoint kept outside it was rolled back: it answers, and executes nothing. */
async function rolledBack(db: Db, file: string, keys: Keys): Promise<string | null> {
  if (!fs.existsSync(file)) return null
  const stands = await standing(db, fs.readFileSync(file, 'utf8'), keys.origin, [keys.log.publicKey]).catch(
    () => 'differs' as const,
  )
  if (stands === 'continues') return null
  return `the database is ${stands === 'behind' ? 'older than' : 'not the one of'} the checkpoint in ${file}: it was restored or replaced; nothing is executed until an owner accepts it with: permission-slip restore --accept-rollback`
}
