import type { LogEvent } from '@permission-slip/protocol/events.ts'
import { z } from 'zod'
import { iso } from '../../clock.ts'
import type { Context } from '../../context.ts'
import { type Route, route } from '../route.ts'
import { stillAllowed } from '../still.ts'

const text = new TextEncoder()
/** A reader this far behind (bytes not taken) is cut; it resumes where it was. */
const mostBehind = 256 * 1024

export const eventRoutes = (ctx: Context): Route[] => [
  route({
    method: 'GET',
    path: '/api/v1/events',
    summary: 'Server-sent events: one for each log entry, its id the sequence number; resumes after Last-Event-ID.',
    who: ['viewer'],
    scope: 'read',
    logs: { none: 'reads' },
    query: z.strictObject({ after: z.coerce.number().int().min(0).optional() }),
    answers: { 200: null },
    async handler({ caller, query, headers, signal, raw, requestId }) {
      const newest = async () =>
        (await ctx.db.selectFrom('log_entries').select('seq').orderBy('seq', 'desc').limit(1).executeTakeFirst())
          ?.seq ?? -1
      const last = Number.parseInt(headers['last-event-id'] ?? '', 10)
      let at = Number.isSafeInteger(last) && last >= 0 ? last : (query.after ?? (await newest()))
      const gone = new AbortController()
      signal.addEventListener('abort', () => gone.abort(), { once: true })
      // The reader went away in the middle, or the database did: the stream ends, and the reader resumes.
      const broken = (error: unknown) => {
        if (!gone.signal.aborted) ctx.logger.warn({ err: error, request: requestId }, 'an event stream ended early')
      }
      const headersOf = { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' }
      if (raw.method === 'HEAD') return { status: 200, headers: headersOf }
      const stream = new ReadableStream<Uint8Array>(
        {
          async start(out) {
            const send = (line: string) => {
              if ((out.desiredSize ?? 0) < -mostBehind) gone.abort()
              else out.enqueue(text.encode(line))
            }
            const leave = ctx.metrics.eventStreams.enter()
            send(`retry: 2000\nid: ${at}\n: ready\n\n`)
            void pump(send)
              .catch(broken)
              .finally(() => {
                leave()
                try {
                  out.close()
                } catch {
                  // The reader is gone already.
                }
              })
          },
          cancel: () => gone.abort(),
        },
        { highWaterMark: mostBehind, size: (chunk) => chunk?.length ?? 0 },
      )
      async function pump(send: (line: string) => void): Promise<void> {
        let checked = ctx.clock.monotonic()
        let spoke = checked
        while (!gone.signal.aborted && !ctx.hub.closed()) {
          const rows = await ctx.db
            .selectFrom('log_entries')
            .select(['seq', 'type', 'subject', 'time'])
            .where('seq', '>', at)
            .orderBy('seq')
            .limit(200)
            .execute()
          // The right to listen is asked again before anything about people or agents is told, and every 30 seconds.
          const changes = rows.some((row) => row.type.startsWith('person.') || row.type.startsWith('agent.'))
          if (changes || ctx.clock.monotonic() - checked > 30_000) {
            checked = ctx.clock.monotonic()
            if (!(await stillAllowed(ctx, caller))) return
          }
          for (const row of rows) {
            const event: LogEvent = { seq: row.seq, type: row.type, subject: row.subject, time: iso(row.time) }
            send(`id: ${row.seq}\nevent: log\ndata: ${JSON.stringify(event)}\n\n`)
            at = row.seq
          }
          if (rows.length > 0) spoke = ctx.clock.monotonic()
          else if (ctx.clock.monotonic() - spoke > 14_000) {
            spoke = ctx.clock.monotonic()
            send(': still here\n\n')
          }
          if (rows.length < 200) await ctx.hub.wait(null, 3000, gone.signal)
        }
      }
      return { status: 200, raw: stream, headers: headersOf }
    },
  }),
]
