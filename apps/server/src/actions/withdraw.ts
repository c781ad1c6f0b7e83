import type { ErrorCode } from '@permission-slip/protocol/errors.ts'
import type { Actor } from '@permission-slip/protocol/log.ts'
import type { ActionRow } from '../db/schema/actions.ts'
import type { Tx } from '../db/writer-types.ts'
import { move } from './move.ts'
import { actionError } from './row.ts'

/** Withdraws everything of an agent or connection that has not started. */
export async function withdrawAll(
  tx: Tx,
  of: { agent: string } | { connection: string },
  code: ErrorCode,
  actor: Actor,
): Promise<void> {
  const [column, value] = 'agent' in of ? (['agent', of.agent] as const) : (['connection', of.connection] as const)
  const rows = await tx.db
    .selectFrom('actions')
    .selectAll()
    .where(column, '=', value)
    .where('status', 'in', ['pending', 'approved'])
    .execute()
  for (const row of rows) await withdraw(tx, row, code, actor)
}

/** `pending` or `approved` -> `cancelled`. */
export function withdraw(tx: Tx, row: ActionRow, code: ErrorCode, actor: Actor): Promise<ActionRow> {
  const by = actor.kind === 'server' ? 'executor' : actor.kind
  return move(tx, row, 'cancelled', by, { error: actionError(code), ended_at: tx.now }, () =>
    tx.append({ type: 'action.cancelled', actor, subject: row.id, data: { code, by } }),
  )
}
