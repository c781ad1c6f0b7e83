import type { Clock } from '../clock.ts'
import type { Config } from '../config/config.ts'
import type { Context } from '../context.ts'
import type { DataDir } from '../data-dir.ts'
import type { Db, Writer } from '../db/writer-types.ts'
import type { Logger } from '../logger.ts'
import type { Attempts } from './attempts.ts'
import type { Passwords } from './passwords.ts'
import type { Refusals } from './refusals.ts'
import type { SealingKeys } from './totp-seal.ts'

/** What people are made of, given once by `context.ts`. */
export interface PeopleDeps {
  config: Pick<Config, 'host' | 'port' | 'publicUrl'>
  clock: Clock
  logger: Logger
  read: Db
  /** Writes to the sign-in tables, tokens' last use, attempts: never in the log's transaction. */
  signIn: Db
  writer: Writer
  dataDir: Pick<DataDir, 'file' | 'write'>
  /** Seal second factors. */
  keys: SealingKeys
}
export interface Parts extends PeopleDeps {
  passwords: Passwords
  attempts: Attempts
  refusals: Refusals
}
/** What the routes of people need of the context. */
export type PeopleContext = Pick<Context, 'db' | 'writer' | 'people'>
