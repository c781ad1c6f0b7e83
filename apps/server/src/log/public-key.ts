import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { Refusal } from '@permission-slip/protocol/errors.ts'
import { thumbprintText } from '@permission-slip/protocol/http-signature.ts'

/** RFC 7638 thumbprint (base64url of SHA-256) of an Ed25519 public key, given as base64url of its 32 bytes. */
export const thumbprint = (publicKey: string): string =>
  createHash('sha256').update(thumbprintText(publicKey)).digest('base64url')

/** An Ed25519 public key from the base64url of its 32 raw bytes. */
export function publicKeyObject(publicKey: string): KeyObject {
  const raw = Buffer.from(publicKey, 'base64url')
  if (raw.length !== 32 || raw.toString('base64url') !== publicKey) {
    const field = {
      field: 'public_key',
      expected: '32 bytes in base64url (43 characters)',
      got: publicKey.slice(0, 60),
    }
    throw new Refusal('invalid_request', `${field.field}: expected ${field.expected}, got \`${field.got}\`.`, {
      fields: [field],
    })
  }
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' })
}

/** The origin line of a log's epoch: it is the first key's for ever, a rotation keeps it, a restore starts another. */
export const originOf = (firstPublicKey: string): string =>
  `permission-slip/${createHash('sha256').update(Buffer.from(firstPublicKey, 'base64url')).digest('hex').slice(0, 16)}`
