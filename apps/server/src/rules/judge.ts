import type { JsonObject } from '@permission-slip/protocol/json.ts'
import type { ActionRow } from '../db/schema/actions.ts'
import type { Db } from '../db/writer-types.ts'
import { type Asked, type Match, matchRules } from './match.ts'
import { rulesFor } from './store.ts'

/**
 * What the rules say of an action as they stand in `db` (a transaction's, where it decides).
 * @param now milliseconds since 1970.
 */
export async function judge(
  db: Db,
  row: Pick<ActionRow, 'agent' | 'connector' | 'action' | 'connection' | 'params'>,
  known: Asked['known'],
  now: number,
): Promise<Match> {
  const { agent, connector, action, connection } = row
  const params = JSON.parse(row.params) as JsonObject
  return matchRules(await rulesFor(db, connector, action), { agent, connector, action, connection, params, known }, now)
}
