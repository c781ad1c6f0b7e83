import { NotSent, ServiceFault } from '@permission-slip/connectors/kit/faults.ts'
import { hostPort } from '../address.ts'
import { connectTcp, secure, tlsModes } from '../connect.ts'
import { plainHost } from '../resolve.ts'
import { within } from '../within.ts'
import { MysqlError } from './mysql-error.ts'
import { MysqlLine } from './mysql-line.ts'
import { logIn, NoTls } from './mysql-login.ts'
import { tell } from './mysql-statement.ts'
import type { Session } from './session.ts'

export interface MysqlSession {
  readonly line: MysqlLine
  close(): Promise<void>
}

const quit = Buffer.from([1])
/** Password expired, account locked (MySQL, MariaDB): the sign-in's fault, whatever class the server gives it. */
const signIn: ReadonlySet<number> = new Set([1820, 1862, 3118, 4151])

/**
 * A client of our own: the common one opens its own sockets, answers LOAD DATA LOCAL unless told not to, and runs a
 * statement before it can be seen whether it returns rows. This one has a connected socket and what is here.
 */
export async function openMysqlSession(session: Session): Promise<MysqlSession> {
  const { account, deadline, guard, trust } = session
  const fields = account.connection?.fields ?? {}
  const host = plainHost(fields['host'] ?? '')
  const port = Number(fields['port'] || 3306)
  const user = fields['user'] ?? ''
  const mode = tlsModes.find((one) => one === (fields['tls'] || 'verify'))
  if (host === '' || user === '' || !mode || !Number.isInteger(port))
    throw new NotSent('The connection has no host, user or TLS mode.')
  const where = hostPort(host, port)

  const to = await within(
    deadline,
    guard.check({ connector: account.connector.id, host, port, allowed: account.connection?.egressAllowed ?? [] }),
  )
  // Rows that are read and dropped count as well: four times what one answer may be, and room for the rest.
  const line = new MysqlLine(await connectTcp(to, deadline), session.maxBytes * 4 + 1024 * 1024)
  const stop = deadline.onEnd((why) => line.destroy(new Error(why)))
  try {
    const version = await logIn(line, {
      user,
      database: fields['database'] ?? '',
      password: () => account.secrets.get('password')?.reveal() ?? '',
      protect: mode === 'disable' ? null : (socket) => secure(socket, to, mode, deadline, trust),
    })
    for (const setting of settings(version, Math.max(100, Math.floor(deadline.left() * 0.95))))
      await tell(line, setting)
  } catch (error) {
    stop()
    line.destroy(new Error('no session'))
    if (error instanceof NoTls)
      throw new NotSent(`${where}: the server has no TLS; the connection asks for it (tls: ${mode}).`)
    throw loginFault(error, where, session.clean, deadline.ended())
  }
  return {
    line,
    async close() {
      stop()
      await line.quit(quit)
    },
  }
}

/**
 * What the server may have set otherwise, for everybody. Strict, since a server that is not cuts what is too long.
 * Waiting and running end by the server's own clock: MySQL's for SELECT only.
 */
function settings(version: string, milliseconds: number): string[] {
  const seconds = Math.ceil(milliseconds / 1000)
  const time = /mariadb/i.test(version)
    ? `max_statement_time = ${milliseconds / 1000}`
    : `max_execution_time = ${milliseconds}`
  return [
    'set names utf8mb4',
    `set session autocommit = 1, completion_type = 'NO_CHAIN', time_zone = '+00:00',
      sql_mode = concat_ws(',', nullif(@@sql_mode, ''), 'STRICT_ALL_TABLES')`,
    `set session lock_wait_timeout = ${seconds}, innodb_lock_wait_timeout = ${seconds}, wait_timeout = ${seconds + 1}, ${time}`,
  ]
}

/** Nothing of the action has been sent yet, whatever went wrong here. */
function loginFault(error: unknown, where: string, clean: (text: string) => string, ended: string | null): Error {
  if (error instanceof NotSent) return error
  const said = error instanceof MysqlError ? error : null
  const message = clean(ended ?? (error instanceof Error ? error.message : 'unknown')).slice(0, 500)
  const code = said && said.number !== 0 ? ` (${said.state} ${said.number})` : ''
  if (said && (said.state.startsWith('28') || signIn.has(said.number)))
    return new ServiceFault('credential_refused', `${where}: ${message}${code}`)
  if (said?.state.startsWith('42')) return new ServiceFault('service_refused', `${where}: ${message}${code}`)
  return new NotSent(`${where}: no session: ${message}${code}.`)
}
