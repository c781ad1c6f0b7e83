import { BadAnswer, FieldFault, NotSent, ServiceFault, Unanswered } from '@permission-slip/connectors/kit/faults.ts'
import { check } from '@permission-slip/connectors/kit/probe.ts'
import type { Connector, Context as KitContext } from '@permission-slip/connectors/kit/types.ts'
import type { ConnectionCheck } from '@permission-slip/protocol/connection.ts'
import { type ErrorCode, Refusal } from '@permission-slip/protocol/errors.ts'
import type { Actor } from '@permission-slip/protocol/log.ts'
import { iso } from '../clock.ts'
import type { Context } from '../context.ts'
import type { ConnectionRow } from '../db/schema/connections.ts'
import { accountOf } from '../egress/account.ts'
import { loggedError } from '../egress/logged-error.ts'
import { scrub } from '../egress/redact.ts'
import { readConnection } from './list.ts'
import type { Secrets } from './secret.ts'
import { ConnectionTest } from './test-permit.ts'

const limits = { timeoutMs: 15_000, maxBytes: 1024 * 1024 }

interface Found {
  readonly account_id: string | null
  readonly account: string | null
  readonly warnings: string[]
  readonly error: { code: ErrorCode; message: string } | null
  /** It is somebody else's account now. */
  readonly other: boolean
}

/** Opens the credential for one read of the connection's own, and writes down whether it works and whose it is. */
export async function testConnection(
  ctx: Context,
  actor: Actor,
  id: string,
  from: { signal?: AbortSignal; requestId?: string } = {},
): Promise<ConnectionCheck> {
  const row = await readConnection(ctx.db, id)
  const connector = await ctx.connectors.load(row.connector)
  if (!connector) throw new Refusal('unknown_connector')
  const found = judged(row, await look(ctx, row, connector, from))
  const ok = found.error === null
  return ctx.writer.write(async (tx) => {
    const result: ConnectionCheck = {
      ok,
      at: iso(tx.now),
      account: found.account,
      warnings: found.warnings,
      error: found.error,
    }
    const now = await readConnection(tx.db, id)
    // What was tested is not what stands any more: say so, and keep the newer state as it is.
    if (now.revision === row.revision) {
      const known = ok ? { account_id: found.account_id, account_label: found.account } : {}
      const attention = found.other
        ? { status: 'paused' }
        : found.error?.code === 'credential_refused' && now.status === 'active'
          ? { status: 'needs_attention' }
          : {}
      const mended = ok && now.status === 'needs_attention' ? { status: 'active' } : {}
      await tx.db
        .updateTable('connections')
        .set({ check_result: JSON.stringify(result), ...known, ...attention, ...mended })
        .where('id', '=', id)
        .execute()
    }
    await tx.append({
      type: 'connection.tested',
      actor,
      subject: id,
      data: { ok, revision: row.revision },
      content: { account: found.account, warnings: found.warnings, error: found.error },
    })
    return result
  })
}

async function look(
  ctx: Context,
  row: ConnectionRow,
  connector: Connector,
  { signal, requestId }: { signal?: AbortSignal; requestId?: string },
): Promise<Found> {
  const nobody = { account_id: null, account: null, other: false }
  if (!connector.check)
    return {
      ...nobody,
      warnings: [`${connector.name} offers nothing to test with: the first action will show whether it works.`],
      error: null,
    }
  let secrets: Secrets = new Map()
  try {
    const permit = ConnectionTest.permit({ connection: row.id, connector: row.connector })
    secrets = await ctx.vault.open(permit, row.id, JSON.parse(row.fields) as Record<string, string>)
    const account = accountOf(connector, row, secrets)
    const options = { ...limits, ...(signal ? { signal } : {}) }
    const kit: KitContext = {
      fields: account.connection?.fields ?? {},
      account: row.account_id,
      key: row.id,
      now: ctx.clock.now(),
      auth: row.auth,
    }
    const bound = connector.check.run ? ctx.egress.io(permit, account, { ...options, step: async () => {} }) : null
    try {
      const ways = {
        ...(bound ? { io: bound.io } : {}),
        send: (wire: Parameters<typeof ctx.egress.http>[2]) => ctx.egress.http(permit, account, wire, options),
      }
      const answer = await check(connector, kit, ways, { origins: ctx.config.origins, auth: row.auth })
      return {
        ...nobody,
        account: answer?.account ?? null,
        account_id: answer?.account_id ?? null,
        warnings: (answer?.warnings ?? []).map((one) => scrub(one, secrets)),
        error: null,
      }
    } finally {
      await bound?.close()
    }
  } catch (error) {
    return { ...nobody, warnings: [], error: faultOf(ctx, error, secrets, requestId) }
  }
}

/** Another account than before is another connection: what was approved for one must not run as the other. */
function judged(row: ConnectionRow, found: Found): Found {
  if (found.error || row.account_id === null || found.account_id === null || row.account_id === found.account_id)
    return found
  const whose = `${found.account ?? 'another account'}, not of ${row.account_label ?? 'the one before'}`
  return {
    ...found,
    other: true,
    warnings: [...found.warnings, `Paused: the credential is of ${whose}.`],
    error: {
      code: 'credential_refused',
      message: `This credential is of ${whose}: add it as a connection of its own.`,
    },
  }
}

function faultOf(
  ctx: Context,
  error: unknown,
  secrets: Secrets,
  request: string | undefined,
): { code: ErrorCode; message: string } {
  const message = scrub(error instanceof Error ? error.message : 'unknown', secrets).slice(0, 1000)
  if (
    error instanceof NotSent ||
    error instanceof ServiceFault ||
    error instanceof BadAnswer ||
    error instanceof Refusal
  )
    return { code: error.code, message }
  // A test changes nothing at the service, so no answer is just that.
  if (error instanceof Unanswered) return { code: 'service_failed', message }
  if (error instanceof FieldFault) return { code: 'invalid_request', message }
  ctx.logger.error({ err: loggedError(error, secrets), request }, 'a connection test failed in our own code')
  return { code: 'internal', message: 'Something went wrong here; nothing is known about the connection.' }
}
