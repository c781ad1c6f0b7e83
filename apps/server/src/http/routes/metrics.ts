import type { Context } from '../../context.ts'
import { contentType, type Family, gauge, written } from '../../metrics/family.ts'
import { here } from '../../metrics/here.ts'
import { standing } from '../../metrics/standing.ts'
import { type Route, route } from '../route.ts'

export const metricsRoutes = (ctx: Context): Route[] => [
  route({
    method: 'GET',
    path: '/metrics',
    summary: 'Counters and gauges for Prometheus, in its text format.',
    who: ['viewer'],
    scope: 'read',
    logs: { none: 'reads' },
    answers: { 200: null },
    async handler({ requestId }) {
      const up = (is: boolean) => gauge('permission_slip_database_up', '1 if the database answered.', [Number(is)])
      // What was counted in memory is told whatever the database does.
      const stored: Family[] = await standing(ctx).then(
        (families) => [up(true), ...families],
        (err: unknown) => {
          ctx.logger.warn({ err, request: requestId }, 'a scrape could not read the database')
          return [up(false)]
        },
      )
      const families = [...here(ctx), ...stored, ...ctx.metrics.families()]
      return { status: 200, raw: written(families), headers: { 'content-type': contentType } }
    },
  }),
]
