import fs from 'node:fs'

/**
 * What the service makes of a request:
 * `hold` does it and does not answer, `swallow` does nothing and does not answer (a further request is answered by
 * both), `hang_up` does it and closes the connection, `refuse` answers 422.
 */
export const modes = ['answer', 'hold', 'swallow', 'hang_up', 'refuse'] as const
export type Mode = (typeof modes)[number]

/** One request as the service received it, and whether it did something. */
export interface Received {
  readonly method: string
  readonly ref: string
  readonly key: string | null
  readonly did: boolean
}

/** The service's own durable memory: a line a request, on the disk before anything is answered. */
export class Journal {
  readonly #file: number
  readonly #lines: Received[]

  constructor(path: string) {
    this.#file = fs.openSync(path, 'a+', 0o600)
    this.#lines = fs
      .readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Received)
  }

  get lines(): readonly Received[] {
    return this.#lines
  }

  /** Whether this key did something before: then the service gives the same answer and does nothing. */
  knows(key: string): boolean {
    return this.#lines.some((line) => line.key === key && line.did)
  }

  was(ref: string): boolean {
    return this.#lines.some((line) => line.ref === ref)
  }

  exists(ref: string): boolean {
    const last = this.#lines.findLast((line) => line.ref === ref && line.did)
    return last !== undefined && last.method !== 'DELETE'
  }

  write(line: Received): void {
    fs.writeSync(this.#file, `${JSON.stringify(line)}\n`)
    fs.fsyncSync(this.#file)
    this.#lines.push(line)
  }
}
