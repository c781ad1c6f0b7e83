import type { Clock } from './clock.ts'

/**
 * Whether the clock can be trusted. While it can't, allow rules do not allow and nothing starts: a board without a
 * battery boots in the past, and a rule or an approval would then hold when it should not.
 */
export interface ClockGuard {
  /** Why the clock is in doubt, or null. */
  problem(): string | null
  /** Looks again; call it about once a second. */
  look(newestEntry: number | null): void
  /** An owner says that the clock is right. */
  confirm(): void
}

const jump = 5 * 60_000

/** @param builtAt milliseconds since 1970: the clock can't be before the program was made. */
export function makeClockGuard(clock: Clock, builtAt: number): ClockGuard {
  let offset = clock.now() - clock.monotonic()
  let jumped = false
  let behind: string | null = clock.now() < builtAt ? 'the clock is before this version was built' : null
  let confirmed = false
  return {
    problem: () => (confirmed ? null : jumped ? 'the clock jumped by more than five minutes' : behind),
    look(newest) {
      const now = clock.now()
      const drift = now - clock.monotonic() - offset
      if (Math.abs(drift) > jump) {
        jumped = true
        confirmed = false
        offset += drift
      }
      const before = behind
      behind = now < builtAt ? 'the clock is before this version was built' : newest !== null && now < newest - 1000 ? 'the clock is before the newest entry of the log' : null
      if (behind !== null && before === null) confirmed = false
      // A clock that was set right after a wrong boot jumped forward to the truth: that needs no owner.
      if (before !== null && behind === null) jumped = false
    },
    confirm() {
      confirmed = true
      jumped = false
    },
  }
}
