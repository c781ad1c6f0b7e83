import { type InnerList, type Item, parseDictionary, serializeInnerList, serializeItem } from './structured-field.ts'

/** How agents sign requests (RFC 9421). Client and server build the signature base here and nowhere else. */
export const signatureTag = 'permission-slip'
export const signatureAlg = 'ed25519'
/** How far `created` may be from the server's clock, in seconds. */
export const signatureSkew = 300

/** What must be covered. More may be. */
export function requiredComponents(has: { body: boolean; idempotencyKey: boolean }): string[] {
  return [
    '@method',
    '@authority',
    '@path',
    '@query',
    ...(has.body ? ['content-digest', 'content-type'] : []),
    ...(has.idempotencyKey ? ['idempotency-key'] : []),
  ]
}

/** The parts of a request that a signature may cover, besides its headers. */
export interface RequestParts {
  readonly method: string
  /** Host, and port unless it is the scheme's own, in lower case. */
  readonly authority: string
  /** Path with its query, exactly as it stands in the request line: percent-encodings are never touched. */
  readonly target: string
}

/** The value of a derived component (RFC 9421, 2.2), or null for one that we do not take. */
export function derivedComponent(name: string, request: RequestParts): string | null {
  const mark = request.target.indexOf('?')
  switch (name) {
    case '@method':
      return request.method
    case '@authority':
      return request.authority.toLowerCase()
    case '@path':
      return (mark < 0 ? request.target : request.target.slice(0, mark)) || '/'
    case '@query':
      // No query, and an empty one, are both the leading mark alone (2.2.7).
      return mark < 0 ? '?' : request.target.slice(mark)
    case '@request-target':
      return request.target
    default:
      return null
  }
}

/** A header's value as it is covered (2.1): lines folded into one, outer white space dropped. */
export const headerComponent = (value: string): string =>
  value.replace(/[ \t]*\r?\n[ \t]+/g, ' ').replace(/^[ \t]+|[ \t]+$/g, '')

/**
 * The signature base (2.5): one line a covered component, then the parameters. Throws where a value could begin a line
 * of its own.
 */
export function signatureBase(covered: InnerList, componentValue: (name: string) => string): string {
  const lines = covered.items.map((item) => {
    if (item.value.kind !== 'string') throw new SyntaxError('expected component names to be strings')
    const value = componentValue(item.value.value)
    if (/[\r\n]/.test(value)) throw new SyntaxError(`expected ${item.value.value} to be a single line`)
    return `${serializeItem(item)}: ${value}\n`
  })
  return `${lines.join('')}"@signature-params": ${serializeInnerList(covered)}`
}

/** The covered components and parameters of a request that we sign. */
export function coveredBy(
  components: readonly string[],
  by: { created: number; nonce: string; keyid: string },
): InnerList {
  return {
    kind: 'list',
    items: components.map((value): Item => ({ kind: 'item', value: { kind: 'string', value }, params: new Map() })),
    params: new Map([
      ['created', { kind: 'integer', value: by.created }],
      ['nonce', { kind: 'string', value: by.nonce }],
      ['keyid', { kind: 'string', value: by.keyid }],
      ['alg', { kind: 'string', value: signatureAlg }],
      ['tag', { kind: 'string', value: signatureTag }],
    ]),
  }
}

export interface ReadSignature {
  readonly label: string
  /** Covered components in order, with the signature's parameters. */
  readonly covered: InnerList
  readonly tag: string | null
  /** Null if `Signature` has none under this label. */
  readonly signature: Uint8Array | null
}

/** Reads `Signature-Input` and `Signature`, whoever made them. Throws SyntaxError on anything malformed. */
export function readSignatures(signatureInput: string, signature: string): ReadSignature[] {
  const inputs = parseField('signature-input', signatureInput)
  const values = parseField('signature', signature)
  return [...inputs].map(([label, covered]) => {
    if (covered.kind !== 'list') throw new SyntaxError(`signature-input: expected ${label} to be a list of components`)
    const tag = covered.params.get('tag')
    const value = values.get(label)
    return {
      label,
      covered,
      tag: tag?.kind === 'string' ? tag.value : null,
      signature: value?.kind === 'item' && value.value.kind === 'bytes' ? value.value.value : null,
    }
  })
}

function parseField(name: string, text: string) {
  try {
    return parseDictionary(text)
  } catch (cause) {
    throw new SyntaxError(`${name}: ${cause instanceof Error ? cause.message : 'malformed'}`, { cause })
  }
}

/** The text whose SHA-256 is the thumbprint (RFC 7638) of an Ed25519 key: `keyid`. */
export const thumbprintText = (publicKey: string): string => `{"crv":"Ed25519","kty":"OKP","x":"${publicKey}"}`
