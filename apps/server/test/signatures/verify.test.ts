import { describe, expect, test } from 'bun:test'
import { generateKeyPair, type KeyPair, signerOf, thumbprint } from '@permission-slip/client/keys.ts'
import { type Outgoing, signRequest } from '@permission-slip/client/sign.ts'
import { Refusal } from '@permission-slip/protocol/errors.ts'
import fc from 'fast-check'
import { isSigned, type SignedRequest, verifySignature } from '../../src/http/signatures/verify.ts'

const now = Date.parse('2026-05-01T12:00:00.000Z')
const names = ['slip.example.org', 'localhost:8080', '127.0.0.1:8080']
const pair = await generateKeyPair()
const signer = await signerOf(pair)
const keyOf = (known: KeyPair) => async (keyid: string) =>
  keyid === (await thumbprint(known.public_key)) ? { publicKey: known.public_key } : null
const utf8 = new TextEncoder()

const post = (over: Partial<Outgoing> = {}): Outgoing => ({
  method: 'POST',
  url: 'https://slip.example.org/api/v1/actions?wait=5',
  headers: { 'content-type': 'application/json', 'idempotency-key': 'k-1' },
  body: utf8.encode('{"connector":"notebook"}'),
  ...over,
})
const received = (
  sent: Outgoing,
  headers: Record<string, string>,
  over: Partial<SignedRequest> = {},
): SignedRequest => ({
  method: sent.method,
  url: sent.url,
  authority: new URL(sent.url).host,
  headers: Object.entries(headers),
  body: sent.body,
  names,
  now,
  ...over,
})
const check = async (request: SignedRequest, known = pair) => verifySignature(request, keyOf(known))
async function refusal(request: SignedRequest, known = pair): Promise<Refusal> {
  try {
    await check(request, known)
  } catch (cause) {
    if (cause instanceof Refusal) return cause
    throw cause
  }
  throw new Error('was accepted')
}
const replaced = (headers: Record<string, string>, from: string | RegExp, to: string) => ({
  ...headers,
  'signature-input': (headers['signature-input'] ?? '').replace(from, to),
})

describe('a request that our client signed', () => {
  test('is accepted, with its key, nonce, time and the digest of its body', async () => {
    const sent = post()
    const found = await check(received(sent, await signRequest(sent, signer, { now, nonce: 'AAECAwQFBgcICQoLDA0ODw' })))
    expect(found).toMatchObject({ keyid: signer.keyid, nonce: 'AAECAwQFBgcICQoLDA0ODw', created: now })
    expect(found.contentSha256).toEqual(
      new Uint8Array(await crypto.subtle.digest('SHA-256', sent.body ?? new Uint8Array())),
    )
  })

  test('is accepted without a body and without a query, and with any query and percent-encoding', async () => {
    const part = fc.string({ minLength: 0, maxLength: 8, unit: 'binary' }).map(encodeURIComponent)
    await fc.assert(
      fc.asyncProperty(part, fc.option(part), async (path, query) => {
        const sent = post({
          method: 'GET',
          url: `http://localhost:8080/a/${path}x${query === null ? '' : `?q=${query}`}`,
          headers: {},
          body: null,
        })
        await check(received(sent, await signRequest(sent, signer, { now })))
      }),
      { numRuns: 50 },
    )
  })

  test('is accepted behind a proxy that puts another of our names in Host, not under a foreign name', async () => {
    const sent = post()
    const headers = await signRequest(sent, signer, { now })
    await check(received(sent, headers, { authority: '127.0.0.1:8080' }))
    await check(received(sent, headers, { authority: 'SLIP.example.org:443' }))
    expect((await refusal(received(sent, headers, { authority: 'evil.example' }))).code).toBe('misdirected')
    const foreign = await signRequest(post({ url: 'https://other.example/api/v1/actions?wait=5' }), signer, { now })
    expect((await refusal(received(sent, foreign))).code).toBe('bad_signature')
  })

  test('with a streamed body gives the digest that the caller must find', async () => {
    const sent = post()
    const found = await check(received(sent, await signRequest(sent, signer, { now }), { body: 'streamed' }))
    expect(found.contentSha256?.length).toBe(32)
  })
})

