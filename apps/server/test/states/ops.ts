import fc from 'fast-check'
import { kinds, type Op } from './model.ts'

const on = fc.integer({ min: -1, max: 11 })

const about = fc.constantFrom('deny', 'cancel_by_agent', 'cancel_by_person', 'start', 'answer' as const)
const unseen = fc.record({
  do: fc.constant('approve' as const),
  on,
  by: fc.constantFrom('owner' as const, 'approver' as const),
  seen: fc.boolean(),
  edit: fc.constant(false),
})
const approve = unseen.map((op) => ({ ...op, seen: true }))

const submit = fc.record({
  do: fc.constant('submit' as const),
  kind: fc.constantFrom(...kinds),
  mode: fc.constantFrom('answer', 'hold', 'hold', 'swallow', 'refuse' as const),
  expires: fc.boolean(),
})

/** Weighted so that actions get far: most are approved and started, and a kill finds some of them running. */
const op: fc.Arbitrary<Op> = fc.oneof(
  {
    weight: 12,
    arbitrary: submit,
  },
  { weight: 10, arbitrary: approve },
  { weight: 2, arbitrary: unseen },
  { weight: 3, arbitrary: approve.map((a) => ({ ...a, edit: true })) },
  { weight: 12, arbitrary: on.map((at): Op => ({ do: 'start', on: at })) },
  { weight: 6, arbitrary: fc.record({ do: about, on }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('submit_again' as const), on, same: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('settle' as const), on, happened: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('time' as const), minutes: fc.constantFrom(3.7 as const, 70 as const) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('expire' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('kill' as const) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'pause',
        'resume',
        'resume',
        'change_connection',
        'demote',
        'promote',
        'allow',
        'allow',
        'change_allow',
        'stop_allow',
        'deny_rule',
        'end_deny_rule',
        'freeze',
        'unfreeze',
        'unfreeze' as const,
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('revoke', 'remove_connection' as const) }) },
)

const racing = (at: number): fc.Arbitrary<Op> =>
  fc.oneof(
    fc.constantFrom<Op>(
      { do: 'approve', on: at, by: 'owner', seen: true, edit: false },
      { do: 'start', on: at },
      { do: 'start', on: at },
    ),
    fc.constantFrom<Op>(
      { do: 'cancel_by_agent', on: at },
      { do: 'deny', on: at },
      { do: 'pause' },
      { do: 'expire' },
      { do: 'freeze' },
      { do: 'change_connection' },
    ),
  )

/** What could come between a decision and a start, or between a start and its end. */
const between: fc.Arbitrary<Op> = fc.oneof(
  fc.record({
    do: fc.constantFrom(
      'pause',
      'change_connection',
      'demote',
      'change_allow',
      'stop_allow',
      'deny_rule',
      'freeze',
      'expire',
      'kill' as const,
    ),
  }),
  fc.record({ do: fc.constantFrom('cancel_by_agent', 'cancel_by_person', 'start' as const), on: fc.constant(-1) }),
  fc.record({ do: fc.constant('time' as const), minutes: fc.constantFrom(3.7 as const, 70 as const) }),
)
/** A whole life of one action, with something in its way. */
const life: fc.Arbitrary<Op[]> = fc
  .tuple(submit, approve, fc.array(between, { maxLength: 2 }), fc.array(between, { maxLength: 2 }), fc.boolean())
  .map(([asked, approved, first, second, clear]) => [
    ...(clear ? ([{ do: 'resume' }, { do: 'unfreeze' }, { do: 'promote' }, { do: 'end_deny_rule' }] as const) : []),
    asked,
    { ...approved, on: -1 },
    ...first,
    { do: 'start', on: -1 },
    ...second,
  ])

const alone = (ops: readonly Op[]): Op[][] => ops.map((one) => [one])

/** One thing after the other, or two at the same time. */
export const steps: fc.Arbitrary<Op[][]> = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: op.map((one) => alone([one])) },
      { weight: 3, arbitrary: life.map(alone) },
      { weight: 2, arbitrary: on.chain((at) => fc.tuple(racing(at), racing(at))).map((two) => [[...two]]) },
    ),
    { minLength: 6, maxLength: 25, size: 'max' },
  )
  .map((parts) => parts.flat())
