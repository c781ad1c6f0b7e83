import type { Json } from '@permission-slip/protocol/json.ts'

/** PostgreSQL's text form of an array, `{1,NULL,"a \"b\""}`; null if it is none (then the text stays). */
export function readArray(text: string, element: (text: string | null) => Json): Json[] | null {
  // Bounds other than from 1 stand in front: [0:2]={…}.
  let at = text.startsWith('[') ? text.indexOf('=') + 1 : 0
  if (at === 0 && text.startsWith('[')) return null

  function list(): Json[] | null {
    if (text[at++] !== '{') return null
    const all: Json[] = []
    if (text[at] === '}') {
      at++
      return all
    }
    for (;;) {
      const one = text[at] === '{' ? list() : text[at] === '"' ? element(quoted()) : element(bare())
      if (one === undefined || (one === null && at >= text.length)) return null
      all.push(one)
      const mark = text[at++]
      if (mark === '}') return all
      if (mark !== ',') return null
    }
  }
  function quoted(): string {
    let value = ''
    for (at++; at < text.length && text[at] !== '"'; at++) {
      if (text[at] === '\\') at++
      value += text[at] ?? ''
    }
    at++
    return value
  }
  function bare(): string | null {
    const start = at
    while (at < text.length && text[at] !== ',' && text[at] !== '}') at++
    const value = text.slice(start, at)
    return value === 'NULL' ? null : value
  }

  const all = list()
  return all !== null && at === text.length ? all : null
}

/** The same form, written: every element in quotes, so that nothing in it can be read as structure. */
export function writeArray(values: readonly Json[], element: (value: Json) => string | null): string {
  const one = (value: Json): string => {
    if (Array.isArray(value)) return writeArray(value, element)
    const text = element(value)
    return text === null ? 'NULL' : `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
  }
  return `{${values.map(one).join(',')}}`
}
