/** A reader of the text format 0.0.4 that shares nothing with its writer. */
export interface Read {
  name: string
  labels: Record<string, string>
  value: number
}

export function samplesIn(text: string): Read[] {
  if (!text.endsWith('\n')) throw new Error('the last line is not ended')
  return text
    .slice(0, -1)
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .map((line) => {
      const found = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/s.exec(line)
      if (!found) throw new Error(`not a sample: ${line}`)
      const [, name = '', labels = '', value = ''] = found
      return { name, labels: labelsIn(labels), value: Number(value.replace('Inf', 'Infinity')) }
    })
}

function labelsIn(text: string): Record<string, string> {
  const labels: Record<string, string> = {}
  let rest = text
  while (rest !== '') {
    const found = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/s.exec(rest)
    if (!found) throw new Error(`not a label: ${rest}`)
    const [whole, name = '', value = ''] = found
    labels[name] = value.replace(/\\(["\\n])/g, (_, c: string) => (c === 'n' ? '\n' : c))
    rest = rest.slice(whole.length)
  }
  return labels
}

/** The one sample of this name with (at least) these labels; 0 if there is none yet. */
export function sampleIn(samples: readonly Read[], name: string, labels: Record<string, string> = {}): number {
  const fitting = samples.filter(
    (one) => one.name === name && Object.entries(labels).every(([key, value]) => one.labels[key] === value),
  )
  if (fitting.length > 1) throw new Error(`${name} has ${fitting.length} samples with ${JSON.stringify(labels)}`)
  return fitting[0]?.value ?? 0
}
