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

export interface MysqlDone extends Rows {
  /** The first AUTO_INCREMENT value that was made: a number, or text beyond 2^53. */
  readonly insert_id: Json
}

/** A MySQL or MariaDB session of its own for one action; never reconnects, never sends again. */
export interface MysqlIo {
  /** One SELECT, VALUES, TABLE or WITH, prepared, in a read-only transaction: no more than `max_rows` rows. */
  query(sql: string, params: readonly Json[], max_rows: number): Promise<Rows>
  /** One prepared statement in a transaction, unless it ends the transaction itself as DDL does. */
  execute(sql: string, params: readonly Json[], max_rows: number): Promise<MysqlDone>
  /**
   * One INSERT, UPDATE or DELETE of ours, undone at the first warning: comparing a name with a number, or a number with
   * a text, the server warns, and takes what is no number for 0, which can match every row.
   */
  change(sql: string, params: readonly Json[]): Promise<MysqlDone>
  /** SHOW GRANTS of the user who signed in; MariaDB puts the hash of the password in them. */
  grants(): Promise<readonly string[]>
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
  readonly mysql: MysqlIo
  readonly redis: RedisIo
  readonly notebook: NotebookIo
}
