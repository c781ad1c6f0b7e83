import { FieldFault } from './faults.ts'
import type { Connector } from './types.ts'

/** Connector id -> one origin for all of its own, or origins by name (a sandbox, an own installation, a test server). */
export type Overrides = Readonly<Record<string, string | Readonly<Record<string, string>>>>

/** One non-secret field as part of an address: it must match its pattern whole. */
export function part(
  fields: Readonly<Record<string, string>>,
  name: string,
  pattern: RegExp,
  expected: string,
): string {
  const value = fields[name] ?? ''
  if (!new RegExp(`^(?:${pattern.source})$`, pattern.flags).test(value)) throw new FieldFault(name, expected)
  return value
}

export interface Place {
  readonly origins?: Overrides
  readonly auth?: string
}

/**
 * Where a named origin is: `https://host[:port]`, with a base path where the service is mounted below one, without a
 * trailing slash. `http:` only by an override; whether that address may be reached, egress decides.
 */
export function resolveOrigin(
  connector: Connector,
  name: string,
  fields: Readonly<Record<string, string>>,
  place: Place = {},
): string {
  const override = overrideOf(connector.id, name, place.origins)
  if (override !== undefined) return checked(override, `the address set for ${connector.id}`, ['http:', 'https:'])
  const own = Object.hasOwn(connector.origins, name) ? connector.origins[name] : undefined
  if (own === undefined) throw new TypeError(`${connector.id} has no origin ${name}`)
  return checked(typeof own === 'string' ? own : own(fields, place.auth ?? ''), `the address of ${connector.id}`, [
    'https:',
  ])
}

export function overrideOf(id: string, name: string, origins: Overrides | undefined): string | undefined {
  const set = origins && Object.hasOwn(origins, id) ? origins[id] : undefined
  if (set === undefined || typeof set === 'string') return set
  return Object.hasOwn(set, name) ? set[name] : undefined
}

function checked(text: string, what: string, protocols: readonly string[]): string {
  const url = URL.canParse(text) ? new URL(text) : null
  const wrong =
    url === null ||
    !protocols.includes(url.protocol) ||
    url.username !== '' ||
    url.password !== '' ||
    url.search !== '' ||
    url.hash !== '' ||
    url.hostname === ''
  if (wrong) throw new FieldFault('origin', `${what} as ${protocols.join(' or ')}//host[:port], not ${text}`)
  return url.origin + url.pathname.replace(/\/+$/, '')
}
