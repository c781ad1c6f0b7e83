import { mayAsk } from '../agents/may-ask.ts'
import { accessOf } from '../agents/row.ts'
import { connectionOf } from '../connections/list.ts'
import type { Context } from '../context.ts'
import type { ActionRow } from '../db/schema/actions.ts'
import type { ConnectionRow } from '../db/schema/connections.ts'
import type { Tx } from '../db/writer-types.ts'
import { judge } from '../rules/judge.ts'
import { isFrozen } from '../settings.ts'
import { perform, withinWindow } from './execute.ts'
import { askProbe, type Execution, type Outcome } from './perform.ts'
import { hardLimitMs, leaseMs } from './start.ts'

const unknown: Outcome = { to: 'unknown', code: 'outcome_unknown', message: 'The server stopped while it was running.' }
/** How long an unknown outcome is asked after by itself, in milliseconds: after that a person does. */
const askFor = 24 * 3_600_000

/**
 * Executions that nobody sees to their end any more: this copy's own from before a restart, others' whose lease ended,
 * and unknown outcomes whose next try is due. Each is taken over in a transaction, so one copy has it.
 */
export async function recover(ctx: Context, atStart: boolean): Promise<number> {
  // Another server under this copy's id takes over what this one ran: it must not be taken back.
  if (ctx.database.copyProblem() !== null) return 0
  const now = ctx.clock.now()
  // All of them at once: one of ours that is left out at the start would wait for its lease to end.
  const lost = await ctx.db
    .selectFrom('actions')
    .select('id')
    .where('status', '=', 'executing')
    .where((e) => e.or([e('lease_until', '<', now), ...(atStart ? [e('copy', '=', ctx.copy)] : [])]))
    .execute()
  const due = await ctx.db
    .selectFrom('actions')
    .select('id')
    .where('status', '=', 'unknown')
    .where('lease_until', '<', now)
    .limit(100)
    .execute()
  for (const { id } of [...lost, ...due]) if (!ctx.executor.isRunning(id)) await takeOver(ctx, id, atStart)
  return lost.length + due.length
}

async function takeOver(ctx: Context, id: string, atStart: boolean): Promise<void> {
  const until = ctx.clock.monotonic() + hardLimitMs
  const taken = await ctx.writer.write(async (tx) => {
    const row = await tx.db.selectFrom('actions').selectAll().where('id', '=', id).executeTakeFirst()
    const over = row && row.lease_until !== null && row.lease_until < tx.now
    const mine = row?.status === 'executing' && atStart && row.copy === ctx.copy
    if (!row || !(mine || over) || !['executing', 'unknown'].includes(row.status)) return null
    if (row.status === 'unknown' && row.started_at !== null && tx.now > row.started_at + askFor) {
      await tx.db.updateTable('actions').set({ lease_until: null }).where('id', '=', id).execute()
      return null
    }
    const connection = await connectionOf(tx.db, row.connection)
    const set = { copy: ctx.copy, lease_until: tx.now + leaseMs, attempt: row.attempt + 1 }
    await tx.db.updateTable('actions').set(set).where('id', '=', id).execute()
    const same =
      connection === null
        ? row.connection === null
        : connection.status !== 'removed' && connection.revision === row.connection_revision
    // Another version could make another request of what was approved.
    const sameVersion = ctx.connectors.entry(row.connector)?.version === row.connector_version
    const stopped =
      (await isFrozen(tx.db)) ||
      !same ||
      !sameVersion ||
      !(await mayStill(tx, row, connection)) ||
      ctx.clockGuard.problem() !== null
    return { row: { ...row, ...set }, connection, stopped }
  })
  if (!taken) return
  ctx.executor.resume(taken.row, taken.connection, until, (x) => settled(ctx, taken.row, x, taken.stopped))
}

/** Sending again is sending: not for an agent that was stopped or narrowed, nor against a deny rule of today. */
async function mayStill(tx: Tx, row: ActionRow, connection: ConnectionRow | null): Promise<boolean> {
  const agent = await tx.db.selectFrom('agents').selectAll().where('id', '=', row.agent).executeTakeFirst()
  if (agent?.status !== 'active' || !mayAsk(accessOf(agent), row.connector, row.action, connection)) return false
  return (await judge(tx.db, row, {}, tx.now)).outcome !== 'deny'
}

/** By reading again, by the same key, by the probe; otherwise it stays unknown and a person settles it. */
async function settled(ctx: Context, row: ActionRow, x: Execution | null, stopped: boolean): Promise<Outcome> {
  const outcome = x === null || stopped ? unknown : await bySending(ctx, x)
  if (outcome.to === 'unknown' && row.status === 'unknown') await later(ctx, row)
  return outcome
}

async function bySending(ctx: Context, x: Execution): Promise<Outcome> {
  if (x.action.effect === 'read') return perform(ctx, x)
  if (x.action.idempotency !== null && withinWindow(x, ctx.clock.now()) && !(await unkeyedStep(ctx, x)))
    return perform(ctx, x)
  return (await askProbe(ctx, x)) ?? unknown
}

/** A step with an effect that carried no key may have happened: then nothing is sent again. */
async function unkeyedStep(ctx: Context, x: Execution): Promise<boolean> {
  const steps = await ctx.db.selectFrom('action_steps').select('key').where('action', '=', x.row.id).execute()
  return steps.some((step) => step.key === null)
}

/** An unknown outcome is asked after again, ever more rarely; one that nothing can be asked of, never. */
async function later(ctx: Context, row: ActionRow): Promise<void> {
  const connector = await ctx.connectors.load(row.connector)
  const action = connector?.actions[row.action]
  const askable =
    action !== undefined && (action.effect === 'read' || action.probe !== null || action.idempotency !== null)
  const wait = Math.min(10_000 * 4 ** Math.min(row.attempt, 6), 3_600_000)
  await ctx.writer.write(async (tx) => {
    const lease_until = askable ? tx.now + wait : null
    await tx.db
      .updateTable('actions')
      .set({ lease_until })
      .where('id', '=', row.id)
      .where('status', '=', 'unknown')
      .where('attempt', '=', row.attempt)
      .execute()
  })
}
