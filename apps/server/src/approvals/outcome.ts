import { Refusal } from '@permission-slip/protocol/errors.ts'
import type { JsonObject } from '@permission-slip/protocol/json.ts'
import { move } from '../actions/move.ts'
import { actionError, readAction } from '../actions/row.ts'
import { submit } from '../actions/submit.ts'
import { accessOf, limitsOf, readAgent } from '../agents/row.ts'
import type { Context } from '../context.ts'
import type { ActionRow } from '../db/schema/actions.ts'
import { type AgentCaller, actorOf, type PersonCaller } from '../http/caller.ts'

/** A person found out what became of an unknown outcome. */
export async function settle(
  ctx: Context,
  caller: PersonCaller,
  id: string,
  asked: { happened: boolean; note: string },
): Promise<ActionRow> {
  return ctx.writer.write(async (tx) => {
    const row = await readAction(tx.db, id, null)
    if (row.status !== 'unknown')
      throw new Refusal('already_settled', `It is ${row.status}; only an unknown outcome is settled.`, {
        more: { status: row.status },
      })
    const actor = actorOf(caller)
    const note = asked.note.trim()
    await tx.append({
      type: 'action.settled',
      actor,
      subject: id,
      data: { happened: asked.happened, person: caller.id, via: caller.via },
      ...(note ? { content: { note } } : {}),
    })
    const { digest } = row
    if (asked.happened)
      return move(tx, row, 'succeeded', 'person', { error: null, ended_at: tx.now, lease_until: null }, () =>
        tx.append({ type: 'action.succeeded', actor, subject: id, data: { digest, code: null, by: 'person' } }),
      )
    return move(
      tx,
      row,
      'failed',
      'person',
      { error: actionError('settled_did_not', note || undefined), ended_at: tx.now, lease_until: null },
      () =>
        tx.append({
          type: 'action.failed',
          actor,
          subject: id,
          data: { digest, code: 'settled_did_not', partial: false, by: 'person' },
        }),
    )
  })
}

/** "Run it again" is a new action of the same agent, with its own decision. */
export async function retry(ctx: Context, caller: PersonCaller, id: string): Promise<ActionRow> {
  const row = await readAction(ctx.db, id, null)
  if (!['failed', 'unknown', 'cancelled', 'expired', 'denied', 'succeeded'].includes(row.status))
    throw new Refusal('already_started', `It is ${row.status}; wait for its end.`)
  const agent = await readAgent(ctx.db, row.agent)
  const asAgent: AgentCaller = {
    kind: 'agent',
    id: agent.id,
    key: null,
    nonce: null,
    status: agent.status as AgentCaller['status'],
    name: agent.name,
    limits: limitsOf(agent),
    access: accessOf(agent),
    defaultExpiry: agent.default_expiry,
  }
  const asked = {
    connector: row.connector,
    action: row.action,
    params: JSON.parse(row.executed_params ?? row.params) as JsonObject,
    ...(row.connection ? { connection: row.connection as `con_${string}` } : {}),
    ...(row.reason ? { reason: row.reason } : {}),
  }
  return submit(ctx, asAgent, asked, `retry-${row.id}`, { action: row.id, by: actorOf(caller) })
}
