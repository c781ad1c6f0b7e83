import { createHash } from 'node:crypto'
import { Refusal } from '@permission-slip/protocol/errors.ts'
import { parseDictionary } from '@permission-slip/protocol/structured-field.ts'

const refuse = (what: string): never => {
  throw new Refusal('bad_signature', `content-digest: ${what}`)
}

/** The SHA-256 that `Content-Digest` (RFC 9530) names. Other algorithms may stand beside it. */
export function readContentDigest(header: string): Uint8Array {
  let sha256: Uint8Array | null = null
  try {
    const member = parseDictionary(header).get('sha-256')
    if (member?.kind === 'item' && member.value.kind === 'bytes') sha256 = member.value.value
  } catch (cause) {
    if (cause instanceof SyntaxError) refuse(`${cause.message}.`)
    throw cause
  }
  if (sha256 === null || sha256.length !== 32) return refuse('expected sha-256=:<base64 of 32 bytes>:.')
  return sha256
}

/** Refuses a body that is not the one whose digest was signed. */
export function checkContentDigest(signed: Uint8Array, body: Uint8Array): void {
  if (!createHash('sha256').update(body).digest().equals(signed)) refuse('is not the SHA-256 of the body.')
}
