import type { Summary, SummaryPart } from '@permission-slip/protocol/action.ts'

/** Words of the connector inside a summary; never made from a request's values. */
class Words {
  readonly parts: readonly SummaryPart[]
  constructor(parts: readonly SummaryPart[]) {
    this.parts = parts
  }
}
/** The connector's own words, or a part of a summary, where `say` would take it for a value. */
export const words = (of: string | Summary): Words => new Words(typeof of === 'string' ? [{ text: of }] : of.parts)

export const maxValue = 200
const maxItems = 10

/**
 * A summary: words from the connector, values from the request, kept apart. Values are made harmless: no line breaks,
 * no marks that change direction or hide text, and no more than `maxValue` characters (`cut` says when).
 */
export function say(text: TemplateStringsArray, ...values: readonly unknown[]): Summary {
  const parts: SummaryPart[] = []
  const add = (part: SummaryPart): void => {
    const last = parts.at(-1)
    if ('text' in part && part.text === '') return
    if ('text' in part && last && 'text' in last) last.text += part.text
    else parts.push({ ...part })
  }
  text.forEach((t, i) => {
    add({ text: t })
    if (i < values.length) for (const part of partsOf(values[i])) add(part)
  })
  return { text: parts.map(flat).join(''), parts }
}

function partsOf(value: unknown): readonly SummaryPart[] {
  if (value instanceof Words) return value.parts
  if (value === undefined || value === null) return [{ text: 'nothing' }]
  if (!Array.isArray(value) || value.some((v) => typeof v === 'object')) return [valuePart(value)]
  if (value.length === 0) return [{ text: 'nothing' }]
  const shown = value.slice(0, maxItems).flatMap((v, i) => (i === 0 ? [valuePart(v)] : [{ text: ', ' }, valuePart(v)]))
  return value.length > maxItems ? [...shown, { text: ` and ${value.length - maxItems} more` }] : shown
}

function valuePart(value: unknown): SummaryPart {
  const whole = harmless(typeof value === 'object' ? JSON.stringify(value) : String(value))
  const characters = [...whole]
  if (characters.length <= maxValue) return { value: whole }
  return { value: `${characters.slice(0, maxValue - 1).join('')}…`, cut: true }
}

/** In plain text a value stands in curly quotes, which it can't close itself. */
const flat = (part: SummaryPart): string => ('text' in part ? part.text : `“${part.value.replace(/[“”„‟]/g, '"')}”`)

const lineBreaks = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/g
// Controls, direction marks, and characters that show nothing: spelled out, so that none of them works or hides.
const unseen =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /\u034f|[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e0fff}]/gu

/** A value as it may be shown: one line, left to right as the screen decides, nothing hidden. */
export const harmless = (value: string): string =>
  value
    .toWellFormed()
    .replace(lineBreaks, ' ⏎ ')
    .replace(/\t/g, ' ')
    .replace(unseen, (c) => `⟨U+${(c.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`)

/** Several summaries as one, for use inside another. */
export const joined = (all: readonly Summary[]): Words => new Words(all.flatMap((s) => s.parts))