describe('a request is refused when', () => {
  test.each([
    ['the method', { method: 'PUT' }],
    ['the path', { url: '/api/v1/actionz?wait=5' }],
    ['the query', { url: '/api/v1/actions?wait=6' }],
    ['a percent-encoding', { url: '/api/v1/%61ctions?wait=5' }],
    ['the body', { body: utf8.encode('{"connector":"notebooK"}') }],
    ['the body, dropped', { body: null }],
  ])('%s is not what was signed', async (_what, over) => {
    const sent = post()
    expect((await refusal(received(sent, await signRequest(sent, signer, { now }), over))).code).toBe('bad_signature')
  })

  test.each(['content-type', 'idempotency-key', 'content-digest'])(
    'the header %s is changed, dropped or sent twice',
    async (name) => {
      const sent = post()
      const headers = await signRequest(sent, signer, { now })
      const value = headers[name] ?? ''
      const { [name]: _dropped, ...without } = headers
      const twice = [...Object.entries(headers), [name, value] as const]
      const joined = { ...headers, [name]: `${value}, ${value}` }
      for (const wrong of [Object.entries({ ...headers, [name]: `${value}x` }), Object.entries(without)])
        expect((await refusal(received(sent, headers, { headers: wrong }))).code).toBe('bad_signature')
      for (const wrong of [twice, Object.entries(joined)])
        expect((await refusal(received(sent, headers, { headers: wrong }))).message).toContain(name)
    },
  )

  test.each(['@method', '@authority', '@path', '@query', 'content-digest', 'content-type', 'idempotency-key'])(
    '%s is not covered, naming it',
    async (name) => {
      const sent = post()
      const headers = await signRequest(sent, signer, { now })
      const less = replaced(headers, new RegExp(`"${name}" ?`), '')
      const why = await refusal(received(sent, less))
      expect([why.code, why.message]).toEqual(['bad_signature', `signature-input: the signature must cover "${name}".`])
    },
  )

  test('a header that is not covered says nothing: an Idempotency-Key added later is refused', async () => {
    const sent = post({ headers: { 'content-type': 'application/json' } })
    const headers = await signRequest(sent, signer, { now })
    expect((await refusal(received(sent, { ...headers, 'idempotency-key': 'k' }))).message).toContain('idempotency-key')
  })

  test('the clock is off by more than five minutes, with the server’s time', async () => {
    const sent = post()
    for (const off of [-300_000, 300_000])
      await check(received(sent, await signRequest(sent, signer, { now: now + off })))
    for (const off of [-301_000, 301_000]) {
      const why = await refusal(received(sent, await signRequest(sent, signer, { now: now + off })))
      expect([why.code, why.more]).toEqual(['clock_skew', { server_time: '2026-05-01T12:00:00.000Z' }])
    }
  })

  test.each([
    ['a short nonce', /nonce="[^"]*"/, 'nonce="AAECAwQFBgcICQoLDA0OD"', 'nonce'],
    ['no nonce', /;nonce="[^"]*"/, '', 'nonce'],
    ['no created', /;created=\d+/, '', 'created'],
    ['no keyid', /;keyid="[^"]*"/, '', 'keyid'],
    ['no alg', /;alg="ed25519"/, '', 'alg'],
    ['another alg', /alg="ed25519"/, 'alg="hmac-sha256"', 'alg'],
    ['no tag', /;tag="[^"]*"/, '', 'tag'],
    ['another tag', /tag="[^"]*"/, 'tag="web-bot-auth"', 'tag'],
    ['an unknown parameter', /;tag/, ';x=1;tag', 'x'],
    ['a parameter twice', /;created=\d+/, '$&$&', 'created'],
    ['a component twice', '"@path"', '"@path" "@path"', '@path'],
    ['a component with parameters', '"@path"', '"@path";req', '@path'],
    ['a component that we do not take', '"@path"', '"@path" "@target-uri"', '@target-uri'],
    ['a header that was not sent', '"@path"', '"@path" "date"', 'date'],
    ['an unknown key', /keyid="[^"]*"/, 'keyid="nobody"', 'keyid'],
    ['what is no dictionary', /^sig1=/, 'sig1=(', 'signature-input'],
  ])('its Signature-Input has %s', async (_what, from, to, named) => {
    const sent = post()
    const why = await refusal(received(sent, replaced(await signRequest(sent, signer, { now }), from, to)))
    expect(why.code).toBe('bad_signature')
    expect(why.message).toContain(named)
  })

  test('there are two signatures with the tag; another party’s beside ours does not matter', async () => {
    const sent = post()
    const headers = await signRequest(sent, signer, { now })
    const input = headers['signature-input'] ?? ''
    const second = {
      ...headers,
      'signature-input': `${input}, ${input.replace('sig1', 'sig2')}`,
      signature: `${headers['signature']}, ${(headers['signature'] ?? '').replace('sig1', 'sig2')}`,
    }
    expect((await refusal(received(sent, second))).message).toContain('expected one signature')
    const proxy = {
      ...headers,
      'signature-input': `proxy=("@method");created=1;tag="edge", ${input}`,
      signature: `proxy=:AAAA:, ${headers['signature']}`,
    }
    await check(received(sent, proxy))
  })

  test('the signature is another key’s, altered, absent or under another label', async () => {
    const sent = post()
    const headers = await signRequest(sent, signer, { now })
    const other = await signerOf(await generateKeyPair())
    const forged = await signRequest(sent, { keyid: signer.keyid, sign: other.sign }, { now })
    const text = headers['signature'] ?? ''
    const flipped = text.replace(/:(.)/, (_all, first: string) => `:${first === 'A' ? 'B' : 'A'}`)
    const { signature: _gone, ...without } = headers
    for (const wrong of [
      forged,
      { ...headers, signature: flipped },
      without,
      { ...headers, signature: text.replace('sig1', 'sig9') },
    ])
      expect((await refusal(received(sent, wrong))).code).toBe('bad_signature')
    expect(isSigned(Object.entries(without))).toBe(true)
    expect(isSigned([['accept', '*/*']])).toBe(false)
  })
})
