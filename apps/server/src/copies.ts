import type { Context } from './context.ts'
import { migrations } from './db/migrations/index.ts'

/** Writes down that this copy writes here, with the schema it knows. */
export async function rememberCopy(ctx: Context): Promise<void> {
  const row = { id: ctx.copy, schema: migrations.length }
  await ctx.writer.write((tx) =>
    tx.db
      .insertInto('copies')
      .values({ ...row, seen_at: tx.now })
      .onConflict((c) => c.column('id').doUpdateSet({ schema: row.schema, seen_at: tx.now }))
      .execute(),
  )
}

export const forgetCopy = (ctx: Context): Promise<unknown> =>
  ctx.writer.write((tx) => tx.db.deleteFrom('copies').where('id', '=', ctx.copy).execute())
