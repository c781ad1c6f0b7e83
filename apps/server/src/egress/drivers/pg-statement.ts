import type { Json } from '@permission-slip/protocol/json.ts'
import type { Connection, Submittable } from 'pg'
import { type PgField, readValue, writeParam } from './pg-values.ts'

export interface StatementLimits {
  readonly maxRows: number
  /** Of rows that are kept, as text; the rest is read and dropped. */
  readonly maxBytes: number
}
export interface StatementResult {
  readonly columns: string[]
  readonly rows: Json[][]
  /** By the server's word (`UPDATE 3`), else rows seen. */
  readonly count: number
  readonly truncated: boolean
}

/** The server's ErrorResponse: it did not do it. */
export class ServerError extends Error {
  /** SQLSTATE. */
  readonly code: string
  /** The server ended the session with it. */
  readonly fatal: boolean
  constructor(message: string, code: string, fatal = false) {
    super(message)
    this.name = 'ServerError'
    this.code = code
    this.fatal = fatal
  }
}

interface Described {
  dataTypeIDs: number[]
}
interface Fields {
  fields: PgField[]
}

/**
 * One statement by the extended protocol, which takes one and no more. Parse and Describe first, so that parameters
 * are written as the types the server expects; then Bind, Execute, Sync. Settles at ReadyForQuery, or when the
 * connection is gone. Called by `pg`'s Client in the order of the server's messages.
 */
export class Statement implements Submittable {
  /** True from the moment the statement may have begun to run. */
  running = false
  readonly #text: string
  readonly #params: readonly Json[]
  readonly #limits: StatementLimits
  readonly #settle = Promise.withResolvers<StatementResult>()
  #fields: PgField[] = []
  #rows: Json[][] = []
  #bytes = 0
  #count: number | null = null
  #seen = 0
  #failed: unknown = null
  #synced = false
  #forget = (): unknown => undefined

  constructor(text: string, params: readonly Json[], limits: StatementLimits) {
    this.#text = text
    this.#params = params
    this.#limits = limits
    this.#settle.promise.catch(() => {}) // it may fail before anybody awaits it
  }

  get result(): Promise<StatementResult> {
    return this.#settle.promise
  }

  submit(connection: Connection): void {
    const described = (message: Described) => this.#bind(connection, message.dataTypeIDs)
    // Taken back at the end: one that outlived an error would run this statement beside the next.
    this.#forget = () => connection.off('parameterDescription', described)
    connection.once('parameterDescription', described)
    connection.parse({ text: this.#text, name: '', types: [] }, true)
    connection.describe({ type: 'S', name: '' }, true)
    connection.flush()
  }

  #bind(connection: Connection, types: readonly number[]): void {
    let values: (string | null)[]
    try {
      if (types.length !== this.#params.length)
        throw new ServerError(
          `the statement takes ${types.length} parameters, ${this.#params.length} were given`,
          '08P01',
        )
      values = this.#params.map((value, i) => writeParam(value, types[i] ?? 0, `params[${i}]`))
    } catch (error) {
      this.#failed = error
      this.#sync(connection)
      return
    }
    this.running = true
    connection.bind({ portal: '', statement: '', binary: '', values }, true)
    connection.execute({ portal: '', rows: '0' }, true)
    this.#sync(connection)
  }
  #sync(connection: Connection): void {
    this.#synced = true
    connection.sync()
  }

  handleRowDescription(message: Fields): void {
    this.#fields = message.fields
  }
  handleDataRow(message: { fields: (string | null)[] }): void {
    this.#seen++
    const size = message.fields.reduce((sum, one) => sum + (one?.length ?? 4) + 4, 0)
    if (this.#rows.length >= this.#limits.maxRows || this.#bytes + size > this.#limits.maxBytes) return
    this.#bytes += size
    try {
      this.#rows.push(message.fields.map((text, i) => readValue(text, this.#fields[i]?.dataTypeID ?? 0)))
    } catch (error) {
      this.#failed ??= error // thrown from here it would stop the reading of messages
    }
  }
  handleCommandComplete(message: { text: string }): void {
    const count = / (\d+)$/.exec(message.text)?.[1]
    if (count !== undefined) this.#count = Number(count)
  }
  handleEmptyQuery(): void {
    this.#failed ??= new ServerError('the statement is empty', '42601')
  }
  handlePortalSuspended(): void {}
  /** COPY FROM STDIN waits for data that never comes: refuse it. */
  handleCopyInResponse(connection: Connection & { sendCopyFail?(message: string): void }): void {
    this.#failed ??= new ServerError('COPY FROM STDIN has no data here', '0A000')
    connection.sendCopyFail?.('no data is sent here')
    this.#synced = false // the one we sent was ignored: the server was reading data
  }
  /** COPY TO STDOUT: its data is no row; dropped. */
  handleCopyData(): void {}

  /** An ErrorResponse, or the end of the connection. */
  handleError(error: Error & { severity?: string; code?: string }, connection: Connection): void {
    this.#forget()
    if (typeof error.severity !== 'string') {
      this.#settle.reject(error)
      return
    }
    // The server skips everything until a Sync; ReadyForQuery is then `pg`'s, which forgot us at the error.
    if (!this.#synced) connection.sync()
    this.#settle.reject(new ServerError(error.message, error.code ?? '', error.severity !== 'ERROR'))
  }
  handleReadyForQuery(): void {
    this.#forget()
    if (this.#failed !== null) this.#settle.reject(this.#failed)
    else
      this.#settle.resolve({
        columns: this.#fields.map((one) => one.name),
        rows: this.#rows,
        count: this.#count ?? this.#seen,
        truncated: this.#seen > this.#rows.length,
      })
  }
}
