import type { Secret, Secrets } from '../connections/secret.ts'

/** Shorter ones turn up by chance; they are kept out of our own texts only. */
const shortest = 12

type Some = Secrets | readonly Secret[]
const values = (secrets: Some): string[] => [...secrets.values()].map((one) => one.reveal()).filter((one) => one !== '')

/**
 * Does what a service sent hold one of these secrets, plain or in a usual wrapping? Looks after decompression and
 * before parsing: raw, base64 and base64url at each of the three alignments, percent-encoded, JSON-escaped, hex.
 */
export function findsSecret(content: Uint8Array | string, secrets: Some): boolean {
  const text = typeof content === 'string' ? content : Buffer.from(content).toString()
  const long = values(secrets).filter((value) => value.length >= shortest)
  if (long.length === 0 || text === '') return false
  const lower = text.toLowerCase()
  // Unwrapped once each, since one character has several escapes.
  // JSON twice: what a driver or a header brings is itself a value of the JSON that is looked through.
  const once = text.includes('\\') ? unescapeJson(text) : text
  const unescaped = once.includes('\\') ? [once, unescapeJson(once)] : [once]
  const unquoted =
    text.includes('%') || text.includes('+') ? [percentDecoded(text), percentDecoded(text.replaceAll('+', ' '))] : []
  const alphabetless = text.replaceAll('-', '+').replaceAll('_', '/')
  return long.some((value) => {
    const bytes = Buffer.from(value)
    return (
      text.includes(value) ||
      unescaped.some((one) => one.includes(value)) ||
      unquoted.some((one) => one.includes(value)) ||
      lower.includes(bytes.toString('hex')) ||
      base64Cores(bytes).some((core) => alphabetless.includes(core))
    )
  })
}

/** What base64 of any text around a secret must contain: the characters that only the secret's own bytes decide. */
function base64Cores(bytes: Uint8Array): string[] {
  return [0, 1, 2].map((lead) => {
    const whole = Buffer.concat([Buffer.alloc(lead), bytes])
    // Characters with a bit of a neighbour in them are left off at both ends.
    const first = Math.ceil((lead * 8) / 6)
    const last = Math.floor((whole.length * 8) / 6)
    return whole.toString('base64').slice(first, last).replaceAll('-', '+').replaceAll('_', '/')
  })
}

const percentDecoded = (text: string): string => {
  const bytes = Buffer.from(text)
  const out = Buffer.alloc(bytes.length)
  let to = 0
  for (let at = 0; at < bytes.length; at++) {
    const code = bytes[at] === 0x25 ? Number.parseInt(bytes.toString('latin1', at + 1, at + 3), 16) : Number.NaN
    const valid = /^[0-9a-f]{2}$/i.test(bytes.toString('latin1', at + 1, at + 3))
    if (bytes[at] === 0x25 && valid) {
      out[to++] = code
      at += 2
    } else out[to++] = bytes[at] ?? 0
  }
  return out.subarray(0, to).toString()
}

const letters: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }
const unescapeJson = (text: string): string =>
  text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_all, hex: string | undefined, letter: string | undefined) =>
    hex !== undefined ? String.fromCharCode(Number.parseInt(hex, 16)) : (letters[letter ?? ''] ?? letter ?? ''),
  )

/** A text of ours, or a service's message that we pass on, with every secret cut out of it, short ones too. */
export function scrub(text: string, secrets: Some): string {
  let clean = text
  for (const value of values(secrets).sort((a, b) => b.length - a.length)) {
    const bytes = Buffer.from(value)
    const forms = [
      value,
      encodeURIComponent(value.toWellFormed()),
      JSON.stringify(value).slice(1, -1),
      bytes.toString('base64'),
      bytes.toString('base64url'),
    ]
    for (const form of forms) clean = clean.replaceAll(form, '[secret]')
  }
  // In some other wrapping a long one may still be there: then nothing of the text is worth the risk.
  return findsSecret(clean, secrets) ? '[withheld: the text held a credential]' : clean
}
