import { finished } from './text.ts'

/** Where a command's words go: its one answer to stdout, everything else to stderr. */
export interface Terminal {
  readonly json: boolean
  /** A person sits at both ends. */
  readonly interactive: boolean
  /** Words by the way: stderr. */
  note(text: string): void
  /** The answer. */
  answer(value: unknown, text: string): void
  /** Bytes as they are: a tar, a note. */
  raw(bytes: Uint8Array | string): Promise<void>
}

export interface Streams {
  readonly out: NodeJS.WritableStream & { isTTY?: boolean }
  readonly err: NodeJS.WritableStream & { isTTY?: boolean }
  readonly inputIsTerminal: boolean
}

export function createTerminal(streams: Streams, options: { json: boolean; colour: boolean }): Terminal {
  const { out, err } = streams
  return {
    json: options.json,
    interactive: !options.json && streams.inputIsTerminal && err.isTTY === true,
    note: (text) => {
      err.write(`${finished(text, options.colour && err.isTTY === true)}\n`)
    },
    answer: (value, text) => {
      if (options.json) out.write(`${safeJson(value, out.isTTY === true)}\n`)
      else if (text !== '') out.write(`${finished(text, options.colour && out.isTTY === true)}\n`)
    },
    raw: (bytes) => new Promise((done, fail) => out.write(bytes, (error) => (error ? fail(error) : done()))),
  }
}

/** JSON that a terminal can't be tricked with: what `JSON.stringify` leaves bare and a terminal would obey is escaped. */
export const safeJson = (value: unknown, pretty = false): string =>
  JSON.stringify(value, null, pretty ? 2 : 0).replace(
    /[\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
