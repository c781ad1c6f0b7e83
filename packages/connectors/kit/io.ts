import type { Json, JsonObject } from '@permission-slip/protocol/json.ts'

/** Rows as a database returned them, values as JSON (bytes as base64, numbers beyond 2^53 as text). */
export interface Rows {
  readonly columns: readonly string[]
  readonly rows: readonly JsonObject[]
  readonly row_count: number
  readonly truncated: boolean
}

/** A PostgreSQL session of its own for one action; never reconnects, never sends again. */
export interface PostgresIo {
  /** A cursor in a read-only transaction, by the extended protocol: one statement, no more than `max_rows` rows. */
  query(sql: string, params: readonly Json[], max_rows: number): Promise<Rows>
  /** One statement in a transaction by the extended protocol. */
  execute(sql: string, params: readonly Json[], max_rows: number): Promise<Rows>
  /** One statement without parameters outside a transaction, for what PostgreSQL refuses inside one: VACUUM. */
  maintain(sql: string): Promise<void>
}

/** A Redis session of its own for one action. Only commands on the closed list of `redis.ts` reach it. */
export interface RedisIo {
  command(name: string, args: readonly string[]): Promise<Json>
}

/** Pages kept by this server; each call is one transaction that also records the action that made it. */
export interface NotebookIo {
  write(
    page: string,
    body: string,
  ): Promise<{ page: string; version: number; created: boolean; previous: string | null }>
  read(page: string): Promise<{ page: string; body: string; version: number; updated_at: string } | null>
  list(): Promise<{ page: string; version: number; updated_at: string }[]>
  erase(page: string): Promise<{ page: string; body: string } | null>
  /** What this action did already, if it did. */
  done(): Promise<Json | undefined>
}

/** The bound client of a connector's `run`: the one its `driver` names; asking for another throws. */
export interface Io {
  readonly postgres: PostgresIo
  readonly redis: RedisIo
  readonly notebook: NotebookIo
}
