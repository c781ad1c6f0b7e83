import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { Secret } from '../../src/connections/secret.ts'
import { findsSecret, scrub } from '../../src/egress/redact.ts'

const percentAll = (text: string) => [...Buffer.from(text)].map((b) => `%${b.toString(16).padStart(2, '0')}`).join('')
const escapeAll = (text: string) =>
  [...text]
    .flatMap((c) => c.split(''))
    .map((u) => `\\u${u.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')
/** Every wrapping that is looked for, with something before and after it. */
const wrappings: Record<string, (secret: string, before: string, after: string) => string> = {
  raw: (s, b, a) => b + s + a,
  base64: (s, b, a) => Buffer.from(b + s + a).toString('base64'),
  base64url: (s, b, a) => Buffer.from(b + s + a).toString('base64url'),
  percent: (s, b, a) => encodeURIComponent(b) + encodeURIComponent(s) + encodeURIComponent(a),
  'percent, every byte': (s, b, a) => b + percentAll(s) + a,
  'percent, upper case': (s, b, a) => b + percentAll(s).toUpperCase() + a,
  form: (s) => new URLSearchParams({ token: s }).toString(),
  json: (s, b, a) => JSON.stringify({ [b]: s + a }),
  'json, every character': (s, b, a) => `"${b.replaceAll('\\', '')}${escapeAll(s)}${a.replaceAll('\\', '')}"`,
  'json, slashes': (s, b, a) => b.replaceAll('\\', '') + JSON.stringify(s).slice(1, -1).replaceAll('/', '\\/') + a,
  hex: (s, b, a) => b + Buffer.from(s).toString('hex') + a,
  HEX: (s, b, a) => b + Buffer.from(s).toString('hex').toUpperCase() + a,
}
const secretText = fc
  .oneof(
    fc.string({ minLength: 12, maxLength: 60, unit: 'binary-ascii' }),
    fc.string({ minLength: 12, maxLength: 40, unit: 'grapheme' }),
  )
  .filter((s) => s.length >= 12 && s.isWellFormed())
const around = fc.string({ maxLength: 20, unit: 'grapheme-ascii' })

describe('a credential in what came back', () => {
  for (const [name, wrap] of Object.entries(wrappings))
    test(`is found: ${name}`, () => {
      fc.assert(
        fc.property(secretText, around, around, (secret, before, after) => {
          // Half an escape in front would make another text of it.
          fc.pre(!/[\\%]/.test(before + after))
          const text = wrap(secret, before, after)
          expect(findsSecret(text, [new Secret(secret)])).toBe(true)
          expect(findsSecret(Buffer.from(text), [new Secret('another-secret-entirely'), new Secret(secret)])).toBe(true)
        }),
        { numRuns: 300 },
      )
    })

  test('nothing is found where nothing is', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (text) => {
        expect(findsSecret(text, [new Secret('zq-9d1f5c7e-canary-kk')])).toBe(false)
      }),
    )
    expect(findsSecret('anything', [])).toBe(false)
  })
  test('secrets shorter than 12 characters are not looked for: they turn up by chance', () => {
    expect(findsSecret('the password is hunter2hunt', [new Secret('hunter2hunt')])).toBe(false)
    expect(findsSecret('the password is hunter2hunt!', [new Secret('hunter2hunt!')])).toBe(true)
  })
})

describe('our own texts', () => {
  test('hold no secret, short or long, in no wrapping', () => {
    fc.assert(
      fc.property(
        fc
          .string({ minLength: 4, maxLength: 40 })
          .filter((s) => !'[secret]withheld: the text held a credential'.includes(s)),
        around,
        fc.constantFrom(...Object.values(wrappings)),
        (secret, before, wrap) => {
          const clean = scrub(wrap(secret, before, ''), [new Secret(secret)])
          expect(clean.includes(secret)).toBe(false)
          expect(findsSecret(clean, [new Secret(secret)])).toBe(false)
        },
      ),
    )
  })
  test('are otherwise left as they are', () => {
    expect(scrub('relation "x" does not exist', [new Secret('s3cret')])).toBe('relation "x" does not exist')
    expect(scrub('no s3cret here, s3cret', [new Secret('s3cret'), new Secret('')])).toBe('no [secret] here, [secret]')
  })
})
