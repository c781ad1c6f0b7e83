/** The time, so that two servers in one process can have two. */
export interface Clock {
  /** Milliseconds since 1970, by the wall. */
  now(): number
  /** Milliseconds from an arbitrary start; never jumps. */
  monotonic(): number
}
export const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() }
export const iso = (ms: number): string => new Date(ms).toISOString()
export const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms))
