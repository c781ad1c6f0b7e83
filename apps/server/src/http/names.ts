import ipaddr from 'ipaddr.js'
import type { Config } from '../config/config.ts'
import { ownOrigins } from '../people/own-origins.ts'

/** Our own names, as a URL's `host` writes them: the public URL's and, when bound to loopback, those of loopback. */
export const ownNames = (config: Config): string[] => ownOrigins(config).map((origin) => new URL(origin).host)

const listed = (address: string, list: readonly string[]): boolean => {
  if (!ipaddr.isValid(address)) return false
  const ip = ipaddr.process(address)
  return list.some((entry) => {
    if (!entry.includes('/')) return ipaddr.isValid(entry) && ipaddr.process(entry).toString() === ip.toString()
    const [range, bits] = ipaddr.parseCIDR(entry)
    return range.kind() === ip.kind() && ip.match(range, bits)
  })
}

/** Whose request it is: the other end's address, or, behind a trusted proxy, the last address that is not a proxy. */
export function remoteOf(config: Config, peer: string, forwarded: string | undefined): string {
  if (!listed(peer, config.trustedProxies)) return peer
  const chain = (forwarded ?? '')
    .split(',')
    .map((a) => a.trim())
    .filter((a) => ipaddr.isValid(a))
  return chain.findLast((a) => !listed(a, config.trustedProxies)) ?? peer
}
export const isTrustedProxy = (config: Config, peer: string): boolean => listed(peer, config.trustedProxies)
