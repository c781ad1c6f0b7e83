import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** RFC 6238 as every authenticator app reads it: SHA-1, 30 seconds, 6 digits. */
const period = 30_000
const digits = 6
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

export const newTotpSecret = (): Uint8Array => randomBytes(20)
export const totpStep = (now: number): number => Math.floor(now / period)

/** HOTP (RFC 4226 section 5.3). */
export function hotp(secret: Uint8Array, counter: number): string {
  const moving = Buffer.alloc(8)
  moving.writeBigUInt64BE(BigInt(counter))
  const mac = createHmac('sha1', secret).update(moving).digest()
  const offset = (mac[19] ?? 0) & 15
  const value = (mac.readUInt32BE(offset) & 0x7fffffff) % 10 ** digits
  return String(value).padStart(digits, '0')
}

/**
 * The time step that a code belongs to, or null. One step before and after are looked at, since clocks differ; a step
 * not later than `taken` is never looked at again (RFC 6238 section 5.2: a code is good once).
 */
export function totpMatch(secret: Uint8Array, code: string, now: number, taken: number): number | null {
  if (!/^\d{6}$/.test(code)) return null
  const current = totpStep(now)
  let found: number | null = null
  for (const step of [current - 1, current, current + 1].filter((step) => step >= 0)) {
    const same = timingSafeEqual(Buffer.from(hotp(secret, step)), Buffer.from(code))
    if (same && step > taken) found ??= step
  }
  return found
}

/** RFC 4648 base 32 without padding. */
export function base32(bytes: Uint8Array): string {
  let out = ''
  let held = 0
  let bits = 0
  for (const byte of bytes) {
    held = (held << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      out += alphabet[(held >> bits) & 31] ?? ''
    }
    held &= (1 << bits) - 1
  }
  return bits > 0 ? out + (alphabet[(held << (5 - bits)) & 31] ?? '') : out
}

/** What the QR code says (the `otpauth` key URI). No colon may stand in issuer or account: `host` is without a port. */
export function totpUri(secret: Uint8Array, host: string, email: string): string {
  const issuer = `Permission Slip (${host})`
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(email)}`
  return `otpauth://totp/${label}?secret=${base32(secret)}&issuer=${encodeURIComponent(issuer)}`
}
