import type { SQLQueryBindings, Database as Sqlite, Statement } from 'bun:sqlite'
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'

/** Takes turns: one holder at a time. */
export class Turns {
  #last: Promise<void> = Promise.resolve()
  async take(): Promise<() => void> {
    let done: () => void = () => {}
    const mine = new Promise<void>((resolve) => {
      done = resolve
    })
    const before = this.#last
    this.#last = before.then(() => mine)
    await before
    return done
  }
}

class Connection implements DatabaseConnection {
  readonly #sqlite: Sqlite
  readonly #statements = new Map<string, Statement>()
  constructor(sqlite: Sqlite) {
    this.#sqlite = sqlite
  }
  #prepare(sql: string): Statement {
    const known = this.#statements.get(sql)
    if (known) return known
    const made = this.#sqlite.prepare(sql)
    // Statements with lists of varying length would fill memory; the newest few hundred are what is hot.
    if (this.#statements.size >= 500) {
      const oldest = this.#statements.keys().next().value
      if (oldest !== undefined) {
        this.#statements.get(oldest)?.finalize()
        this.#statements.delete(oldest)
      }
    }
    this.#statements.set(sql, made)
    return made
  }
  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const statement = this.#prepare(query.sql)
    const bindings = query.parameters.map(bind)
    if (statement.columnNames.length > 0) return { rows: statement.all(...bindings) as R[] }
    const done = statement.run(...bindings)
    return { rows: [], numAffectedRows: BigInt(done.changes), insertId: BigInt(done.lastInsertRowid) }
  }
  async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    for (const row of this.#sqlite.prepare(query.sql).iterate(...query.parameters.map(bind))) yield { rows: [row as R] }
  }
}

/** Dates and booleans become what our columns hold; anything else that SQLite can't hold is refused by it. */
const bind = (value: unknown): SQLQueryBindings =>
  typeof value === 'boolean' ? Number(value) : value instanceof Date ? value.toISOString() : (value as SQLQueryBindings)

class SqliteDriver implements Driver {
  readonly #connection: Connection
  readonly #turns = new Turns()
  readonly #outer: Turns | null
  #done: (() => void)[] = []
  constructor(sqlite: Sqlite, outer: Turns | null) {
    this.#connection = new Connection(sqlite)
    this.#outer = outer
  }
  async init(): Promise<void> {}
  async acquireConnection(): Promise<DatabaseConnection> {
    const inner = await this.#turns.take()
    const outer = this.#outer ? await this.#outer.take() : () => {}
    this.#done = [outer, inner]
    return this.#connection
  }
  async releaseConnection(): Promise<void> {
    for (const done of this.#done) done()
  }
  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'))
  }
  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'))
  }
  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('rollback'))
  }
  async destroy(): Promise<void> {}
}

/**
 * Kysely over one `bun:sqlite` connection.
 * @param outer taken for as long as the connection is held. bun:sqlite waits for a busy database without letting go of
 * the event loop, so two writing connections of one process take turns here, never in SQLite.
 */
export const sqliteDialect = (sqlite: Sqlite, outer: Turns | null): Dialect => ({
  createAdapter: () => new SqliteAdapter(),
  createDriver: () => new SqliteDriver(sqlite, outer),
  createIntrospector: (db) => new SqliteIntrospector(db),
  createQueryCompiler: () => new SqliteQueryCompiler(),
})
