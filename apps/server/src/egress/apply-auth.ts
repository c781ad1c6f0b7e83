import { createHmac } from 'node:crypto'
import { NotSent } from '@permission-slip/connectors/kit/faults.ts'
import type { Apply, WireRequest } from '@permission-slip/connectors/kit/types.ts'
import type { Secrets } from '../connections/secret.ts'

export interface Credential {
  readonly fields: Readonly<Record<string, string>>
  readonly secrets: Secrets
  /** Milliseconds since 1970: when this try is sent. */
  readonly now: number
}

/** The request with its credential on. A hand-off, and whatever says so, leaves without one. */
export function applyAuth(
  request: WireRequest,
  apply: Apply,
  credential: Credential,
): { url: string; headers: Record<string, string> } {
  const headers = { ...request.headers }
  if (!request.credential || request.handoff) return { url: request.url, headers }
  const secret = (name: string): string => {
    const found = credential.secrets.get(name)
    if (!found) throw new NotSent(`The connection has no "${name}".`, 'credential_refused')
    return plainHeader(name, found.reveal())
  }
  const put = (name: string, value: string) => {
    // Two values of one header could be read as either; the credential is the only one who may set its own.
    const key = name.toLowerCase()
    if (key in headers) throw new NotSent(`The header ${key} is the credential's.`)
    headers[key] = value
  }
  switch (apply.kind) {
    case 'none':
    case 'driver':
      break
    case 'bearer':
      put('authorization', `Bearer ${secret(apply.secret)}`)
      break
    case 'basic': {
      const user =
        'secret' in apply.user
          ? secret(apply.user.secret)
          : 'field' in apply.user
            ? (credential.fields[apply.user.field] ?? '')
            : apply.user.text
      const password = 'secret' in apply.password ? secret(apply.password.secret) : apply.password.text
      if (user.includes(':'))
        throw new NotSent('The user name has a colon, which this service can not take.', 'credential_refused')
      put('authorization', `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`)
      break
    }
    case 'header':
      put(apply.name, `${apply.prefix ?? ''}${secret(apply.secret)}`)
      break
    case 'query':
      return { url: withQuery(request.url, apply.name, secret(apply.secret)), headers }
    case 'standard-webhooks':
      Object.assign(headers, webhookHeaders(request, credential.secrets.get(apply.secret)?.reveal(), credential.now))
      break
  }
  return { url: request.url, headers }
}

/** A line break in a pasted secret would make a header of its own. */
function plainHeader(name: string, value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(value))
    throw new NotSent(`The connection's "${name}" has a line break or control character.`, 'credential_refused')
  return value
}

function withQuery(url: string, name: string, value: string): string {
  const pair = `${encodeURIComponent(name)}=${encodeURIComponent(value)}`
  const query = url.includes('?') ? url.slice(url.indexOf('?') + 1) : null
  if (query !== null && new URLSearchParams(query).has(name))
    throw new NotSent(`The query parameter ${name} is the credential's.`)
  if (query === null) return `${url}?${pair}`
  return query === '' ? url + pair : `${url}&${pair}`
}

/** Standard Webhooks 1.0: `v1,` base64(HMAC-SHA256(secret, "id.timestamp.body")); `whsec_` secrets are base64. */
function webhookHeaders(request: WireRequest, secret: string | undefined, now: number): Record<string, string> {
  const id = request.key ?? request.headers['webhook-id']
  if (secret === undefined) throw new NotSent('The connection has no signing secret.', 'credential_refused')
  if (!id || id.includes('.')) throw new NotSent('A signed webhook needs an id without dots.')
  const key = webhookKey(secret)
  const timestamp = String(Math.floor(now / 1000))
  const mac = createHmac('sha256', key)
    .update(`${id}.${timestamp}.`)
    .update(request.body ?? new Uint8Array())
    .digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${mac}` }
}

function webhookKey(secret: string): Uint8Array {
  const text = secret.startsWith('whsec_') ? secret.slice('whsec_'.length) : null
  const key = text === null ? Buffer.from(secret) : Buffer.from(text, 'base64')
  if (key.length === 0 || (text !== null && !/^[A-Za-z0-9+/]+={0,2}$/.test(text)))
    throw new NotSent('The signing secret is not base64 after whsec_.', 'credential_refused')
  return new Uint8Array(key)
}
