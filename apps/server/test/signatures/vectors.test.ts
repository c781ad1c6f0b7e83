import { expect, test } from 'bun:test'
import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import { decodeBase64, encodeBase64 } from '@permission-slip/protocol/base64.ts'
import {
  derivedComponent,
  readSignatures,
  signatureBase,
  thumbprintText,
} from '@permission-slip/protocol/http-signature.ts'
import { serializeInnerList } from '@permission-slip/protocol/structured-field.ts'
import { workedExample } from '../../src/http/signatures/example.ts'
import { verifySignature } from '../../src/http/signatures/verify.ts'

// RFC 9421, appendix B.1.4 and B.2.6.
const jwk = { kty: 'OKP', crv: 'Ed25519', x: 'JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs' }
const privateJwk = { ...jwk, d: 'n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU' }
const input =
  'sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"'
const signature = 'sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:'
const headers: Record<string, string> = {
  date: 'Tue, 20 Apr 2021 02:07:55 GMT',
  'content-type': 'application/json',
  'content-length': '18',
}
const parts = { method: 'POST', authority: 'example.com', target: '/foo?param=Value&Pet=dog' }

test('the base of RFC 9421 B.2.6 is built to the byte, and its Ed25519 signature comes out the same', () => {
  const [one] = readSignatures(input, signature)
  if (!one) throw new Error('no signature was read')
  const base = signatureBase(one.covered, (name) => derivedComponent(name, parts) ?? headers[name] ?? '')
  expect(base).toBe(
    [
      '"date": Tue, 20 Apr 2021 02:07:55 GMT',
      '"@method": POST',
      '"@path": /foo',
      '"@authority": example.com',
      '"content-type": application/json',
      '"content-length": 18',
      '"@signature-params": ("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"',
    ].join('\n'),
  )
  expect(
    verify(null, Buffer.from(base), createPublicKey({ key: jwk, format: 'jwk' }), one.signature ?? Buffer.alloc(0)),
  ).toBe(true)
  expect(
    `sig-b26=:${encodeBase64(sign(null, Buffer.from(base), createPrivateKey({ key: privateJwk, format: 'jwk' })))}:`,
  ).toBe(signature)
  expect(`sig-b26=${serializeInnerList(one.covered)}`).toBe(input)
})

test('derived components are those of RFC 9421 2.2, percent-encodings untouched', () => {
  const of = (target: string, authority = 'www.example.com') =>
    ['@path', '@query', '@authority'].map((name) => derivedComponent(name, { method: 'GET', authority, target }))
  expect(of('/path?param=value&foo=bar&baz=batman')).toEqual([
    '/path',
    '?param=value&foo=bar&baz=batman',
    'www.example.com',
  ])
  expect(of('/path?queryString')).toEqual(['/path', '?queryString', 'www.example.com'])
  expect(of('/path')).toEqual(['/path', '?', 'www.example.com'])
  expect(of('/path?')).toEqual(['/path', '?', 'www.example.com'])
  expect(of('')).toEqual(['/', '?', 'www.example.com'])
  expect(of('/a%2fb%7E/?x=%20+%C3%BC', 'WWW.Example.COM:8443')).toEqual([
    '/a%2fb%7E/',
    '?x=%20+%C3%BC',
    'www.example.com:8443',
  ])
  expect(derivedComponent('@target-uri', parts)).toBeNull()
})

test('the thumbprint is that of RFC 8037 A.3', () => {
  const text = thumbprintText('11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo')
  expect(createHash('sha256').update(text).digest('base64url')).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k')
})

test('the worked example of the documentation is accepted by the verifier, and is not from another key', async () => {
  const { request, public_key, keyid, signature_base } = workedExample()
  const found = await verifySignature(
    {
      method: request.method,
      url: request.url,
      authority: new URL(request.url).host,
      headers: Object.entries(request.headers),
      body: Buffer.from(request.body),
      names: ['slip.example.org'],
      now: 1_767_225_600_000,
    },
    async (id) => (id === keyid ? { publicKey: public_key } : null),
  )
  expect(found.keyid).toBe('poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U')
  expect(signature_base.split('\n')).toHaveLength(8)
  expect(decodeBase64('AA=')).toBeNull()
})
