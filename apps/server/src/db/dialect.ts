import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'

export type Flavour = 'sqlite' | 'postgres'

/** Column types by database. On PostgreSQL text sorts by bytes, as on SQLite, or pages would come in another order. */
export const columns = (
  flavour: Flavour,
): { text: RawBuilder<unknown>; int: RawBuilder<unknown>; bytes: RawBuilder<unknown> } =>
  flavour === 'sqlite'
    ? { text: sql`text`, int: sql`integer`, bytes: sql`blob` }
    : { text: sql`text collate "C"`, int: sql`bigint`, bytes: sql`bytea` }
