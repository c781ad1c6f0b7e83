import { mayMove, type Status } from '@permission-slip/protocol/states.ts'
import type { Context } from '../../src/context.ts'
import { exportLog } from '../../src/log/export.ts'
import { verifyLog } from '../../src/log/verify.ts'

const to: Record<string, Status> = {
  'action.denied': 'denied',
  'action.approved': 'approved',
  'action.cancelled': 'cancelled',
  'action.expired': 'expired',
  'action.started': 'executing',
  'action.succeeded': 'succeeded',
  'action.failed': 'failed',
  'action.unknown': 'unknown',
}

/** What the log's own bytes say against an action whose row has this status; empty if nothing. */
export async function faultsOf(ctx: Context, id: string, status: string): Promise<string[]> {
  const rows = await ctx.db.selectFrom('log_entries').select('leaf').where('subject', '=', id).orderBy('seq').execute()
  const entries = rows.map((row) => JSON.parse(row.leaf) as { type: string })
  const faults: string[] = []
  let now: Status | null = null
  let approvals = 0
  let starts = 0
  for (const { type } of entries) {
    const next = type === 'action.submitted' || type === 'action.edited' ? 'pending' : to[type]
    if (type === 'action.approved') approvals++
    if (type === 'action.started') starts++
    if (next === undefined) continue
    if (!mayMove(now, next)) faults.push(`${id}: ${now} -> ${next} is not in the table`)
    now = next
  }
  if (starts > approvals) faults.push(`${id}: ${starts} starts for ${approvals} approvals`)
  if (approvals > 1) faults.push(`${id}: approved ${approvals} times`)
  if (now !== status) faults.push(`${id}: the log says ${now}, the row ${status}`)
  return faults
}

/** What `log verify` says of the whole log, from the export alone. */
export async function problemsOf(ctx: Context): Promise<unknown[]> {
  const { checkpointer } = ctx
  const exported = await exportLog({ db: ctx.db, checkpoint: () => checkpointer.checkpoint(), now: ctx.clock.now() })
  const report = await verifyLog(exported, { key: ctx.keys.log.publicKey })
  return [...report.problems]
}
