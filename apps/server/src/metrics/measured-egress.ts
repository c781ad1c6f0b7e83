import type { Clock } from '../clock.ts'
import type { Egress } from '../egress/egress.ts'
import type { Metrics } from './metrics.ts'

/** The same egress, with the time that each service took. It changes nothing of what is sent or answered. */
export function measuredEgress(egress: Egress, clock: Clock, metrics: Metrics): Egress {
  const since = (start: number) => (clock.monotonic() - start) / 1000
  return {
    ...egress,
    async http(permit, account, request, limits) {
      const start = clock.monotonic()
      try {
        return await egress.http(permit, account, request, limits)
      } finally {
        metrics.called(account.connector.id, since(start))
      }
    },
    io(permit, account, options) {
      let start: number | null = null
      const bound = egress.io(permit, account, {
        ...options,
        async step(method, host) {
          await options.step(method, host)
          // What is recorded before it leaves is not the service's time.
          start ??= clock.monotonic()
        },
      })
      return {
        io: bound.io,
        async close() {
          // A session that was never used called nobody.
          if (start !== null) metrics.called(account.connector.id, since(start))
          start = null
          await bound.close()
        },
      }
    },
  }
}
