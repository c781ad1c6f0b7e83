import { errors, Refusal } from '@permission-slip/protocol/errors.ts'
import type { Writer } from '../db/writer-types.ts'
import type { Logger } from '../logger.ts'
import { type Caller, serverActor } from './caller.ts'

/** Requests of agents that were refused become at most one entry a minute, with their number: nobody fills the log. */
export interface Refused {
  /** Counts it if it was an agent's well-formed request, or a signature that does not hold. */
  note(caller: Caller | null, error: unknown): void
  /** Writes what is counted: called once a minute, and when the server stops. */
  flush(): Promise<void>
}

const counted: readonly number[] = [403, 422, 429]
const signatures: readonly string[] = ['bad_signature', 'clock_skew', 'replayed']

export function makeRefused(parts: { writer: Writer; logger: Logger }): Refused {
  const { writer, logger } = parts
  let count = 0
  return {
    note(caller, error) {
      if (!(error instanceof Refusal)) return
      const ofAgent = caller?.kind === 'agent' && counted.includes(errors[error.code].status)
      if (ofAgent || signatures.includes(error.code)) count++
    },
    async flush() {
      if (count === 0) return
      const now = count
      count = 0
      try {
        await writer.write((tx) =>
          tx.append({ type: 'log.refused', actor: serverActor, subject: null, data: { count: now } }),
        )
      } catch (error) {
        count += now
        logger.error({ err: error }, 'refused requests could not be logged')
      }
    },
  }
}
