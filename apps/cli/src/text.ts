/**
 * Text for a person's terminal. Values come from agents and services: what could move the cursor, hide text or turn
 * its direction is shown as an escape, never obeyed.
 */
export const plain = (value: string): string =>
  value.replace(dangerous, (c) => `\\u${(c.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`)

const dangerous = /[\p{Cc}\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff]/gu

export type Colour = 'green' | 'red' | 'yellow' | 'dim' | 'bold'
/** A piece of our own text with a colour. */
export class Painted {
  readonly text: string
  readonly colour: Colour
  constructor(text: string, colour: Colour) {
    this.text = text
    this.colour = colour
  }
}
export const paint = (colour: Colour, text: string): Painted => new Painted(plain(text), colour)

// Colour marks: control characters, which no value can hold once it went through `plain`.
const marks: Record<Colour, string> = { green: '\x01', red: '\x02', yellow: '\x03', dim: '\x04', bold: '\x05' }
const codes: Record<Colour, string> = { green: '32', red: '31', yellow: '33', dim: '2', bold: '1' }
const end = '\x06'

/** Our words with somebody's values in them; every value is made plain. */
export function line(words: TemplateStringsArray, ...values: (string | number | Painted)[]): string {
  return words.reduce((out, word, i) => {
    const value = values[i - 1] ?? ''
    const shown = value instanceof Painted ? `${marks[value.colour]}${value.text}${end}` : plain(String(value))
    return out + shown + word
  })
}

/** Makes the marks into colours, or drops them. */
export function finished(text: string, colour: boolean): string {
  let out = text
  for (const [name, mark] of Object.entries(marks) as [Colour, string][])
    out = out.replaceAll(mark, colour ? `\x1b[${codes[name]}m` : '')
  return out.replaceAll(end, colour ? '\x1b[0m' : '')
}

/** Rows as columns, two spaces apart. The cells were made by `line`. */
export function table(rows: readonly (readonly string[])[]): string {
  const bare = (cell: string) => [...finished(cell, false)].length
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => bare(row[column] ?? ''))))
  const padded = (row: readonly string[]) =>
    row.map((cell, i) => (i === row.length - 1 ? cell : cell + ' '.repeat((widths[i] ?? 0) - bare(cell)))).join('  ')
  return rows.map(padded).join('\n')
}
