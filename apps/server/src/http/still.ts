import type { Context } from '../context.ts'
import type { Caller } from './caller.ts'

/** Whether a stream or long poll may go on: asked every 30 seconds, and at once when something about the caller changes. */
export async function stillAllowed(ctx: Context, caller: Caller): Promise<boolean> {
  if (caller.kind === 'person') return ctx.people.stillValid(caller)
  const agent = await ctx.db.selectFrom('agents').select('status').where('id', '=', caller.id).executeTakeFirst()
  if (!agent || agent.status === 'revoked') return false
  if (caller.token !== undefined) {
    const token = await ctx.db
      .selectFrom('agent_tokens')
      .select('revoked_at')
      .where('id', '=', caller.token)
      .executeTakeFirst()
    return token?.revoked_at === null
  }
  if (caller.key === null) return true
  const key = await ctx.db.selectFrom('agent_keys').select('status').where('id', '=', caller.key).executeTakeFirst()
  return key?.status === 'active' || key?.status === 'unconfirmed'
}
