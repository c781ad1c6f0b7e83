import { createHash, createPrivateKey, sign } from 'node:crypto'
import { encodeBase64 } from '@permission-slip/protocol/base64.ts'
import {
  coveredBy,
  derivedComponent,
  requiredComponents,
  signatureBase,
  thumbprintText,
} from '@permission-slip/protocol/http-signature.ts'
import { serializeInnerList } from '@permission-slip/protocol/structured-field.ts'

/** A request signed with a fixed key, step by step, so that an author can compare (it stands in /openapi.json). */
export interface WorkedExample {
  private_key_seed: string
  public_key: string
  keyid: string
  request: { method: string; url: string; headers: Record<string, string>; body: string }
  signature_base: string
}

/** The test key of RFC 9421, appendix B.1.4. */
const seed = 'n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU'
const publicKey = 'JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs'

export function workedExample(): WorkedExample {
  const body = '{"connector":"notebook","action":"read","params":{"page":"hello"}}'
  const url = 'https://slip.example.org/api/v1/actions?wait=60'
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'content-digest': `sha-256=:${createHash('sha256').update(body).digest('base64')}:`,
    'idempotency-key': '7f0a2c7e-5a7b-4a76-9a52-6f5fd4c0a1de',
  }
  const keyid = createHash('sha256').update(thumbprintText(publicKey)).digest('base64url')
  const covered = coveredBy(requiredComponents({ body: true, idempotencyKey: true }), {
    created: 1_767_225_600,
    nonce: 'AAECAwQFBgcICQoLDA0ODw',
    keyid,
  })
  const { host, pathname, search } = new URL(url)
  const parts = { method: 'POST', authority: host, target: pathname + search }
  const base = signatureBase(covered, (name) => derivedComponent(name, parts) ?? headers[name] ?? '')
  const key = createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', d: seed, x: publicKey }, format: 'jwk' })
  const signed = {
    ...headers,
    'signature-input': `sig1=${serializeInnerList(covered)}`,
    signature: `sig1=:${encodeBase64(sign(null, Buffer.from(base), key))}:`,
  }
  return {
    private_key_seed: seed,
    public_key: publicKey,
    keyid,
    request: { method: 'POST', url, headers: signed, body },
    signature_base: base,
  }
}
