import { randomBytes } from 'node:crypto'
import { hashToken } from '../tokens.ts'
import { base32 } from './totp.ts'

const count = 10

/** Ten codes of 80 random bits, `ABCD-EFGH-IJKL-MNOP`: so many that a plain hash of one can't be turned back. */
export const newBackupCodes = (): string[] =>
  Array.from({ length: count }, () => (base32(randomBytes(10)).match(/.{4}/g) ?? []).join('-'))

/** The hash of a code as it was typed, or null if it can't be one. */
export function backupCodeHash(typed: string): string | null {
  const code = typed.toUpperCase().replaceAll(/[\s-]/g, '')
  return /^[A-Z2-7]{16}$/.test(code) ? hashToken(code) : null
}
