import type { Context } from '../context.ts'

/** Nonces whose signatures could not be replayed any more, old wrong tries, and idempotency keys after their time. */
export async function sweepNonces(ctx: Context): Promise<void> {
  await ctx.writer.write(async (tx) => {
    await tx.db.deleteFrom('nonces').where('expires_at', '<', tx.now).execute()
    await tx.db
      .deleteFrom('attempts')
      .where('scope', '=', 'invitation')
      .where('at', '<', tx.now - 3_600_000)
      .execute()
  })
}
