import type { JsonObject } from '@permission-slip/protocol/json.ts'
import type { Explanation } from '@permission-slip/protocol/rule.ts'
import type { Context } from '../context.ts'
import type { ActionRow } from '../db/schema/actions.ts'
import { matchRules } from '../rules/match.ts'
import { rulesFor } from '../rules/store.ts'
import { knownParams } from './parse.ts'

/** Which rules are looked at for this action as things stand, and why each does or does not match. */
export async function explain(ctx: Context, row: ActionRow): Promise<Explanation> {
  const known = await knownParams(ctx, row.connector, row.action)
  const asked = {
    agent: row.agent,
    connector: row.connector,
    action: row.action,
    connection: row.connection,
    params: JSON.parse(row.params) as JsonObject,
    known,
  }
  const { outcome, say, rules } = matchRules(await rulesFor(ctx.db, row.connector, row.action), asked, ctx.clock.now())
  return { outcome, say, rules }
}
