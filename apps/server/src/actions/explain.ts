import type { Explanation } from '@permission-slip/protocol/rule.ts'
import type { Context } from '../context.ts'
import type { ActionRow } from '../db/schema/actions.ts'
import { judge } from '../rules/judge.ts'
import { knownParams } from './parse.ts'

/** Which rules are looked at for this action as things stand, and why each does or does not match. */
export async function explain(ctx: Context, row: ActionRow): Promise<Explanation> {
  const known = await knownParams(ctx, row.connector, row.action)
  const { outcome, say, rules } = await judge(ctx.db, row, known, ctx.clock.now())
  return { outcome, say, rules }
}
