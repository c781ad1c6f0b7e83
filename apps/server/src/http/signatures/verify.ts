import { createPublicKey, verify } from 'node:crypto'
import { Refusal } from '@permission-slip/protocol/errors.ts'
import {
  derivedComponent,
  type ReadSignature,
  readSignatures,
  requiredComponents,
  signatureAlg,
  signatureBase,
  signatureSkew,
  signatureTag,
} from '@permission-slip/protocol/http-signature.ts'
import type { BareItem } from '@permission-slip/protocol/structured-field.ts'
import { checkContentDigest, readContentDigest } from './content-digest.ts'
import { gatherHeaders, type HeaderValues, single } from './covered-headers.ts'

export interface SignedRequest {
  readonly method: string
  /** As received: raw path and query. A whole address is taken too, and cut to them. */
  readonly url: string
  /** The Host that counts: the header's, or what a trusted proxy says. */
  readonly authority: string
  readonly headers: Iterable<readonly [string, string]>
  /** `streamed`: the caller compares `contentSha256` when it has read the whole body, before anything happens. */
  readonly body: Uint8Array | null | 'streamed'
  /** Our own names, as a URL's `host` writes them. */
  readonly names: readonly string[]
  /** Milliseconds since 1970. */
  readonly now: number
}

export interface VerifiedSignature<Key> {
  readonly key: Key
  readonly keyid: string
  readonly nonce: string
  /** Milliseconds since 1970. */
  readonly created: number
  /** The SHA-256 that the signature covers, if it covers a body. */
  readonly contentSha256: Uint8Array | null
}

const refuse = (what: string): never => {
  throw new Refusal('bad_signature', what)
}

/** Whether a request claims to be signed at all: it then may not be taken as anything else. */
export function isSigned(headers: Iterable<readonly [string, string]>): boolean {
  const all = gatherHeaders(headers)
  return all.has('signature-input') || all.has('signature')
}

/**
 * Checks the one signature with our tag (RFC 9421) and says whose it is. Pure but for `findKey`: that the nonce was not
 * used before is for the caller to hold, by a unique row in the transaction of what the request does.
 */
export async function verifySignature<Key extends { publicKey: string }>(
  request: SignedRequest,
  findKey: (keyid: string) => Promise<Key | null>,
): Promise<VerifiedSignature<Key>> {
  const headers = gatherHeaders(request.headers)
  const found = ours(headers)
  const signature = found.signature
  if (signature === null || signature.length !== 64)
    return refuse(`signature: expected ${found.label}=:<base64 of 64 bytes>:.`)
  const params = readParameters(found)
  checkCreated(params, request.now)
  const contentSha256 = checkCovered(found, headers, request.body)

  const key = await findKey(params.keyid)
  if (key === null) return refuse('keyid: no agent has this key.')
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: key.publicKey }, format: 'jwk' })
  const holds = authorities(request).some((authority) => {
    const base = baseOf(found, headers, { method: request.method, authority, target: targetOf(request.url) })
    return verify(null, Buffer.from(base), publicKey, signature)
  })
  if (!holds)
    return refuse(
      'The signature does not match this request. Signed must be its method, own name, path, query and headers exactly as sent.',
    )
  return { key, keyid: params.keyid, nonce: params.nonce, created: params.created * 1000, contentSha256 }
}

/** Exactly one signature with our tag. Others (a proxy's) are none of our business. */
function ours(headers: HeaderValues): ReadSignature {
  const input = headers.get('signature-input')
  const signature = headers.get('signature')
  if (input === undefined) return refuse('signature-input: the header is missing.')
  if (signature === undefined) return refuse('signature: the header is missing.')
  const all = readable(() => readSignatures(input.join(', '), signature.join(', ')))
  const [first, ...more] = all.filter((one) => one.tag === signatureTag)
  if (first === undefined) return refuse(`signature-input: expected a signature with tag="${signatureTag}".`)
  if (more.length > 0)
    return refuse(`signature-input: expected one signature with tag="${signatureTag}", got ${more.length + 1}.`)
  return first
}

function readable<T>(read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (cause instanceof SyntaxError) return refuse(`${cause.message}.`)
    throw cause
  }
}

interface SignatureParameters {
  created: number
  nonce: string
  keyid: string
  expires: number | null
}

