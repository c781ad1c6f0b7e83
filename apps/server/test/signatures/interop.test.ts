import { expect, test } from 'bun:test'
import { createHash, createPrivateKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { thumbprintText } from '@permission-slip/protocol/http-signature.ts'
import { createSignature, webcrypto } from 'http-message-sig'
import { httpbis } from 'http-message-signatures'
import { verifySignature } from '../../src/http/signatures/verify.ts'

const pair = generateKeyPairSync('ed25519')
const publicKey = pair.publicKey.export({ format: 'jwk' }).x ?? ''
const keyid = createHash('sha256').update(thumbprintText(publicKey)).digest('base64url')
const body = Buffer.from('{"connector":"notebook","action":"list","params":{}}')
const url = 'https://slip.example.org/api/v1/actions?wait=0&note=%C3%BC%20b'
const sent = {
  'content-type': 'application/json',
  'content-digest': `sha-256=:${createHash('sha256').update(body).digest('base64')}:`,
  'idempotency-key': randomBytes(8).toString('hex'),
}
const components = ['@method', '@authority', '@path', '@query', 'content-digest', 'content-type', 'idempotency-key']
const now = Date.now()

const accept = (method: string, address: string, headers: [string, string][], content: Uint8Array | null) =>
  verifySignature(
    {
      method,
      url: address,
      authority: new URL(address).host,
      headers,
      body: content,
      names: ['slip.example.org'],
      now,
    },
    async (id) => (id === keyid ? { publicKey } : null),
  )

test('a request signed by the library http-message-signatures is accepted', async () => {
  const config = (fields: string[]) => ({
    key: {
      id: keyid,
      alg: 'ed25519',
      sign: async (data: Buffer) =>
        sign(null, data, createPrivateKey(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }))),
    },
    name: 'theirs',
    fields,
    params: ['created', 'nonce', 'keyid', 'alg', 'tag'],
    paramValues: { created: new Date(now), nonce: randomBytes(16).toString('base64url'), tag: 'permission-slip' },
  })
  const signed = await httpbis.signMessage(config(components), { method: 'POST', url, headers: sent })
  const headers = Object.entries(signed.headers).map(([name, value]): [string, string] => [name, String(value)])
  expect((await accept('POST', url, headers, body)).keyid).toBe(keyid)

  const plain = 'https://slip.example.org/api/v1/me'
  const read = await httpbis.signMessage(config(components.slice(0, 4)), { method: 'GET', url: plain, headers: {} })
  const readHeaders = Object.entries(read.headers).map(([name, value]): [string, string] => [name, String(value)])
  expect((await accept('GET', plain, readHeaders, null)).keyid).toBe(keyid)
  await expect(accept('DELETE', plain, readHeaders, null)).rejects.toThrow('does not match')
})

test('a request signed by the library http-message-sig is accepted', async () => {
  const key = await crypto.subtle.importKey('jwk', pair.privateKey.export({ format: 'jwk' }), 'Ed25519', false, [
    'sign',
  ])
  const request = new Request(url, { method: 'POST', headers: sent, body })
  const { signature, signatureInput } = await createSignature(request, {
    label: 'sig',
    components,
    parameters: {
      created: Math.floor(now / 1000),
      nonce: randomBytes(16).toString('base64'),
      keyid,
      alg: 'ed25519',
      tag: 'permission-slip',
    },
    signer: webcrypto.signer(key),
  })
  const headers: [string, string][] = [
    ...Object.entries(sent),
    ['signature', signature],
    ['signature-input', signatureInput],
  ]
  expect((await accept('POST', url, headers, body)).keyid).toBe(keyid)
  await expect(accept('POST', url, headers, Buffer.from('{}'))).rejects.toThrow('content-digest')
})
