import { BadAnswer, NotSent, ServiceFault, Unanswered } from '@permission-slip/connectors/kit/faults.ts'
import type { PostgresIo, Rows } from '@permission-slip/connectors/kit/io.ts'
import type { Json } from '@permission-slip/protocol/json.ts'
import { hostPort } from '../address.ts'
import { plainHost } from '../resolve.ts'
import { openPgSession, type PgSession } from './pg-session.ts'
import { ServerError, Statement, type StatementResult } from './pg-statement.ts'
import { rowsOf } from './rows.ts'
import type { Bound, Session } from './session.ts'
import { TooMuch } from './too-much.ts'

/** Rows fetched at a time: what is over the limit is never asked for. */
const batch = 200

/**
 * PostgreSQL for one action: a session of its own, opened at its first statement and ended with it. Nothing is sent
 * twice and nothing reconnects. `query` is `DECLARE CURSOR` in a read-only transaction: the server itself takes nothing
 * there but one SELECT, VALUES or TABLE without a data-changing WITH, so COPY, DO, CALL and SET never begin.
 */
export function openPostgres(session: Session): Bound<PostgresIo> {
  const { account, deadline, step } = session
  const where = hostPort(
    plainHost(account.connection?.fields['host'] ?? ''),
    Number(account.connection?.fields['port'] ?? 5432),
  )
  let opened: Promise<PgSession> | null = null

  /** Recorded first, then connected: no log, no request. */
  async function begin(): Promise<PgSession> {
    await step('POSTGRES', where)
    if (deadline.ended() !== null) throw new NotSent(`Nothing was sent: ${deadline.ended()}.`)
    opened ??= openPgSession(session)
    return opened
  }

  const said = (error: ServerError, hint = ''): ServiceFault => {
    const transient = error.code.startsWith('40') || error.code.startsWith('53') || error.code.startsWith('57P')
    const message = session.clean(`${error.message}${error.code ? ` (${error.code})` : ''}${hint}`).slice(0, 2000)
    return transient ? new ServiceFault('service_failed', message, true) : new ServiceFault('service_refused', message)
  }
  const lost = (error: unknown): Unanswered =>
    new Unanswered(
      `${where}: the statement was sent, and no whole answer came: ${deadline.ended() ?? (error instanceof Error ? session.clean(error.message) : 'the connection was lost')}.`,
      { cause: error },
    )

  async function run(pg: PgSession, text: string, params: readonly Json[], maxRows: number): Promise<StatementResult> {
    const statement = new Statement(text, params, { maxRows, maxBytes: session.maxBytes })
    pg.client.query(statement)
    return statement.result
  }

  return {
    io: {
      async query(sql, params, max_rows) {
        const pg = await begin()
        try {
          await pg.plain('begin read only')
          await run(pg, `declare permission_slip no scroll cursor for ${sql}`, params, 0)
          const rows = await fetchRows((text, n) => run(pg, text, [], n), max_rows, session.maxBytes)
          await pg.plain('rollback')
          return rows
        } catch (error) {
          if (error instanceof ServiceFault) throw error
          if (error instanceof TooMuch)
            throw new BadAnswer('The answer is too large: ask for fewer or smaller rows.', 'answer_too_large')
          if (!(error instanceof ServerError)) throw lost(error)
          if (!error.fatal) await pg.plain('rollback').catch(() => {})
          const syntax = error.code === '42601' || error.code === '0A000'
          throw said(error, syntax ? '; query takes one SELECT, VALUES or TABLE, execute anything else' : '')
        }
      },

      async execute(sql, params, max_rows) {
        const pg = await begin()
        let committing = false
        try {
          await pg.plain('begin')
          const done = await run(pg, sql, params, max_rows)
          committing = true
          const ended = await pg.plain('commit')
          // COMMIT of a transaction that can't be committed answers ROLLBACK.
          if (ended !== 'COMMIT')
            throw new ServiceFault('service_refused', 'The transaction was rolled back; nothing was changed.')
          return rowsOf(done)
        } catch (error) {
          if (error instanceof ServiceFault) throw error
          // The end of a session while COMMIT was on its way does not say whether it was done.
          if (!(error instanceof ServerError) || (committing && error.fatal)) throw lost(error)
          if (!error.fatal) await pg.plain('rollback').catch(() => {})
          throw said(error)
        }
      },

      async maintain(sql) {
        const pg = await begin()
        try {
          await run(pg, sql, [], 0)
        } catch (error) {
          if (error instanceof ServiceFault) throw error
          // Outside a transaction a part may have been done when the server ended the session.
          if (!(error instanceof ServerError) || error.fatal) throw lost(error)
          throw said(error)
        }
      },
    },
    async close() {
      const pg = await opened?.catch(() => null)
      await pg?.close()
    },
  }
}

async function fetchRows(
  fetch: (text: string, most: number) => Promise<StatementResult>,
  max: number,
  maxBytes: number,
): Promise<Rows> {
  const rows: Json[][] = []
  let columns: string[] = []
  let bytes = 0
  for (;;) {
    // One more than is wanted tells whether there is more.
    const most = Math.min(batch, max - rows.length + 1)
    const part = await fetch(`fetch forward ${most} from permission_slip`, most)
    columns = part.columns
    rows.push(...part.rows)
    bytes += part.rows.reduce((sum, row) => sum + JSON.stringify(row).length, 0)
    const truncated = part.truncated || rows.length > max || bytes > maxBytes
    if (truncated || part.count < most) {
      const kept = rows.slice(0, max)
      return { ...rowsOf({ columns, rows: kept, count: kept.length, truncated }) }
    }
  }
}
