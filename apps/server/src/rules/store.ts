import type { Db } from '../db/writer-types.ts'
import type { StoredRule } from './match.ts'

/** The rules that may concern an action; removed ones never. */
export const rulesFor = (db: Db, connector: string, action: string): Promise<StoredRule[]> =>
  db
    .selectFrom('rules')
    .select(['id', 'version', 'effect', 'connector', 'action', 'body', 'enabled'])
    .where('connector', '=', connector)
    .where('action', '=', action)
    .where('removed', '=', 0)
    .execute()
