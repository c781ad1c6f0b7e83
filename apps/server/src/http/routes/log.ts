import { z } from 'zod'
import { readAction } from '../../actions/row.ts'
import type { Context } from '../../context.ts'
import { newestCheckpoint } from '../../log/checkpointer.ts'
import { exportLog } from '../../log/export.ts'
import { proveAction } from '../../log/proof.ts'
import { parseTilePath } from '../../log/tile-path.ts'
import { readEntries, readTile } from '../../log/tiles.ts'
import { mayCall } from '../../people/roles.ts'
import type { Answer } from '../route.ts'
import { ok, type Route, route } from '../route.ts'

/** The log as C2SP tlog-tiles serves it, and whole. Checkpoint and hashes tell nothing and are open to anybody. */
export const logRoutes = (ctx: Context): Route[] => {
  const checkpoint = () => ctx.checkpointer.checkpoint()
  const bytes = (raw: Uint8Array, type: string, lasting: boolean): Answer => ({
    status: 200,
    raw: raw as BodyInit & Uint8Array<ArrayBuffer>,
    headers: { 'content-type': type, 'cache-control': lasting ? 'private, max-age=31536000, immutable' : 'no-store' },
  })
  return [
    route({
      method: 'GET',
      path: '/api/v1/log/checkpoint',
      summary: 'The newest checkpoint: a C2SP signed note over every entry so far.',
      who: ['public'],
      scope: null,
      logs: { none: 'reads' },
      answers: { 200: null },
      async handler({ caller }) {
        // Anybody may ask: only who may read the log makes a new one.
        const kept = caller === null ? await newestCheckpoint(ctx.db, ctx.keys.origin) : null
        const { note } = kept ?? (await checkpoint())
        return { status: 200, raw: note, headers: { 'content-type': 'text/plain; charset=utf-8' } }
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/log/tile/{rest}',
      summary: 'A tile of the Merkle tree (C2SP tlog-tiles), or a bundle of entries, which needs a viewer.',
      who: ['public'],
      scope: null,
      logs: { none: 'reads' },
      answers: { 200: null },
      async handler({ path, caller }) {
        const ref = parseTilePath(path['rest'] ?? '')
        const { level } = ref
        if (level !== 'entries')
          return bytes(await readTile(ctx.db, { ...ref, level }), 'application/octet-stream', ref.width === 256)
        const refused = mayCall({ who: ['viewer'], scope: 'read' }, caller)
        if (refused) throw refused
        return bytes(await readEntries(ctx.db, ref), 'application/octet-stream', ref.width === 256)
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/log/proof/{id}',
      summary: 'The entries of an action with inclusion proofs in one checkpoint.',
      who: ['agent', 'viewer'],
      scope: 'read',
      logs: { none: 'reads' },
      answers: { 200: null },
      async handler({ path, caller }) {
        const { id } = await readAction(ctx.db, path['id'] ?? '', caller.kind === 'agent' ? caller.id : null)
        return ok(await proveAction({ db: ctx.db, action: id, checkpoint }))
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/log/entries',
      summary: 'Entries, newest first, each as it was signed.',
      who: ['viewer'],
      scope: 'read',
      logs: { none: 'reads' },
      query: z.strictObject({
        cursor: z.coerce.number().int().min(0).optional(),
        limit: z.coerce.number().int().min(1).max(500).default(100),
        subject: z.string().max(64).optional(),
      }),
      answers: { 200: null },
      async handler({ query }) {
        let q = ctx.db
          .selectFrom('log_entries')
          .select(['seq', 'leaf'])
          .orderBy('seq', 'desc')
          .limit(query.limit + 1)
        if (query.cursor !== undefined) q = q.where('seq', '<', query.cursor)
        if (query.subject !== undefined) q = q.where('subject', '=', query.subject)
        const rows = await q.execute()
        const shown = rows.slice(0, query.limit)
        return ok({
          items: shown.map((row) => JSON.parse(row.leaf) as unknown),
          next_cursor: rows.length > query.limit ? String(shown.at(-1)?.seq ?? 0) : null,
        })
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/log/export',
      summary: 'The whole log as a tar that `log verify` checks offline.',
      who: ['viewer'],
      scope: 'read',
      logs: { none: 'reads' },
      answers: { 200: null },
      async handler() {
        const raw = await exportLog({ db: ctx.db, checkpoint, now: ctx.clock.now() })
        return {
          status: 200,
          raw,
          headers: {
            'content-type': 'application/x-tar',
            'content-disposition': 'attachment; filename="permission-slip-log.tar"',
          },
        }
      },
    }),
  ]
}
