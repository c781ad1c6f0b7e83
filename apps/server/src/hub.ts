/** Wake-ups within this copy. Only hints: whoever waits reads the database again. */
export interface Hub {
  /** Something was committed up to this log sequence number; `subjects` are the ids it was about. */
  announce(seq: number, subjects: readonly string[]): void
  /** Something may have been committed elsewhere: everybody looks. */
  announceAll(): void
  /** Resolves when something about `subject` (null: anything) is announced, after `ms`, or when the signal fires. */
  wait(subject: string | null, ms: number, signal?: AbortSignal): Promise<void>
  closed(): boolean
  /** Ends every wait: the server stops. */
  close(): void
}

export function makeHub(): Hub {
  const waiting = new Map<string | null, Set<() => void>>()
  const wake = (subject: string | null) => {
    const set = waiting.get(subject)
    if (!set) return
    waiting.delete(subject)
    for (const done of set) done()
  }
  let closed = false
  return {
    announce(_seq, subjects) {
      wake(null)
      for (const subject of new Set(subjects)) wake(subject)
    },
    announceAll() {
      for (const subject of [...waiting.keys()]) wake(subject)
    },
    wait: (subject, ms, signal) =>
      new Promise((resolve) => {
        if (closed || signal?.aborted) return resolve()
        const set = waiting.get(subject) ?? new Set()
        waiting.set(subject, set)
        const done = () => {
          clearTimeout(timer)
          set.delete(done)
          if (set.size === 0 && waiting.get(subject) === set) waiting.delete(subject)
          signal?.removeEventListener('abort', done)
          resolve()
        }
        const timer = setTimeout(done, ms)
        signal?.addEventListener('abort', done, { once: true })
        set.add(done)
      }),
    closed: () => closed,
    close() {
      closed = true
      for (const subject of [...waiting.keys()]) wake(subject)
    },
  }
}
