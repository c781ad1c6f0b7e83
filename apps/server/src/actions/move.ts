import { type Mover, mayMove, type Status } from '@permission-slip/protocol/states.ts'
import type { Updateable } from 'kysely'
import type { ActionRow } from '../db/schema/actions.ts'
import type { Appended, Tx } from '../db/writer-types.ts'

/** The row was not in the state it was read in: somebody else moved it first. */
export class Moved extends Error {
  constructor(id: string) {
    super(`${id} moved meanwhile`)
    this.name = 'Moved'
  }
}

/**
 * The only writer of an action's status: the table of states is asked, the entry appended, and the row compared and set,
 * all in the caller's transaction. What is not in the table is a fault of ours and never happens.
 */
export async function move(
  tx: Tx,
  row: ActionRow,
  to: Status,
  by: Mover,
  set: Updateable<ActionRow>,
  append: () => Promise<Appended>,
): Promise<ActionRow> {
  const from = row.status as Status
  if (!mayMove(from, to, by)) throw new Error(`no transition from ${from} to ${to} by ${by}`)
  const { seq } = await append()
  const changed = { ...set, status: to, seq }
  const done = await tx.db
    .updateTable('actions')
    .set(changed)
    .where('id', '=', row.id)
    .where('status', '=', from)
    .where('digest', '=', row.digest)
    .executeTakeFirst()
  if (done.numUpdatedRows !== 1n) throw new Moved(row.id)
  tx.changed({ connector: row.connector, from, to, by, ageMs: tx.now - row.created_at })
  return { ...row, ...changed } as ActionRow
}
