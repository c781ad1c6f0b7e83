import { decodeBase64url, encodeBase64url } from '@permission-slip/protocol/base64.ts'
import { thumbprintText } from '@permission-slip/protocol/http-signature.ts'

/** Signs as an agent. Where WebCrypto has no Ed25519 (a phone), the app brings its own. */
export interface Signer {
  /** RFC 7638 thumbprint of the key. */
  readonly keyid: string
  sign(data: Uint8Array<ArrayBuffer>): Promise<Uint8Array>
}

/** An agent's key as text: 32 raw bytes each, base64url. The private half is the seed of RFC 8032. */
export interface KeyPair {
  readonly public_key: string
  readonly private_key: string
}

/** RFC 7638 thumbprint, its 32 raw bytes. */
export async function thumbprintBytes(publicKey: string): Promise<Uint8Array> {
  const text = new TextEncoder().encode(thumbprintText(publicKey))
  return new Uint8Array(await crypto.subtle.digest('SHA-256', text))
}
export const thumbprint = async (publicKey: string): Promise<string> =>
  encodeBase64url(await thumbprintBytes(publicKey))

export async function generateKeyPair(): Promise<KeyPair> {
  const pair = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])
  if (!('privateKey' in pair)) throw new TypeError('expected a key pair')
  const { d, x } = await crypto.subtle.exportKey('jwk', pair.privateKey)
  if (d === undefined || x === undefined) throw new TypeError('expected an Ed25519 key with both halves')
  return { public_key: x, private_key: d }
}

/** Throws if either half is not 32 bytes of base64url, or if they do not belong together. */
export async function signerOf(pair: KeyPair): Promise<Signer> {
  for (const half of ['public_key', 'private_key'] as const) {
    if (decodeBase64url(pair[half])?.length !== 32)
      throw new TypeError(`${half}: expected 32 bytes in base64url (43 characters)`)
  }
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: pair.public_key, d: pair.private_key }
  const key = await crypto.subtle.importKey('jwk', jwk, 'Ed25519', false, ['sign'])
  const check = await crypto.subtle.importKey(
    'jwk',
    { kty: 'OKP', crv: 'Ed25519', x: pair.public_key },
    'Ed25519',
    false,
    ['verify'],
  )
  const signer: Signer = {
    keyid: await thumbprint(pair.public_key),
    sign: async (data) => new Uint8Array(await crypto.subtle.sign('Ed25519', key, data)),
  }
  const probe = new TextEncoder().encode(signer.keyid)
  if (!(await crypto.subtle.verify('Ed25519', check, new Uint8Array(await signer.sign(probe)), probe)))
    throw new TypeError('public_key: does not belong to private_key')
  return signer
}
