import { newId } from '@permission-slip/protocol/ids.ts'
import { iso } from '../clock.ts'
import type { Context } from '../context.ts'
import { actorOf, type PersonCaller } from '../http/caller.ts'
import { hashToken, makeInviteCode } from '../tokens.ts'

const lifetime = 15 * 60_000

/** A code for one enrolment. Only its hash is kept. */
export async function invite(ctx: Context, caller: PersonCaller): Promise<{ code: string; expires_at: string }> {
  const code = makeInviteCode()
  const expiresAt = await ctx.writer.write(async (tx) => {
    const id = newId('inv', tx.now)
    const expires_at = tx.now + lifetime
    await tx.db
      .insertInto('invitations')
      .values({ id, code: hashToken(code), created_by: caller.id, created_at: tx.now, expires_at, used_by: null })
      .execute()
    await tx.append({
      type: 'agent.invited',
      actor: actorOf(caller),
      subject: id,
      data: { invitation: id, expires_at },
    })
    return expires_at
  })
  return { code, expires_at: iso(expiresAt) }
}
