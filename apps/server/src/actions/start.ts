import type { ErrorCode } from '@permission-slip/protocol/errors.ts'
import { mayAsk } from '../agents/may-ask.ts'
import { accessOf } from '../agents/row.ts'
import { connectionOf } from '../connections/list.ts'
import type { Context } from '../context.ts'
import type { ActionRow } from '../db/schema/actions.ts'
import type { ConnectionRow } from '../db/schema/connections.ts'
import type { Tx } from '../db/writer-types.ts'
import { serverActor } from '../http/caller.ts'
import { judge } from '../rules/judge.ts'
import { isFrozen } from '../settings.ts'
import { move } from './move.ts'
import { knownParams } from './parse.ts'
import { type ProvenEntry, trustedEntries } from './proven-entries.ts'
import { approvalIn, isSpent, votersIn } from './settle.ts'
import { withdraw } from './withdraw.ts'

/** No execution lasts longer: after it the executor lets go, by a clock that does not jump. */
export const hardLimitMs = 150_000
/** Longer than the hard limit, so that nobody else takes an execution that its owner could still be sending. */
export const leaseMs = 240_000

export type Start =
  | { did: 'started'; row: ActionRow; connection: ConnectionRow | null }
  | { did: 'withdrawn' }
  /** Its connection is busy, or the clock is in doubt: try again when something ends. */
  | { did: 'later' }
  | { did: 'gone' }

/**
 * `approved` -> `executing`, at most once whatever the number of copies: one transaction that holds the log's lock and
 * reads everything again. Whatever is not as it was approved withdraws it, with the code that says what.
 */
export async function start(ctx: Context, id: string): Promise<Start> {
  const first = await ctx.db
    .selectFrom('actions')
    .select(['connector', 'action'])
    .where('id', '=', id)
    .executeTakeFirst()
  if (!first) return { did: 'gone' }
  const known = await knownParams(ctx, first.connector, first.action)
  return ctx.writer.write(async (tx): Promise<Start> => {
    const row = await tx.db.selectFrom('actions').selectAll().where('id', '=', id).executeTakeFirst()
    if (row?.status !== 'approved') return { did: 'gone' }
    // Past its start-by time it is the clock's to expire, never ours to start.
    if (row.start_by !== null && row.start_by <= tx.now) return { did: 'gone' }
    if (ctx.clockGuard.problem() !== null) return { did: 'later' }
    const connection = await connectionOf(tx.db, row.connection)
    const entries = await trustedEntries(tx.db, ctx.trustedKeys(), row.id)
    const approved = entries && approvalIn(entries, row)
    const proven = entries !== null && approved !== null && !isSpent(entries, approved)
    const changed = proven
      ? await whatChanged(ctx, tx, row, connection, { entries, approved, known })
      : 'approval_unproved'
    if (!proven || changed !== null) {
      await withdraw(tx, row, changed ?? 'approval_unproved', serverActor)
      return { did: 'withdrawn' }
    }
    // The row could say any time; the log says until when.
    if (Number(approved.data['start_by']) <= tx.now) return { did: 'gone' }
    if (connection && (await isBusy(tx, connection))) return { did: 'later' }
    const set = {
      copy: ctx.copy,
      lease_until: tx.now + leaseMs,
      attempt: 1,
      started_at: tx.now,
      executed_params: row.params,
    }
    const started = await move(tx, row, 'executing', 'executor', set, () =>
      tx.append({
        type: 'action.started',
        actor: serverActor,
        subject: row.id,
        data: { digest: row.digest, decision: approved.digest, copy: ctx.copy, attempt: 1 },
      }),
    )
    if (connection)
      await tx.db.updateTable('connections').set({ last_used_at: tx.now }).where('id', '=', connection.id).execute()
    return { did: 'started', row: started, connection }
  })
}

/** Who approved it is read from the log, never from the row. */
interface Proven {
  entries: readonly ProvenEntry[]
  approved: ProvenEntry
  known: Awaited<ReturnType<typeof knownParams>>
}

async function whatChanged(
  ctx: Context,
  tx: Tx,
  row: ActionRow,
  connection: ConnectionRow | null,
  { entries, approved, known }: Proven,
): Promise<ErrorCode | null> {
  if (await isFrozen(tx.db)) return 'frozen'
  const agent = await tx.db.selectFrom('agents').selectAll().where('id', '=', row.agent).executeTakeFirst()
  if (agent?.status !== 'active') return 'agent_stopped'
  if (
    row.connection !== null &&
    (!connection || connection.status === 'removed' || connection.revision !== row.connection_revision)
  )
    return 'connection_changed'
  if (!mayAsk(accessOf(agent), row.connector, row.action, connection)) return 'access_changed'
  if (ctx.connectors.entry(row.connector)?.version !== row.connector_version) return 'connector_changed'

  const match = await judge(tx.db, row, known, tx.now)
  if (match.outcome === 'deny') return 'rule_denied'
  const { by, rule, rule_version } = approved.data
  if (by === 'rule') {
    const still = match.rules.find((l) => l.rule === rule && l.version === rule_version)
    return still?.matched && still.effect === 'allow' ? null : 'rule_changed'
  }
  for (const voter of votersIn(entries, row.digest)) {
    const person = await tx.db
      .selectFrom('people')
      .select(['role', 'removed'])
      .where('id', '=', voter)
      .executeTakeFirst()
    if (!person || person.removed === 1 || person.role === 'viewer') return 'voter_changed'
  }
  return null
}

/** A connection serves so many at once and so many a minute, over all copies. */
async function isBusy(tx: Tx, connection: ConnectionRow): Promise<boolean> {
  const running = await tx.db
    .selectFrom('actions')
    .select('id')
    .where('connection', '=', connection.id)
    .where('status', '=', 'executing')
    .offset(connection.concurrency - 1)
    .limit(1)
    .executeTakeFirst()
  if (running) return true
  if (connection.rate_per_minute === null) return false
  const recent = await tx.db
    .selectFrom('actions')
    .select('started_at')
    .where('connection', '=', connection.id)
    .where('started_at', '>', tx.now - 60_000)
    .offset(connection.rate_per_minute - 1)
    .limit(1)
    .executeTakeFirst()
  return recent !== undefined
}
