/** The closed table of an action's states. Nothing that is not in it may ever be written. */
export const statuses = [
  'pending',
  'approved',
  'denied',
  'cancelled',
  'expired',
  'executing',
  'succeeded',
  'failed',
  'unknown',
] as const
export type Status = (typeof statuses)[number]

/** Who may cause a transition. */
export type Mover = 'submit' | 'person' | 'agent' | 'clock' | 'executor' | 'recovery' | 'restore'

/** From a status (`null`: not there yet) to a status, by whom. */
export const transitions: ReadonlyArray<{ from: Status | null; to: Status; by: readonly Mover[] }> = [
  { from: null, to: 'pending', by: ['submit'] },
  { from: null, to: 'approved', by: ['submit'] },
  { from: null, to: 'denied', by: ['submit'] },
  { from: 'pending', to: 'approved', by: ['person'] },
  { from: 'pending', to: 'denied', by: ['person'] },
  { from: 'pending', to: 'cancelled', by: ['agent', 'person'] },
  { from: 'pending', to: 'expired', by: ['clock'] },
  { from: 'pending', to: 'pending', by: ['person'] },
  { from: 'approved', to: 'executing', by: ['executor'] },
  { from: 'approved', to: 'cancelled', by: ['agent', 'person', 'executor'] },
  { from: 'approved', to: 'expired', by: ['clock'] },
  { from: 'approved', to: 'unknown', by: ['restore'] },
  { from: 'executing', to: 'succeeded', by: ['executor', 'recovery'] },
  { from: 'executing', to: 'failed', by: ['executor', 'recovery'] },
  { from: 'executing', to: 'unknown', by: ['executor', 'recovery', 'restore'] },
  { from: 'unknown', to: 'succeeded', by: ['recovery', 'person'] },
  { from: 'unknown', to: 'failed', by: ['recovery', 'person'] },
]

/** Statuses that nothing leads out of. */
export const ends: readonly Status[] = ['denied', 'cancelled', 'expired', 'succeeded', 'failed']

export const isEnd = (status: Status): boolean => ends.includes(status)

export const mayMove = (from: Status | null, to: Status, by?: Mover): boolean =>
  transitions.some((t) => t.from === from && t.to === to && (by === undefined || t.by.includes(by)))
