import { NotSent } from '@permission-slip/connectors/kit/faults.ts'
import type { Io } from '@permission-slip/connectors/kit/io.ts'
import { resolveOrigin } from '@permission-slip/connectors/kit/origin.ts'
import type { Connector, WireAnswer, WireRequest } from '@permission-slip/connectors/kit/types.ts'
import type { Permit } from '../actions/permit.ts'
import { Approved } from '../actions/settle.ts'
import type { Clock } from '../clock.ts'
import type { Config } from '../config/config.ts'
import type { Secrets } from '../connections/secret.ts'
import { ConnectionTest } from '../connections/test-permit.ts'
import type { Db, Writer } from '../db/writer-types.ts'
import { applyAuth } from './apply-auth.ts'
import { makeDeadline } from './deadline.ts'
import { openMysql } from './drivers/mysql.ts'
import { makeNotebookIo } from './drivers/notebook.ts'
import { openPostgres } from './drivers/postgres.ts'
import { openRedis } from './drivers/redis.ts'
import { sendHttp } from './http.ts'
import { databaseAddress, makeOwn } from './own.ts'
import { scrub } from './redact.ts'
import { type Guard, makeGuard, type Resolver, systemResolver } from './resolve.ts'
import { parseAddress } from './url.ts'
import { within } from './within.ts'

/** On whose behalf something is sent: what the vault opened, with the connection's own non-secret facts. */
export interface Account {
  readonly connector: Connector
  /** Null for a connector without accounts. */
  readonly connection: {
    readonly id: string
    readonly auth: string
    readonly fields: Readonly<Record<string, string>>
    /** Private `host:port` that the owner allowed. */
    readonly egressAllowed: readonly string[]
  } | null
  readonly secrets: Secrets
}

export interface Limits {
  readonly timeoutMs: number
  /** Bytes of one answer, after decompression. */
  readonly maxBytes: number
  readonly signal?: AbortSignal
}

/** Records one step, durably, before it is sent. */
export type Step = (method: string, host: string) => Promise<void>

/** The one place that opens network connections. */
export interface Egress {
  /** Sends one request that the caller has recorded. Rejects with the errors of `kit/faults.ts`. */
  http(permit: Permit, account: Account, request: WireRequest, limits: Limits): Promise<WireAnswer>
  /**
   * The bound client of a connector's `run`. It connects when first used, after `step` has recorded it; `close` ends
   * its session whatever happened. `limits.timeoutMs` is for the whole of it. `leaked` is called when the server's own
   * words held the credential; they are handed on without it.
   */
  io(
    permit: Permit,
    account: Account,
    options: Limits & { step: Step; leaked?: () => void },
  ): { io: Io; close(): Promise<void> }
  readonly guard: Guard
}

export function makeEgress(parts: {
  config: Pick<Config, 'egressAllow' | 'origins' | 'publicUrl' | 'databaseUrl'>
  clock: Clock
  /** For the notebook, which is kept here. */
  db: Db
  writer: Writer
  /** Ports this server listens on; asked at each use. */
  ports(): readonly number[]
  resolver?: Resolver
  /** Certificates (PEM) trusted besides the system's. */
  trust?: readonly string[]
  /** Addresses of this machine, where they are not its own. */
  addresses?: () => readonly string[]
}): Egress {
  const { config, clock, db, writer, ports, resolver = systemResolver, trust = [] } = parts
  const own = makeOwn({
    ports,
    publicUrl: config.publicUrl,
    database: databaseAddress(config.databaseUrl),
    resolver,
    ...(parts.addresses ? { addresses: parts.addresses } : {}),
  })
  const guard = makeGuard({ resolver, allowances: config.egressAllow, own })

  /** The credential goes to the connector's own origins only, whatever the request says. */
  function holdOrigin(account: Account, request: WireRequest): void {
    const { connector, connection } = account
    if (request.handoff) {
      if (request.credential) throw new NotSent('A handed-over address gets no credential.', 'egress_refused')
      return
    }
    const place = { origins: config.origins, ...(connection ? { auth: connection.auth } : {}) }
    const origins = Object.keys(connector.origins).map((name) =>
      resolveOrigin(connector, name, connection?.fields ?? {}, place),
    )
    if (
      !origins.some(
        (origin) =>
          request.url.startsWith(`${origin}/`) || request.url === origin || request.url.startsWith(`${origin}?`),
      )
    )
      throw new NotSent(`That is not an address of ${connector.id}.`, 'egress_refused')
  }

  return {
    guard,
    async http(permit, account, request, limits) {
      holdPermit(permit, account)
      holdOrigin(account, request)
      const deadline = makeDeadline(clock, limits.timeoutMs, limits.signal)
      try {
        const { connector, connection, secrets } = account
        const auth = connector.auth.find((one) => one.name === connection?.auth)
        if (connection && !auth) throw new NotSent(`${connector.id} has no way to sign in named ${connection.auth}.`)
        const { url, headers } = applyAuth(request, auth?.apply ?? { kind: 'none' }, {
          fields: connection?.fields ?? {},
          secrets,
          now: clock.now(),
        })
        const address = parseAddress(url)
        const checked = await within(
          deadline,
          guard.check({
            connector: connector.id,
            host: address.host,
            port: address.port,
            allowed: connection?.egressAllowed ?? [],
          }),
        )
        if (!address.secure && !checked.private)
          throw new NotSent(
            `${address.host}: only https, except to private addresses that were allowed.`,
            'egress_refused',
          )
        return await sendHttp(request, address, checked, headers, { maxBytes: limits.maxBytes, deadline, trust })
      } finally {
        deadline.clear()
      }
    },

    io(permit, account, options) {
      holdPermit(permit, account)
      const { connector } = account
      const deadline = makeDeadline(clock, options.timeoutMs, options.signal)
      const clean = (text: string): string => {
        const kept = scrub(text, account.secrets)
        if (kept !== text) options.leaked?.()
        return kept
      }
      const { maxBytes, step } = options
      const session = { account, deadline, maxBytes, step, clean, guard, trust, clock }
      const mysql = connector.driver === 'mysql' ? openMysql(session) : null
      const postgres = connector.driver === 'postgres' ? openPostgres(session) : null
      const redis = connector.driver === 'redis' ? openRedis(session) : null
      const notebook =
        connector.driver === 'notebook'
          ? makeNotebookIo({ db, writer, action: permit.action, step: options.step })
          : null
      const other = (name: string): never => {
        throw new TypeError(`${connector.id} has no ${name} client`)
      }
      return {
        io: {
          get postgres() {
            return postgres?.io ?? other('postgres')
          },
          get mysql() {
            return mysql?.io ?? other('mysql')
          },
          get redis() {
            return redis?.io ?? other('redis')
          },
          get notebook() {
            return notebook ?? other('notebook')
          },
        },
        async close() {
          try {
            await mysql?.close()
            await postgres?.close()
            await redis?.close()
          } finally {
            deadline.clear()
          }
        },
      }
    },
  }
}

/** Types give way to casts; this does not. */
function holdPermit(permit: Permit, account: Account): void {
  if (!Approved.is(permit) && !ConnectionTest.is(permit)) throw new Error('nothing leaves without a permit')
  if (permit.connector !== account.connector.id) throw new Error('the permit is for another connector')
  if (permit.connection !== (account.connection?.id ?? null)) throw new Error('the permit is for another connection')
}
