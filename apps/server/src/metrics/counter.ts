import type { Family, Labels } from './family.ts'

/** Counts up from the start of the process; it never goes back. */
export interface Counter<N extends string> extends Family {
  add(labels: Labels<N>): void
}

/** With no labels it stands at 0 from the start; with labels, each combination from its first time on. */
export function makeCounter<const N extends string = never>(
  name: string,
  help: string,
  names: readonly N[] = [],
): Counter<N> {
  const counts = new Map<string, { labels: [string, string][]; value: number }>()
  if (names.length === 0) counts.set('[]', { labels: [], value: 0 })
  return {
    name,
    help,
    type: 'counter',
    add(given) {
      const labels = names.map((label): [string, string] => [label, given[label]])
      const key = JSON.stringify(labels)
      const found = counts.get(key)
      if (found) found.value++
      else counts.set(key, { labels, value: 1 })
    },
    *samples() {
      for (const { labels, value } of counts.values()) yield { suffix: '', labels, value }
    },
  }
}
