import { NotSent, ServiceFault } from '@permission-slip/connectors/kit/faults.ts'
import pg from 'pg'
import { hostPort } from '../address.ts'
import { connectTcp, tlsModes } from '../connect.ts'
import { plainHost } from '../resolve.ts'
import { within } from '../within.ts'
import { ServerError } from './pg-statement.ts'
import { securePg } from './pg-tls.ts'
import { PgWire } from './pg-wire.ts'
import type { Session } from './session.ts'

export interface PgSession {
  readonly client: pg.Client
  /** A statement of our own, without parameters; its command tag. */
  plain(text: string): Promise<string>
  close(): Promise<void>
}

/** How values are written, so that `pg-values.ts` can read them, whatever the role's own settings are. */
const settings = `set datestyle = 'ISO, YMD'; set timezone = 'UTC'; set intervalstyle = 'iso_8601'; set bytea_output = 'hex';
  set extra_float_digits = 1; set standard_conforming_strings = on`

/**
 * `pg`'s client with every option said here: what is left out it would take from PG* variables and ~/.pgpass. What it
 * sends at the start is our own list, since PGOPTIONS and PGREPLICATION reach that past its options.
 */
class Client extends pg.Client {
  readonly #startup: Record<string, string>
  constructor(wire: PgWire, who: { user: string; database: string; password: () => string }) {
    super({
      ...who,
      host: 'checked.invalid',
      port: 1,
      stream: () => wire,
      ssl: false,
      sslnegotiation: 'postgres',
      enableChannelBinding: false,
      application_name: 'permission-slip',
      connectionTimeoutMillis: 0,
      keepAlive: false,
    })
    this.#startup = {
      user: who.user,
      database: who.database,
      application_name: 'permission-slip',
      client_encoding: 'UTF8',
    }
  }
  getStartupConf(): Record<string, string> {
    return this.#startup
  }
}

export async function openPgSession(session: Session): Promise<PgSession> {
  const { account, deadline, guard, trust } = session
  const fields = account.connection?.fields ?? {}
  const host = plainHost(fields['host'] ?? '')
  const port = Number(fields['port'] || 5432)
  const user = fields['user'] ?? ''
  const mode = tlsModes.find((one) => one === (fields['tls'] || 'verify'))
  if (host === '' || user === '' || !mode || !Number.isInteger(port))
    throw new NotSent('The connection has no host, user or TLS mode.')
  const where = hostPort(host, port)

  const to = await within(
    deadline,
    guard.check({ connector: account.connector.id, host, port, allowed: account.connection?.egressAllowed ?? [] }),
  )
  const tcp = await connectTcp(to, deadline)
  const socket = mode === 'disable' ? tcp : await securePg(tcp, to, mode, deadline, trust)
  // Rows that are read and dropped count as well: four times what one answer may be, and room for the rest.
  const wire = new PgWire(socket, session.maxBytes * 4 + 1024 * 1024)
  const client = new Client(wire, {
    user,
    database: fields['database'] || user,
    password: () => account.secrets.get('password')?.reveal() ?? '',
  })
  let cause: Error | null = null
  client.on('error', (error) => {
    cause ??= error
  })
  const stop = deadline.onEnd((why) => wire.destroy(new Error(why)))

  async function plain(text: string): Promise<string> {
    try {
      const done = await client.query(text)
      return Array.isArray(done) ? '' : done.command
    } catch (error) {
      if (error instanceof pg.DatabaseError)
        throw new ServerError(error.message, error.code ?? '', error.severity !== 'ERROR')
      throw cause ?? error
    }
  }
  async function close(): Promise<void> {
    stop()
    const ended = new Promise<void>((resolve) => wire.once('close', resolve))
    client.end().catch(() => {})
    const giveUp = setTimeout(() => wire.destroy(), 1000)
    await (wire.destroyed ? undefined : ended)
    clearTimeout(giveUp)
  }

  try {
    await client.connect()
    const time = Math.max(100, Math.floor(deadline.left() * 0.95))
    await plain(
      `${settings}; set statement_timeout = ${time}; set idle_in_transaction_session_timeout = ${time + 1000}`,
    )
  } catch (error) {
    await close()
    throw loginFault(error, where, session.clean, deadline.ended())
  }
  return { client, plain, close }
}

/** Nothing of the action has been sent yet, whatever went wrong here. */
function loginFault(error: unknown, where: string, clean: (text: string) => string, ended: string | null): Error {
  const code = error instanceof pg.DatabaseError || error instanceof ServerError ? (error.code ?? '') : ''
  const message = clean(ended ?? (error instanceof Error ? error.message : 'unknown')).slice(0, 500)
  // The client's own words when there is no password to answer with, or the server can't prove that it knows it.
  const sasl = error instanceof Error && error.message.startsWith('SASL')
  if (code.startsWith('28') || sasl)
    return new ServiceFault('credential_refused', `${where}: ${message}${code && ` (${code})`}`)
  if (code.startsWith('3D') || code === '42501')
    return new ServiceFault('service_refused', `${where}: ${message} (${code})`)
  return new NotSent(`${where}: no session: ${message}${code && ` (${code})`}.`, 'not_sent')
}
