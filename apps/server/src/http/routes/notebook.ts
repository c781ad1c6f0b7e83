import { page } from '@permission-slip/protocol/action.ts'
import { notebookPage } from '@permission-slip/protocol/notebook.ts'
import { z } from 'zod'
import { iso } from '../../clock.ts'
import type { Context } from '../../context.ts'
import { ok, type Route, route } from '../route.ts'

/** What agents wrote into the notebook, for people to read. Agents read it by an action, like any service. */
export const notebookRoutes = (ctx: Context): Route[] => [
  route({
    method: 'GET',
    path: '/api/v1/notebook',
    summary: 'The pages of the notebook by name.',
    who: ['viewer'],
    scope: 'read',
    logs: { none: 'reads' },
    query: z.strictObject({ cursor: z.string().max(1000).optional() }),
    answers: { 200: page(notebookPage) },
    async handler({ query }) {
      let q = ctx.db.selectFrom('notebook_pages').selectAll().orderBy('name').limit(51)
      if (query.cursor !== undefined) q = q.where('name', '>', query.cursor)
      const rows = await q.execute()
      const shown = rows.slice(0, 50)
      const items = shown.map(({ name, body, version, updated_at }) => ({
        page: name,
        body,
        version,
        updated_at: iso(updated_at),
      }))
      return ok({ items, next_cursor: rows.length > 50 ? (shown.at(-1)?.name ?? null) : null })
    },
  }),
]
