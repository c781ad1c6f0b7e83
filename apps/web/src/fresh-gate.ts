/** Lets the request layer ask the person for the password again, and wait for the answer of the dialog. */
export interface FreshGate {
  ask(): Promise<boolean>
  answer(ok: boolean): void
  asking(): boolean
  subscribe(changed: () => void): () => void
}

export function createFreshGate(): FreshGate {
  let waiting: ((ok: boolean) => void)[] = []
  const watchers = new Set<() => void>()
  const tell = () => watchers.forEach((w) => w())
  return {
    ask: () =>
      new Promise((resolve) => {
        waiting.push(resolve)
        tell()
      }),
    answer(ok) {
      const all = waiting
      waiting = []
      tell()
      all.forEach((resolve) => resolve(ok))
    },
    asking: () => waiting.length > 0,
    subscribe(changed) {
      watchers.add(changed)
      return () => watchers.delete(changed)
    },
  }
}
