import { type Family, type Labels, numberText } from './family.ts'

export interface Histogram<N extends string> extends Family {
  observe(value: number, labels: Labels<N>): void
}
interface Counted {
  labels: [string, string][]
  /** Observations in each bucket alone; the last is what lies above all bounds. */
  counts: number[]
  sum: number
}

/**
 * How values are spread over buckets; `bounds` rise, and a value equal to a bound is in its bucket (`le`).
 * With no labels it stands at 0 from the start.
 */
export function makeHistogram<const N extends string = never>(
  name: string,
  help: string,
  bounds: readonly number[],
  names: readonly N[] = [],
): Histogram<N> {
  const all = new Map<string, Counted>()
  const fresh = (labels: [string, string][]): Counted => ({
    labels,
    counts: new Array<number>(bounds.length + 1).fill(0),
    sum: 0,
  })
  if (names.length === 0) all.set('[]', fresh([]))
  return {
    name,
    help,
    type: 'histogram',
    observe(value, given) {
      const labels = names.map((label): [string, string] => [label, given[label]])
      const key = JSON.stringify(labels)
      const counted = all.get(key) ?? fresh(labels)
      all.set(key, counted)
      const above = bounds.findIndex((bound) => value <= bound)
      const at = above < 0 ? bounds.length : above
      counted.counts[at] = (counted.counts[at] ?? 0) + 1
      counted.sum += value
    },
    *samples() {
      for (const { labels, counts, sum } of all.values()) {
        let count = 0
        for (const [i, bound] of [...bounds, Number.POSITIVE_INFINITY].entries()) {
          count += counts[i] ?? 0
          yield { suffix: '_bucket', labels: [...labels, ['le', numberText(bound)] as const], value: count }
        }
        yield { suffix: '_sum', labels, value: sum }
        yield { suffix: '_count', labels, value: count }
      }
    },
  }
}
