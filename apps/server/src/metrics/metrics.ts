import { errors, Refusal } from '@permission-slip/protocol/errors.ts'
import { isEnd } from '@permission-slip/protocol/states.ts'
import type { Batch, StatusChange } from '../db/writer-types.ts'
import { makeCounter } from './counter.ts'
import { type Family, gauge } from './family.ts'
import { makeHistogram } from './histogram.ts'

/** How many there are at this moment. */
interface Open {
  /** One more; call what it answers, once or more, when that one has ended. */
  enter(): () => void
}

/**
 * What this copy has counted since its process started. Counters are in memory: they begin at 0 with the process and
 * never go back within it, which is what Prometheus expects; several copies are summed by whoever reads them.
 */
export interface Metrics {
  /** A committed change of an action's status. */
  changed(change: StatusChange): void
  /** A transaction of the writer that committed. */
  committed(batch: Batch): void
  /** A service was called in somebody's name; it may have answered, refused, or not. */
  called(connector: string, seconds: number): void
  /** A request was answered with this problem. */
  refused(error: unknown): void
  readonly longPolls: Open
  readonly eventStreams: Open
  families(): Family[]
}

const minute = 60
const hour = 3600

export function makeMetrics(): Metrics {
  const submitted = makeCounter('permission_slip_actions_submitted_total', 'Actions recorded, by connector.', [
    'connector',
  ])
  const ended = makeCounter(
    'permission_slip_actions_total',
    'Actions by what became of them; an unknown outcome that is settled later is counted again as what it was.',
    ['connector', 'outcome'],
  )
  const decisions = makeCounter('permission_slip_decisions_total', 'Approvals and denials, by a rule or a person.', [
    'by',
    'effect',
  ])
  const decide = makeHistogram(
    'permission_slip_decision_seconds',
    'From an action to the decision of a person.',
    [5, 15, 30, minute, 5 * minute, 15 * minute, hour, 4 * hour, 24 * hour, 7 * 24 * hour],
    ['effect'],
  )
  const works = makeHistogram(
    'permission_slip_writer_batch_works',
    'Works that shared one transaction.',
    [1, 2, 4, 8, 16, 32, 64, 128],
  )
  const fast = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5]
  const commit = makeHistogram(
    'permission_slip_writer_commit_seconds',
    'How long COMMIT itself took: the disk, or the database server.',
    fast,
  )
  const batch = makeHistogram(
    'permission_slip_writer_batch_seconds',
    'How long a transaction of the writer took, the wait for the lock and COMMIT included.',
    fast,
  )
  const service = makeHistogram(
    'permission_slip_service_seconds',
    'How long a service took, answered or not: one HTTP request, or one session of a database driver.',
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    ['connector'],
  )
  const problems = makeCounter('permission_slip_refusals_total', 'Requests answered with a problem, by its code.', [
    'code',
  ])
  const longPolls = makeOpen()
  const eventStreams = makeOpen()

  return {
    changed({ connector, from, to, by, ageMs }) {
      if (from === null) submitted.add({ connector })
      if (isEnd(to) || to === 'unknown') ended.add({ connector, outcome: to })
      const effect = to === 'approved' ? 'approve' : to === 'denied' ? 'deny' : null
      if (effect === null) return
      decisions.add({ by: by === 'person' ? 'person' : 'rule', effect })
      if (by === 'person') decide.observe(ageMs / 1000, { effect })
    },
    committed(done) {
      works.observe(done.works, {})
      commit.observe(done.commitMs / 1000, {})
      batch.observe(done.ms / 1000, {})
    },
    called: (connector, seconds) => service.observe(seconds, { connector }),
    refused: (error) =>
      problems.add({ code: error instanceof Refusal && Object.hasOwn(errors, error.code) ? error.code : 'internal' }),
    longPolls: longPolls.open,
    eventStreams: eventStreams.open,
    families: () => [
      submitted,
      ended,
      decisions,
      decide,
      works,
      commit,
      batch,
      service,
      problems,
      gauge('permission_slip_long_polls', 'Long polls that wait at this copy.', [longPolls.count()]),
      gauge('permission_slip_event_streams', 'Event streams open at this copy.', [eventStreams.count()]),
    ],
  }
}

function makeOpen(): { open: Open; count(): number } {
  const open = new Set<object>()
  return {
    count: () => open.size,
    open: {
      enter() {
        const one = {}
        open.add(one)
        return () => void open.delete(one)
      },
    },
  }
}
