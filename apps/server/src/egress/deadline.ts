import type { Clock } from '../clock.ts'

/** The end of one piece of work: its time by the monotonic clock, or a signal, whichever comes first. */
export interface Deadline {
  readonly left: () => number
  /** Why it ended; null while it has not. */
  readonly ended: () => string | null
  /** Runs at the end, at once if that was before. Returns what takes it back. */
  onEnd(run: (why: string) => void): () => void
  clear(): void
}

export function makeDeadline(clock: Clock, timeoutMs: number, signal?: AbortSignal): Deadline {
  const end = clock.monotonic() + timeoutMs
  const waiting = new Set<(why: string) => void>()
  let why: string | null = null
  const finish = (reason: string) => {
    if (why !== null) return
    why = reason
    clear()
    for (const run of [...waiting]) run(reason)
    waiting.clear()
  }
  const onTime = () => {
    // A timer can fire a little early, and by another clock.
    const left = end - clock.monotonic()
    if (left > 0) timer = setTimeout(onTime, left)
    else finish(`no answer within ${Math.ceil(timeoutMs / 1000)} s`)
  }
  const onAbort = () => finish('it was stopped')
  const clear = () => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
  }
  let timer = setTimeout(onTime, timeoutMs)
  if (signal?.aborted) onAbort()
  else signal?.addEventListener('abort', onAbort, { once: true })
  return {
    left: () => Math.max(0, end - clock.monotonic()),
    ended: () => why,
    onEnd(run) {
      if (why !== null) run(why)
      else waiting.add(run)
      return () => waiting.delete(run)
    },
    clear,
  }
}
