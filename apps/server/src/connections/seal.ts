import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { canonical } from '@permission-slip/protocol/canonical.ts'
import type { JsonObject } from '@permission-slip/protocol/json.ts'

/** AES-256-GCM (NIST SP 800-38D): `nonce (12) | tag (16) | ciphertext`. A key seals once or, the master key, by random nonces. */
export function sealBytes(key: Uint8Array, plain: Uint8Array, bound: JsonObject): Uint8Array {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(Buffer.from(canonical(bound)))
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()])
  return new Uint8Array(Buffer.concat([nonce, cipher.getAuthTag(), sealed]))
}

/** Throws when the key, the bytes, or anything they were bound to is another. */
export function openBytes(key: Uint8Array, sealed: Uint8Array, bound: JsonObject): Uint8Array {
  if (sealed.length < 28) throw new Error('sealed bytes are cut off')
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12), { authTagLength: 16 })
  decipher.setAAD(Buffer.from(canonical(bound)))
  decipher.setAuthTag(sealed.subarray(12, 28))
  return new Uint8Array(Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]))
}

/** What a data key is bound to: one field of one connection, under one version of the master key. */
export const keyBound = (connection: string, field: string, version: number): JsonObject => ({
  what: 'permission-slip/data-key/v1',
  connection,
  field,
  key_version: version,
})

/** What a secret is bound to: its connection, connector and field, and everything that decides where it is sent. */
export const secretBound = (
  connection: { id: string; connector: string },
  field: string,
  destination: Readonly<Record<string, string>>,
): JsonObject => ({
  what: 'permission-slip/secret/v1',
  connection: connection.id,
  connector: connection.connector,
  field,
  destination: { ...destination },
})
