import type { Json } from '@permission-slip/protocol/json.ts'
import type { Context } from '../context.ts'
import type { ActionRow } from '../db/schema/actions.ts'
import type { Tx } from '../db/writer-types.ts'
import { serverActor } from '../http/caller.ts'
import { Moved, move } from './move.ts'
import type { Outcome } from './perform.ts'
import { actionError } from './row.ts'

/** Answers withheld, errors among them, before an agent is paused: it could be guessing a credential by asking for it. */
const mostLeaks = 3

/**
 * `executing` (or `unknown`, when a key or probe settled it) -> its outcome. Only the copy and attempt that hold the
 * execution may say so; anybody else's word is dropped.
 */
export async function finish(ctx: Context, row: ActionRow, outcome: Outcome): Promise<void> {
  if (row.status === 'unknown' && outcome.to === 'unknown') return
  await ctx.writer.write(async (tx) => {
    const now = await tx.db
      .selectFrom('actions')
      .select(['status', 'copy', 'attempt'])
      .where('id', '=', row.id)
      .executeTakeFirst()
    if (!now || now.status !== row.status || now.copy !== ctx.copy || now.attempt !== row.attempt)
      throw new Moved(row.id)
    await write(tx, row, outcome)
    if (outcome.leaked) await countLeak(tx, row.agent)
  })
}

async function write(tx: Tx, row: ActionRow, outcome: Outcome): Promise<void> {
  const { digest } = row
  const by = row.status === 'unknown' ? 'recovery' : 'executor'
  const about = { actor: serverActor, subject: row.id }
  const end = { ended_at: tx.now, lease_until: null }
  if (outcome.to === 'succeeded') {
    const result = outcome.error ? null : JSON.stringify(outcome.result)
    await tx.db
      .updateTable('agents')
      .set((e) => ({ stored: e('stored', '+', Buffer.byteLength(result ?? '')) }))
      .where('id', '=', row.agent)
      .execute()
    const error = outcome.error ? actionError(outcome.error.code, outcome.error.message) : null
    await move(tx, row, 'succeeded', by, { ...end, result, error }, () =>
      tx.append({
        type: 'action.succeeded',
        ...about,
        data: { digest, code: outcome.error?.code ?? null, by: outcome.by },
        ...(outcome.error ? {} : { content: { result: outcome.result } }),
      }),
    )
  } else if (outcome.to === 'failed') {
    const { code, message, partial } = outcome
    await move(tx, row, 'failed', by, { ...end, error: actionError(code, message), partial: Number(partial) }, () =>
      tx.append({
        type: 'action.failed',
        ...about,
        data: { digest, code, partial, by: outcome.by },
        content: content(message),
      }),
    )
  } else {
    const { code, message } = outcome
    // The lease of an unknown outcome says when a key or a probe is tried again.
    await move(tx, row, 'unknown', by, { error: actionError(code, message), lease_until: tx.now + 10_000 }, () =>
      tx.append({ type: 'action.unknown', ...about, data: { digest, code }, content: content(message) }),
    )
  }
}

const content = (message: string): Json => ({ message })

async function countLeak(tx: Tx, agent: string): Promise<void> {
  const row = await tx.db
    .selectFrom('agents')
    .select(['leaks', 'status'])
    .where('id', '=', agent)
    .executeTakeFirstOrThrow()
  const leaks = row.leaks + 1
  const pause = leaks >= mostLeaks && row.status === 'active'
  await tx.db
    .updateTable('agents')
    .set({ leaks, ...(pause ? { status: 'paused' } : {}) })
    .where('id', '=', agent)
    .execute()
  if (pause)
    await tx.append({
      type: 'agent.paused',
      actor: serverActor,
      subject: agent,
      data: { code: 'credential_in_result' },
    })
}
