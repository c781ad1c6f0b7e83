import { Moved, move } from '../actions/move.ts'
import { actionError } from '../actions/row.ts'
import type { Context } from '../context.ts'
import { serverActor } from '../http/caller.ts'

/** `pending` past its time -> `expired`; `approved` past its start-by time -> `expired`, code `approval_stale`. */
export async function expireActions(ctx: Context): Promise<void> {
  const now = ctx.clock.now()
  const due = await ctx.db
    .selectFrom('actions')
    .select('id')
    .where((e) =>
      e.or([
        e.and([e('status', '=', 'pending'), e('expires_at', '<=', now)]),
        e.and([e('status', '=', 'approved'), e('start_by', '<=', now)]),
      ]),
    )
    .limit(500)
    .execute()
  await Promise.all(due.map(({ id }) => expireOne(ctx, id)))
}

const expireOne = (ctx: Context, id: string): Promise<void> =>
  ctx.writer
    .write(async (tx) => {
      const row = await tx.db.selectFrom('actions').selectAll().where('id', '=', id).executeTakeFirst()
      const over = row?.status === 'pending' ? row.expires_at : row?.status === 'approved' ? row.start_by : null
      if (!row || over === null || over > tx.now) return
      const code = row.status === 'pending' ? 'expired' : 'approval_stale'
      await move(tx, row, 'expired', 'clock', { error: actionError(code), ended_at: tx.now }, () =>
        tx.append({ type: 'action.expired', actor: serverActor, subject: id, data: { code } }),
      )
    })
    .catch((error: unknown) => {
      if (!(error instanceof Moved)) throw error
    })
