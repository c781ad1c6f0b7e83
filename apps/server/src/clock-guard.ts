import type { Clock } from './clock.ts'
import type { Db } from './db/writer-types.ts'

/**
 * Whether the clock can be trusted. While it can't, allow rules do not allow and nothing starts: a board without a
 * battery boots in the past, and a rule or an approval would then hold when it should not.
 */
export interface ClockGuard {
  /** Why the clock is in doubt at this very moment, or null. */
  problem(): string | null
  /** Tells the time of the log's newest entry; call it about once a second. */
  look(newestEntry: number | null): void
  /** An owner says that the clock is right. */
  confirm(): void
}

const jump = 5 * 60_000

/** @param builtAt milliseconds since 1970: the clock can't be before the program was made. */
export function makeClockGuard(clock: Clock, builtAt: number): ClockGuard {
  let offset = clock.now() - clock.monotonic()
  let newest: number | null = null
  let jumped = false
  let wasBehind = false
  let confirmed = false

  /** Read at each question: between two looks a rule must not allow either. */
  function problem(): string | null {
    const now = clock.now()
    const drift = now - clock.monotonic() - offset
    if (Math.abs(drift) > jump) {
      jumped = true
      confirmed = false
      offset += drift
    }
    const behind = behindWhat(now)
    if (behind !== null && !wasBehind) confirmed = false
    // A clock that was set right after a wrong boot jumped forward to the truth: that needs no owner.
    if (behind === null && wasBehind) jumped = false
    wasBehind = behind !== null
    if (confirmed) return null
    return jumped ? 'the clock jumped by more than five minutes' : behind
  }
  function behindWhat(now: number): string | null {
    if (now < builtAt) return 'the clock is before this version was built'
    return newest !== null && now < newest - 1000 ? 'the clock is before the newest entry of the log' : null
  }

  return {
    problem,
    look(entry) {
      newest = entry
      problem()
    },
    confirm() {
      confirmed = true
      jumped = false
    },
  }
}

/** When the log's newest entry was written, milliseconds since 1970. */
export async function newestEntry(db: Db): Promise<number | null> {
  const newest = await db.selectFrom('log_entries').select('time').orderBy('seq', 'desc').limit(1).executeTakeFirst()
  return newest?.time ?? null
}
