import type { Db } from '../db/writer-types.ts'

/** The log's origin line and the public key that signs it now: what whoever verifies pins. */
export async function currentLogKey(db: Db): Promise<{ key: string; origin: string }> {
  const row = await db
    .selectFrom('log_entries')
    .select('leaf')
    .where('type', 'in', ['log.opened', 'log.key_rotated'])
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow()
  const entry = JSON.parse(row.leaf) as { log: string; data: { public_key: string } }
  return { key: entry.data.public_key, origin: entry.log }
}
