import type { Db, Tx } from './db/writer-types.ts'

/** A setting's JSON value, or null if nobody set it. */
export async function readSetting(db: Db, name: string): Promise<unknown> {
  const row = await db.selectFrom('settings').select('value').where('name', '=', name).executeTakeFirst()
  return row ? JSON.parse(row.value) : null
}
export async function writeSetting(tx: Tx, name: string, value: unknown): Promise<void> {
  const text = JSON.stringify(value)
  await tx.db
    .insertInto('settings')
    .values({ name, value: text })
    .onConflict((c) => c.column('name').doUpdateSet({ value: text }))
    .execute()
}
/** Everything stands still until a person lifts it. */
export const isFrozen = async (db: Db): Promise<boolean> => (await readSetting(db, 'frozen')) === true
