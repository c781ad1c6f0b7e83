import { BadAnswer, NotSent, ServiceFault, Unanswered } from '@permission-slip/connectors/kit/faults.ts'
import type { MysqlDone, MysqlIo } from '@permission-slip/connectors/kit/io.ts'
import type { Json } from '@permission-slip/protocol/json.ts'
import { hostPort } from '../address.ts'
import { plainHost } from '../resolve.ts'
import { MysqlError } from './mysql-error.ts'
import type { MysqlLine } from './mysql-line.ts'
import { type MysqlSession, openMysqlSession } from './mysql-session.ts'
import { list, notRead, run, tell } from './mysql-statement.ts'
import { exactInteger } from './mysql-values.ts'
import { rowsOf } from './rows.ts'
import type { Bound, Session } from './session.ts'
import { TooMuch } from './too-much.ts'

/** Too many connections, out of memory, waited too long for a lock, deadlock, shut down or killed: worth another try. */
const transient: ReadonlySet<number> = new Set([1037, 1040, 1041, 1053, 1205, 1213, 1317, 1927])

/**
 * MySQL and MariaDB for one action: a session of its own, opened at its first statement and ended with it. Nothing is
 * sent twice and nothing reconnects. `query` is one statement that returns rows, in a read-only transaction: the server
 * itself refuses there what changes a table, and its parser must take the statement for a SELECT, VALUES, TABLE or WITH.
 */
export function openMysql(session: Session): Bound<MysqlIo> {
  const { account, deadline, step } = session
  const fields = account.connection?.fields ?? {}
  const where = hostPort(plainHost(fields['host'] ?? ''), Number(fields['port'] || 3306))
  let opened: Promise<MysqlSession> | null = null

  /** Recorded first, then connected: no log, no request. */
  async function begin(): Promise<MysqlSession> {
    await step('MYSQL', where)
    if (deadline.ended() !== null) throw new NotSent(`Nothing was sent: ${deadline.ended()}.`)
    opened ??= openMysqlSession(session)
    const mysql = await opened
    if (mysql.line.ended) throw new NotSent(`${where}: nothing was sent: the session has ended.`)
    return mysql
  }

  const said = (error: MysqlError, hint = ''): ServiceFault => {
    const code = error.number === 0 ? '' : ` (${error.state} ${error.number})`
    const message = session.clean(`${error.message}${code}${hint}`).slice(0, 2000)
    return transient.has(error.number)
      ? new ServiceFault('service_failed', message, true)
      : new ServiceFault('service_refused', message)
  }
  const lost = (mysql: MysqlSession, error: unknown): Unanswered => {
    const why = deadline.ended() ?? (error instanceof Error ? session.clean(error.message) : 'the connection was lost')
    // What comes behind an answer that can't be read belongs to nothing.
    mysql.line.destroy(new Error(why))
    return new Unanswered(`${where}: the statement was sent, and no whole answer came: ${why}.`, { cause: error })
  }

  async function inTransaction(
    sql: string,
    params: readonly Json[],
    maxRows: number,
    careful: boolean,
  ): Promise<MysqlDone> {
    const mysql = await begin()
    const { line } = mysql
    try {
      await tell(line, 'start transaction')
      const done = await run(line, sql, params, { maxRows, maxBytes: session.maxBytes, reads: false })
      if (careful && done.warnings > 0) await holdWarnings(line)
      await tell(line, 'commit')
      return { ...rowsOf(done), insert_id: done.insertId === 0n ? null : exactInteger(done.insertId) }
    } catch (error) {
      // The end of a session does not say what was committed before: by us, by DDL, by a procedure, or by a table
      // that knows no transactions.
      if (!(error instanceof MysqlError) || error.fatal) throw lost(mysql, error)
      throw said(error, await undo(line, error))
    }
  }

  return {
    io: {
      async query(sql, params, max_rows) {
        const mysql = await begin()
        const { line } = mysql
        try {
          // The session, so that what comes after a COMMIT hidden somewhere is read-only as well; it stays so.
          await tell(line, 'set session transaction read only')
          // One more than is wanted tells whether there is more.
          await tell(line, `set session sql_select_limit = ${max_rows + 1}`)
          await tell(line, 'start transaction read only')
          // The mark at its end belongs to no statement, and has no place where `run` has it parsed.
          const text = sql.replace(/;\s*$/, '')
          const got = await run(line, text, params, { maxRows: max_rows, maxBytes: session.maxBytes, reads: true })
          if (!line.ended) await tell(line, 'rollback')
          return rowsOf({ ...got, count: got.rows.length })
        } catch (error) {
          if (error instanceof TooMuch)
            throw new BadAnswer('The answer is too large: ask for fewer or smaller rows.', 'answer_too_large')
          if (!(error instanceof MysqlError)) throw lost(mysql, error)
          if (!error.fatal) await tell(line, 'rollback').catch(() => {})
          const other = error.state === notRead || error.number === 1792 || error.number === 1295
          throw said(error, other ? '; query takes one SELECT, VALUES, TABLE or WITH, execute anything else' : '')
        }
      },

      execute: (sql, params, max_rows) => inTransaction(sql, params, max_rows, false),
      change: (sql, params) => inTransaction(sql, params, 1, true),

      async grants() {
        const mysql = await begin()
        try {
          return (await list(mysql.line, 'show grants')).flat()
        } catch (error) {
          if (!(error instanceof MysqlError)) throw lost(mysql, error)
          throw said(error)
        }
      },
    },
    async close() {
      const mysql = await opened?.catch(() => null)
      await mysql?.close()
    },
  }
}

/** The first warning is taken for an error; a note, such as that a decimal was rounded, is none. */
async function holdWarnings(line: MysqlLine): Promise<void> {
  const first = (await list(line, 'show warnings')).find(([level]) => level !== 'Note')
  if (first) throw new MysqlError(first[2] ?? '', Number(first[1]), '01000')
}

/** Undoes what the statement did before its error, and says so where that was not possible. */
async function undo(line: MysqlLine, error: MysqlError): Promise<string> {
  try {
    const { open } = await tell(line, 'do 0')
    const { warnings } = await tell(line, 'rollback')
    // A deadlock ends the transaction by undoing all of it.
    if (!open && error.number !== 1213)
      return '; the statement ended its transaction (as DDL does): what it did before the error stands'
    return warnings > 0 ? '; what it did to tables without transactions stands' : ''
  } catch {
    return ''
  }
}
