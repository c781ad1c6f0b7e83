import type { Clock } from '../../clock.ts'
import type { Deadline } from '../deadline.ts'
import type { Account, Step } from '../egress.ts'
import type { Guard } from '../resolve.ts'

/** What a driver gets: whose credential, how long, and the way to the network. */
export interface Session {
  readonly account: Account
  readonly deadline: Deadline
  readonly maxBytes: number
  readonly step: Step
  /** The server's words without the credential; that it was in them is told to whoever opened the session. */
  readonly clean: (text: string) => string
  readonly guard: Guard
  readonly trust: readonly string[]
  readonly clock: Clock
}

/** A driver's client and the end of its session. */
export interface Bound<T> {
  readonly io: T
  close(): Promise<void>
}
