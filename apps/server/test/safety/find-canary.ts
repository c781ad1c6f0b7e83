/** In which wrapping a secret stands in these bytes, if in any. Not the code that redacts: another look at the same. */
export function findCanary(haystack: Uint8Array | string, secret: string): string | null {
  const bytes = Buffer.from(haystack as string)
  const text = bytes.toString('latin1')
  const lower = text.toLowerCase()
  const raw = Buffer.from(secret)
  const hex = raw.toString('hex')
  const wrappings: [string, boolean][] = [
    ['raw', text.includes(raw.toString('latin1'))],
    ['UTF-16', text.includes(Buffer.from(secret, 'utf16le').toString('latin1'))],
    ['hex', lower.includes(hex)],
    ['percent, every byte', lower.includes((hex.match(/../g) ?? []).map((b) => `%${b}`).join(''))],
    ['percent', lower.includes(encodeURIComponent(secret).toLowerCase())],
    ['form', lower.includes(new URLSearchParams({ a: secret }).toString().slice(2).toLowerCase())],
    ['JSON', text.includes(JSON.stringify(secret).slice(1, -1))],
    [
      'JSON, every character',
      lower.includes([...secret].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')),
    ],
    ...[0, 1, 2].flatMap((lead): [string, boolean][] => {
      const whole = Buffer.concat([Buffer.alloc(lead, 0x20), raw])
      // What only the secret's own bits decide.
      const core = whole
        .toString('base64')
        .slice(lead === 0 ? 0 : lead === 1 ? 2 : 3, Math.floor((whole.length * 8) / 6))
      return [
        [`base64 at ${lead}`, text.includes(core)],
        [`base64url at ${lead}`, text.includes(core.replaceAll('+', '-').replaceAll('/', '_'))],
      ]
    }),
  ]
  return wrappings.find(([, found]) => found)?.[0] ?? null
}
