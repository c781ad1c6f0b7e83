import type { Approval } from '@permission-slip/protocol/action.ts'

export interface Kept {
  item: Approval
  /** No longer waiting: decided here or elsewhere, expired, withdrawn. Stays in its place until tidied up. */
  gone: boolean
}

/**
 * Merges what waits now into what is on the screen. Nothing that is on the screen moves: what is gone keeps its place,
 * what is new comes at the end, the longest waiting first.
 */
export function keepInPlace(shown: readonly Kept[], waiting: readonly Approval[]): Kept[] {
  const now = new Map(waiting.map((a) => [a.id, a]))
  const kept = shown.map(({ item }) => {
    const fresh = now.get(item.id)
    now.delete(item.id)
    return { item: fresh ?? item, gone: fresh === undefined }
  })
  const added = [...now.values()].sort((a, b) => (a.created_at < b.created_at ? -1 : 1))
  return [...kept, ...added.map((item) => ({ item, gone: false }))]
}
