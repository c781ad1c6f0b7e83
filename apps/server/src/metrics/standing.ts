import type { Context } from '../context.ts'
import type { Db } from '../db/writer-types.ts'
import { type Family, gauge } from './family.ts'

/** As far as a scrape counts: more rows than this are this many. */
const mostCounted = 10_000
const open = ['pending', 'approved', 'executing', 'unknown'] as const

/** What stands in the database now, the same at every copy. Reads an index, and never more than `mostCounted` of it. */
export async function standing(ctx: Pick<Context, 'db' | 'clock'>): Promise<Family[]> {
  const { db } = ctx
  const counts: [number, Record<string, string>][] = []
  for (const status of open) counts.push([await countOf(db, status), { status }])
  // Ids sort by time.
  const oldest = await db
    .selectFrom('actions')
    .select('created_at')
    .where('status', '=', 'pending')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
  const newest = await db.selectFrom('log_entries').select('seq').orderBy('seq', 'desc').limit(1).executeTakeFirst()
  const waited = oldest ? Math.max(0, ctx.clock.now() - oldest.created_at) / 1000 : 0
  return [
    gauge(
      'permission_slip_actions_open',
      `Actions that are not at an end, by status; ${mostCounted} means that or more. Pending ones wait for a person.`,
      ...counts,
    ),
    gauge('permission_slip_oldest_waiting_seconds', 'How long the oldest pending action has waited; 0 if none does.', [
      waited,
    ]),
    gauge('permission_slip_log_entries', 'Entries of the log.', [(newest?.seq ?? -1) + 1]),
  ]
}

async function countOf(db: Db, status: (typeof open)[number]): Promise<number> {
  const some = db.selectFrom('actions').select('id').where('status', '=', status).limit(mostCounted).as('some')
  const row = await db
    .selectFrom(some)
    .select((e) => e.fn.countAll<number>().as('n'))
    .executeTakeFirstOrThrow()
  return row.n
}
