import { encodeBase64, encodeBase64url } from '@permission-slip/protocol/base64.ts'
import {
  coveredBy,
  derivedComponent,
  headerComponent,
  requiredComponents,
  signatureBase,
} from '@permission-slip/protocol/http-signature.ts'
import { serializeInnerList } from '@permission-slip/protocol/structured-field.ts'
import type { Signer } from './keys.ts'

/** A request about to be sent. Header names are lower-case. */
export interface Outgoing {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array<ArrayBuffer> | null
}

/**
 * Signs a request as an agent (RFC 9421) and returns its headers with the signature. What is covered is what the server
 * requires, no less. Every try is signed anew: a nonce counts once.
 */
export async function signRequest(
  request: Outgoing,
  signer: Signer,
  at: { now?: number; nonce?: string } = {},
): Promise<Record<string, string>> {
  const url = new URL(request.url)
  const headers: Record<string, string> = { ...request.headers }
  const body = request.body !== null && request.body.length > 0 ? request.body : null
  if (body) {
    if (headers['content-type'] === undefined) throw new TypeError('content-type: expected with a body')
    headers['content-digest'] = `sha-256=:${encodeBase64(new Uint8Array(await crypto.subtle.digest('SHA-256', body)))}:`
  }
  const components = requiredComponents({
    body: body !== null,
    idempotencyKey: headers['idempotency-key'] !== undefined,
  })
  const covered = coveredBy(components, {
    created: Math.floor((at.now ?? Date.now()) / 1000),
    nonce: at.nonce ?? encodeBase64url(crypto.getRandomValues(new Uint8Array(16))),
    keyid: signer.keyid,
  })
  const parts = { method: request.method, authority: url.host, target: url.pathname + url.search }
  const base = signatureBase(covered, (name) => derivedComponent(name, parts) ?? headerComponent(headers[name] ?? ''))
  const signature = await signer.sign(new TextEncoder().encode(base))
  return {
    ...headers,
    'signature-input': `sig1=${serializeInnerList(covered)}`,
    signature: `sig1=:${encodeBase64(signature)}:`,
  }
}
