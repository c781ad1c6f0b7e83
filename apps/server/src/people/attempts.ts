import { createHash, randomBytes } from 'node:crypto'
import { Refusal } from '@permission-slip/protocol/errors.ts'
import ipaddr from 'ipaddr.js'
import type { Clock } from '../clock.ts'
import type { Db } from '../db/writer-types.ts'

export const attemptLimit = 10
export const attemptWindow = 15 * 60_000

/** A try that is under way. It counts as a wrong one until it is shown to be right. */
export interface Attempt {
  /** It was right, or never came to a guess: forget it. `cleared` scopes forget their earlier wrong ones as well. */
  release(cleared?: readonly string[]): Promise<void>
}
export interface Attempts {
  /** Throws `rate_limited` when a scope has had its wrong tries. */
  reserve(scopes: readonly string[]): Promise<Attempt>
  sweep(): Promise<void>
}

/** Known and unknown addresses count alike; the address itself is not kept. */
export const accountScope = (email: string): string =>
  `sign-in:account:${createHash('sha256').update(email).digest('hex')}`
export const personScope = (person: string): string => `sign-in:person:${person}`
/** One IPv6 customer has a whole /64. */
export function remoteScope(remote: string): string {
  if (!ipaddr.isValid(remote)) return `sign-in:remote:${remote.slice(0, 64)}`
  const address = ipaddr.process(remote)
  const text =
    address.kind() === 'ipv6' ? address.toNormalizedString().split(':').slice(0, 4).join(':') : address.toString()
  return `sign-in:remote:${text}`
}

/**
 * Wrong tries of all copies. A try is written down before it is judged, so that many at once can't pass the limit
 * together; one that is turned away is not counted, so that waiting ends.
 */
export function makeAttempts(db: Db, clock: Clock): Attempts {
  /** Throws when a scope has more than `most` tries. */
  async function refuseBeyond(most: number, scopes: readonly string[], now: number): Promise<void> {
    const counted = await db
      .selectFrom('attempts')
      .select(['scope', (q) => q.fn.countAll<number>().as('n'), (q) => q.fn.min('at').as('oldest')])
      .where('scope', 'in', scopes)
      .where('at', '>', now - attemptWindow)
      .groupBy('scope')
      .execute()
    const full = counted.filter((row) => Number(row.n) > most)
    if (full.length === 0) return
    const until = Math.max(...full.map((row) => Number(row.oldest))) + attemptWindow
    const wait = Math.max(1, Math.ceil((until - now) / 1000))
    const minutes = Math.ceil(wait / 60)
    const sentence = `Too many wrong tries. Try again in ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}.`
    throw new Refusal('rate_limited', sentence, { more: { retry_after_s: wait } })
  }
  return {
    async reserve(scopes) {
      const now = clock.now()
      const id = randomBytes(12).toString('hex')
      const mine = scopes.map((scope, i) => ({ id: `${id}.${i}`, scope, at: now }))
      const forget = (ids: readonly string[]) => db.deleteFrom('attempts').where('id', 'in', ids).execute()
      const own = mine.map((row) => row.id)
      // Whoever goes on trying costs a look, not a write.
      await refuseBeyond(attemptLimit - 1, scopes, now)
      await db.insertInto('attempts').values(mine).execute()
      try {
        await refuseBeyond(attemptLimit, scopes, now)
      } catch (error) {
        await forget(own)
        throw error
      }
      return {
        async release(cleared = []) {
          await forget(own)
          if (cleared.length > 0) await db.deleteFrom('attempts').where('scope', 'in', cleared).execute()
        },
      }
    },
    async sweep() {
      await db
        .deleteFrom('attempts')
        .where('scope', 'like', 'sign-in:%')
        .where('at', '<=', clock.now() - attemptWindow)
        .execute()
    },
  }
}
