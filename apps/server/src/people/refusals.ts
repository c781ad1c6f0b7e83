import type { Clock } from '../clock.ts'
import type { Writer } from '../db/writer-types.ts'
import { serverActor } from '../http/caller.ts'
import type { Logger } from '../logger.ts'

const everyMs = 60_000

/** Refused sign-ins become at most one entry a minute, with their number: nobody fills the log by guessing. */
export interface Refusals {
  /** @param person whom it was about, null when nobody goes by that address. */
  note(person: string | null): void
  /** Writes what is counted, if a minute has passed since the last entry; `all`: at once. */
  flush(all?: boolean): Promise<void>
}

export function makeRefusals(parts: { writer: Writer; clock: Clock; logger: Logger }): Refusals {
  const { writer, clock, logger } = parts
  let count = 0
  let about: string | null = null
  let last = Number.NEGATIVE_INFINITY
  async function flush(all = false): Promise<void> {
    if (count === 0 || (!all && clock.monotonic() - last < everyMs)) return
    const entry = { count, subject: about }
    count = 0
    last = clock.monotonic()
    try {
      await writer.write((tx) =>
        tx.append({
          type: 'person.sign_in_refused',
          actor: serverActor,
          subject: entry.subject,
          data: { count: entry.count },
        }),
      )
    } catch (error) {
      count += entry.count
      logger.error({ err: error }, 'refused sign-ins could not be logged')
    }
  }
  return {
    note(person) {
      about = count === 0 || about === person ? person : null
      count++
      void flush()
    },
    flush,
  }
}
