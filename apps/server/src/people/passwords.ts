import { randomBytes } from 'node:crypto'
import { Refusal } from '@permission-slip/protocol/errors.ts'

/** Argon2id as OWASP's Password Storage Cheat Sheet has it for little memory: 19 MiB, two passes. */
const cost = { algorithm: 'argon2id', memoryCost: 19_456, timeCost: 2 } as const
/** A Raspberry Pi has four cores and other things to do; what waits longer than this queue is turned away. */
const parallel = 2
const queue = 64

export interface Passwords {
  hash(password: string): Promise<string>
  /** `stored` null: nobody goes by that address. It costs the same time as a wrong password, and is never right. */
  verify(password: string, stored: string | null): Promise<boolean>
}

/** The same password typed on another keyboard may come in other code points (RFC 8265 section 4.2: NFC). */
const prepare = (password: string): string => password.normalize('NFC')

export function makePasswords(): Passwords {
  let busy = 0
  const waiting: (() => void)[] = []
  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (busy >= parallel) {
      if (waiting.length >= queue) throw new Refusal('unavailable', 'Too many sign-ins at once.')
      await new Promise<void>((resolve) => waiting.push(resolve))
    } else busy++
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else busy--
    }
  }
  let nobody: Promise<string> | null = null
  return {
    hash: (password) => inTurn(() => Bun.password.hash(prepare(password), cost)),
    async verify(password, stored) {
      // Made before either way is taken, so that the first sign-in tells nothing either.
      nobody ??= Bun.password.hash(randomBytes(32).toString('hex'), cost)
      const decoy = await nobody
      const right = await inTurn(() => Bun.password.verify(prepare(password), stored ?? decoy))
      return stored !== null && right
    },
  }
}
