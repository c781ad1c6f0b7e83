import { constants, createHash, publicEncrypt } from 'node:crypto'

const hash = (algorithm: 'sha1' | 'sha256', ...parts: Uint8Array[]): Buffer =>
  createHash(algorithm).update(Buffer.concat(parts)).digest()
const xor = (a: Uint8Array, b: Uint8Array): Buffer => Buffer.from(a.map((byte, i) => byte ^ (b[i % b.length] ?? 0)))

/** mysql_native_password: SHA1(password) xor SHA1(nonce, SHA1(SHA1(password))). */
function native(password: string, nonce: Uint8Array): Buffer {
  const once = hash('sha1', Buffer.from(password))
  return xor(once, hash('sha1', nonce, hash('sha1', once)))
}

/** caching_sha2_password: SHA256(password) xor SHA256(SHA256(SHA256(password)), nonce). */
function cachingSha2(password: string, nonce: Uint8Array): Buffer {
  const once = hash('sha256', Buffer.from(password))
  return xor(once, hash('sha256', hash('sha256', once), nonce))
}

/** Ways to prove the password without showing it. What would show it to any server that asks is not among them. */
const proofs: Readonly<Record<string, (password: string, nonce: Uint8Array) => Buffer>> = {
  mysql_native_password: native,
  caching_sha2_password: cachingSha2,
}
export const provable = (plugin: string): boolean => Object.hasOwn(proofs, plugin)
export const usualPlugin = 'mysql_native_password'

/** The proof; nothing at all for an empty password, as the protocol says. */
export const prove = (plugin: string, password: string, nonce: Uint8Array): Buffer =>
  password === '' ? Buffer.alloc(0) : (proofs[plugin]?.(password, nonce) ?? Buffer.alloc(0))

/** The password under the server's public key (RSA-OAEP), for caching_sha2_password on a line without TLS. */
export const lockedPassword = (password: string, nonce: Uint8Array, publicKey: string): Buffer =>
  publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING }, xor(Buffer.from(`${password}\0`), nonce))
