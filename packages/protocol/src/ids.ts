import { z } from 'zod'

/** Every kind of id, by its prefix. After the prefix: 26 characters `[0-9a-z]` that sort by time (see `newId`). */
export const prefixes = ['act', 'agt', 'con', 'rul', 'usr', 'dev', 'fil', 'tok', 'inv'] as const
export type Prefix = (typeof prefixes)[number]
export type Id<P extends Prefix = Prefix> = `${P}_${string}`

export const id = <P extends Prefix>(prefix: P) =>
  z.custom<Id<P>>(
    (v) => typeof v === 'string' && v.length <= 64 && new RegExp(`^${prefix}_[0-9a-z]+$`).test(v),
    `expected an id that begins with ${prefix}_`,
  )

export const actionId = id('act')
export const agentId = id('agt')
export const connectionId = id('con')
export const ruleId = id('rul')
export const personId = id('usr')
export const tokenId = id('tok')

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
let lastTime = 0
let lastTail = new Uint8Array(16)

/**
 * A new id: 10 characters of time (milliseconds, 50 bits) and 16 of randomness (80 bits), in lower-case Crockford
 * base 32. Within one process two ids of the same millisecond still sort in the order they were made.
 */
export function newId<P extends Prefix>(prefix: P, now: number = Date.now()): Id<P> {
  if (now > lastTime) {
    lastTime = now
    lastTail = crypto.getRandomValues(new Uint8Array(16)).map((b) => b & 31)
    lastTail[0] = (lastTail[0] ?? 0) & 15 // room to count up
  } else {
    for (let i = 15; i >= 0; i--) {
      const next = ((lastTail[i] ?? 0) + 1) & 31
      lastTail[i] = next
      if (next !== 0) break
    }
  }
  let head = ''
  for (let i = 9, t = lastTime; i >= 0; i--, t = Math.floor(t / 32)) head = (alphabet[t % 32] ?? '0') + head
  let tail = ''
  for (const v of lastTail) tail += alphabet[v] ?? '0'
  return `${prefix}_${head}${tail}`
}
