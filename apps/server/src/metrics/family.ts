/** Label names of one family, in the order in which they are written. */
export type Labels<N extends string> = Readonly<Record<N, string>>

export interface Sample {
  /** What follows the family's name: `''`, `_bucket`, `_sum`, `_count`. */
  readonly suffix: string
  readonly labels: readonly (readonly [name: string, value: string])[]
  readonly value: number
}

/** One metric with all its samples, as Prometheus reads it. */
export interface Family {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  samples(): Iterable<Sample>
}

/** The text format 0.0.4 of Prometheus: `# HELP`, `# TYPE`, then one line a sample, each ended by a line feed. */
export const contentType = 'text/plain; version=0.0.4; charset=utf-8'

export function written(families: readonly Family[]): string {
  const lines: string[] = []
  for (const { name, help, type, samples } of families) {
    lines.push(`# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`, `# TYPE ${name} ${type}`)
    for (const { suffix, labels, value } of samples())
      lines.push(`${name}${suffix}${labelText(labels)} ${numberText(value)}`)
  }
  return `${lines.join('\n')}\n`
}

const labelText = (labels: Sample['labels']): string =>
  labels.length === 0 ? '' : `{${labels.map(([name, value]) => `${name}="${escaped(value)}"`).join(',')}}`

const escaped = (value: string): string => value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')

export const numberText = (value: number): string =>
  Number.isFinite(value) ? String(value) : Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'

/** A gauge whose samples are known. */
export const gauge = (name: string, help: string, ...values: [value: number, labels?: Record<string, string>][]) =>
  ({
    name,
    help,
    type: 'gauge',
    samples: () => values.map(([value, labels = {}]) => ({ suffix: '', labels: Object.entries(labels), value })),
  }) satisfies Family
