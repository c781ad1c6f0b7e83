import { withdrawAll } from '../actions/withdraw.ts'
import type { Context } from '../context.ts'
import { actorOf, type PersonCaller } from '../http/caller.ts'
import { readConnection } from './list.ts'

/** The credential's keys are destroyed, what waited for this connection is withdrawn, the row stays for its label. */
export async function removeConnection(ctx: Context, caller: PersonCaller, id: string): Promise<void> {
  await ctx.writer.write(async (tx) => {
    const row = await readConnection(tx.db, id)
    const revision = row.revision + 1
    await tx.db
      .updateTable('connections')
      .set({ status: 'removed', revision, egress_allowed: '[]', check_result: null })
      .where('id', '=', id)
      .execute()
    await ctx.vault.destroy(tx, id)
    const actor = actorOf(caller)
    await tx.append({ type: 'connection.removed', actor, subject: id, data: { revision } })
    await withdrawAll(tx, { connection: id }, 'connection_changed', actor)
  })
}
