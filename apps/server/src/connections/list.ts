import type { Connection } from '@permission-slip/protocol/connection.ts'
import { Refusal } from '@permission-slip/protocol/errors.ts'
import type { Context } from '../context.ts'
import type { ConnectionRow } from '../db/schema/connections.ts'
import type { Db } from '../db/writer-types.ts'
import { present } from './present.ts'

/** The connection of an action, as it stands, removed ones too; null for a service without accounts. */
export async function connectionOf(db: Db, id: string | null): Promise<ConnectionRow | null> {
  if (id === null) return null
  return (await db.selectFrom('connections').selectAll().where('id', '=', id).executeTakeFirst()) ?? null
}

/** The row, or a refusal; a removed connection is only found where its label is still wanted. */
export async function readConnection(db: Db, id: string, removedToo = false): Promise<ConnectionRow> {
  const row = await db.selectFrom('connections').selectAll().where('id', '=', id).executeTakeFirst()
  if (!row || (row.status === 'removed' && !removedToo)) throw new Refusal('not_found', 'There is no such connection.')
  return row
}

export async function showConnection(ctx: Context, id: string): Promise<Connection> {
  return present(await readConnection(ctx.db, id, true), await ctx.vault.names(ctx.db, id))
}

/** Newest first, `limit` at a time; removed ones are left out. */
export async function listConnections(
  ctx: Context,
  query: { connector?: string | undefined; cursor?: string | undefined; limit: number },
): Promise<{ items: Connection[]; next_cursor: string | null }> {
  let find = ctx.db
    .selectFrom('connections')
    .selectAll()
    .where('status', '!=', 'removed')
    .orderBy('id', 'desc')
    .limit(query.limit + 1)
  if (query.connector !== undefined) find = find.where('connector', '=', query.connector)
  if (query.cursor !== undefined) find = find.where('id', '<', query.cursor)
  const rows = await find.execute()
  const shown = rows.slice(0, query.limit)
  const set =
    shown.length === 0
      ? []
      : await ctx.db
          .selectFrom('connection_secrets')
          .select(['connection', 'field'])
          .where(
            'connection',
            'in',
            shown.map((row) => row.id),
          )
          .orderBy('field')
          .execute()
  const items = shown.map((row) =>
    present(
      row,
      set.filter((one) => one.connection === row.id).map((one) => one.field),
    ),
  )
  return { items, next_cursor: rows.length > shown.length ? (shown.at(-1)?.id ?? null) : null }
}
