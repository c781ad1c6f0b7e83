import dns from 'node:dns/promises'
import { NotSent } from '@permission-slip/connectors/kit/faults.ts'
import { Refusal } from '@permission-slip/protocol/errors.ts'
import type { EgressAllowance } from '../config/egress-allow.ts'
import { classify, hostPort, plainAddress } from './address.ts'
import { isAllowed } from './allow.ts'
import type { Own } from './own.ts'

/** Every address of a name. Replaced in tests. */
export type Resolver = (name: string) => Promise<readonly string[]>
export const systemResolver: Resolver = async (name) =>
  (await dns.lookup(name, { all: true, order: 'ipv4first' })).map((one) => one.address)

export interface Where {
  readonly connector: string
  readonly host: string
  readonly port: number
  /** Private `host:port` that the owner allowed for this connection. */
  readonly allowed: readonly string[]
}
/** Addresses that passed; the only thing a socket is opened to. */
export interface Checked {
  /** The name asked for: for TLS and Host. */
  readonly host: string
  readonly port: number
  readonly addresses: readonly string[]
  /** True when every one of them is private and was allowed: plain http may be spoken to it. */
  readonly private: boolean
}

export interface Guard {
  /** Resolves once and checks every address; one that is refused refuses all. Throws NotSent. */
  check(where: Where): Promise<Checked>
  /** As `check`, for a form: a private address that nobody allowed yet is named, not refused. */
  look(where: Where): Promise<'allowed' | 'private'>
}

export function makeGuard(parts: { resolver: Resolver; allowances: readonly EgressAllowance[]; own: Own }): Guard {
  const { resolver, allowances, own } = parts

  async function addressesOf(host: string): Promise<string[]> {
    let found: readonly string[]
    try {
      found = await resolver(host)
    } catch (cause) {
      throw new NotSent(`There is no address for ${host}.`, 'not_sent', { cause })
    }
    if (found.length === 0) throw new NotSent(`There is no address for ${host}.`)
    return [...found]
  }

  async function walk(where: Where): Promise<{ checked: Checked; refused: boolean }> {
    const host = plainHost(where.host)
    const target = { connector: where.connector, host, port: where.port }
    if (own.names(host, where.port)) throw never(target)
    const addresses = await addressesOf(host)
    const classes = addresses.map(classify)
    if (classes.includes('never')) throw never(target)
    for (const address of addresses) if (await own.reaches(plainAddress(address), where.port)) throw never(target)
    const hidden = addresses.filter((_, i) => classes[i] === 'private')
    const refused = hidden.some((address) => !isAllowed({ ...target, address }, allowances, where.allowed))
    return { checked: { host, port: where.port, addresses, private: hidden.length === addresses.length }, refused }
  }

  return {
    async check(where) {
      const { checked, refused } = await walk(where)
      if (refused)
        throw new NotSent(
          `${hostPort(checked.host, checked.port)} is a private address that nobody allowed.`,
          'egress_refused',
        )
      return checked
    },
    async look(where) {
      try {
        return (await walk(where)).refused ? 'private' : 'allowed'
      } catch (error) {
        if (error instanceof NotSent && error.code === 'egress_refused')
          throw new Refusal('egress_refused', error.message)
        throw error
      }
    },
  }
}

const never = (where: { host: string; port: number }) =>
  new NotSent(
    `${hostPort(where.host, where.port)} can never be reached from here: it is link-local, a metadata service, or this server itself.`,
    'egress_refused',
  )

/** Lower case, without brackets and without the root's dot. */
export const plainHost = (host: string): string =>
  host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
