import { NotSent } from '@permission-slip/connectors/kit/faults.ts'
import type { Deadline } from './deadline.ts'

/** Waits no longer than the deadline for something that can't be stopped and has sent nothing. */
export function within<T>(deadline: Deadline, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = deadline.onEnd((why) => reject(new NotSent(`Nothing was sent: ${why}.`)))
    work.then(resolve, reject).finally(stop)
  })
}