function readParameters(found: ReadSignature): SignatureParameters {
  const { params } = found.covered
  const known = ['created', 'expires', 'nonce', 'keyid', 'alg', 'tag']
  for (const name of params.keys())
    if (!known.includes(name)) refuse(`signature-input: the parameter ${name} is not known.`)
  const text = (name: string): string => {
    const value: BareItem | undefined = params.get(name)
    return value?.kind === 'string'
      ? value.value
      : refuse(`signature-input: the parameter ${name} is missing or not a string.`)
  }
  const seconds = (name: string): number => {
    const value: BareItem | undefined = params.get(name)
    return value?.kind === 'integer' && value.value >= 0
      ? value.value
      : refuse(`signature-input: the parameter ${name} is missing or not a number of seconds.`)
  }
  if (text('alg') !== signatureAlg) refuse(`signature-input: expected alg="${signatureAlg}", got "${text('alg')}".`)
  const nonce = text('nonce')
  // 16 bytes are 22 characters in base64url, 24 in base64 and 32 in hex.
  if (!/^[A-Za-z0-9+/=_.:-]{22,256}$/.test(nonce))
    refuse('signature-input: expected a nonce of at least 16 random bytes, in base64url (22 characters or more).')
  return {
    created: seconds('created'),
    expires: params.has('expires') ? seconds('expires') : null,
    nonce,
    keyid: text('keyid'),
  }
}

function checkCreated(params: SignatureParameters, now: number): void {
  const late = Math.abs(now - params.created * 1000) > signatureSkew * 1000
  if (!late && (params.expires === null || params.expires * 1000 > now)) return
  const server_time = new Date(now).toISOString()
  const which = late
    ? `created is ${new Date(params.created * 1000).toISOString()}, more than ${signatureSkew} seconds from`
    : `expires is ${new Date((params.expires ?? 0) * 1000).toISOString()}, before`
  throw new Refusal('clock_skew', `The signature's ${which} this server's time ${server_time}.`, {
    more: { server_time },
  })
}

/** Everything that decides what the request does must be covered; returns the signed digest of the body. */
function checkCovered(found: ReadSignature, headers: HeaderValues, body: SignedRequest['body']): Uint8Array | null {
  const covered = new Set<string>()
  for (const { value, params } of found.covered.items) {
    if (value.kind !== 'string') return refuse('signature-input: expected component names to be strings.')
    const name = value.value
    if (params.size > 0) refuse(`signature-input: "${name}" has parameters, which are not taken.`)
    if (covered.has(name)) refuse(`signature-input: "${name}" is covered twice.`)
    covered.add(name)
  }
  const hasBody = body === 'streamed' || (body !== null && body.length > 0)
  const required = requiredComponents({ body: hasBody, idempotencyKey: headers.has('idempotency-key') })
  const missing = required.filter((name) => !covered.has(name))
  if (missing.length > 0)
    refuse(`signature-input: the signature must cover ${missing.map((name) => `"${name}"`).join(', ')}.`)

  const digest = single(headers, 'content-digest')
  if (digest === null || !covered.has('content-digest')) return null
  const signed = readContentDigest(digest)
  if (body !== 'streamed') checkContentDigest(signed, body ?? new Uint8Array())
  return signed
}

function baseOf(
  found: ReadSignature,
  headers: HeaderValues,
  parts: { method: string; authority: string; target: string },
): string {
  const componentValue = (name: string): string => {
    if (name.startsWith('@'))
      return derivedComponent(name, parts) ?? refuse(`signature-input: "${name}" is not taken here.`)
    if (name !== name.toLowerCase()) return refuse(`signature-input: expected "${name}" in lower case.`)
    return single(headers, name) ?? refuse(`signature-input: "${name}" is covered but was not sent.`)
  }
  return readable(() => signatureBase(found.covered, componentValue))
}

/**
 * The names that may have been signed. A reverse proxy may have put its own name of us in Host, while the agent signed
 * the public one: every name of ours names us, so each is tried, the received one first.
 */
function authorities(request: SignedRequest): string[] {
  const host = request.authority.toLowerCase()
  const received = request.names.find((name) => name === host || name === host.replace(/:(?:80|443)$/, ''))
  if (received === undefined) throw new Refusal('misdirected', `This server does not go by the name ${host}.`)
  return [received, ...request.names.filter((name) => name !== received)]
}

const targetOf = (url: string): string => url.replace(/^https?:\/\/[^/?#]*/i, '')
