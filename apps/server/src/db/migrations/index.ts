import type { Kysely } from 'kysely'
import type { Flavour } from '../dialect.ts'
import type { Tables } from '../schema/index.ts'
import * as gate from './0001-gate.ts'
import * as signIn from './0002-sign-in.ts'

export interface Migration {
  readonly name: string
  up(db: Kysely<Tables>, flavour: Flavour): Promise<void>
}

/** Every migration, in order, by hand. Its place in the list (from 1) is the schema's version. Never reorder. */
export const migrations: readonly Migration[] = [
  { name: '0001-gate', up: gate.up },
  { name: '0002-sign-in', up: signIn.up },
]
