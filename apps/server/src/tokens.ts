import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** SHA-256 (hex): how tokens and codes are kept. They are random, so a plain hash is enough. */
export const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex')

/** A token of 256 bits with its prefix: `psa_` agent, `psp_` person. */
export const makeToken = (prefix: 'psa' | 'psp'): string => `${prefix}_${randomBytes(32).toString('base64url')}`

/** Equal, in time that does not depend on where they differ. */
export const sameText = (a: string, b: string): boolean =>
  timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest())

/** Without letters and digits that look alike (0 O 1 I L, 5 S, 2 Z, 8 B). */
const clear = 'ACDEFGHJKMNPQRTUVWXY34679'
/** An invite code `PS-XXXX-XXXX`: about 37 bits, one use, 15 minutes, ten wrong tries a minute. */
export function makeInviteCode(): string {
  const letter = (): string => {
    for (;;) {
      const byte = randomBytes(1)[0] ?? 255
      if (byte < 250) return clear[byte % 25] ?? 'A'
    }
  }
  const four = () => Array.from({ length: 4 }, letter).join('')
  return `PS-${four()}-${four()}`
}
