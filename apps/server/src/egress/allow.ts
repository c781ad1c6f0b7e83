import ipaddr from 'ipaddr.js'
import type { EgressAllowance } from '../config/egress-allow.ts'
import { hostPort, plainAddress } from './address.ts'

/** Where something wants to go, before and after the name was resolved. */
export interface Target {
  readonly connector: string
  /** The name as it was asked for, lower case, without brackets. */
  readonly host: string
  readonly port: number
  readonly address: string
}

/** Did somebody say that this private address may be reached: the operator's variable, or the connection's owner? */
export function isAllowed(
  target: Target,
  allowances: readonly EgressAllowance[],
  connectionAllowed: readonly string[],
): boolean {
  return (
    connectionAllowed.includes(hostPort(target.host, target.port)) ||
    allowances.some(
      (one) =>
        (one.connector === null || one.connector === target.connector) &&
        (one.port === null || one.port === target.port) &&
        covers(one.host, target),
    )
  )
}

function covers(host: string, target: Target): boolean {
  if (host === target.host) return true
  const address = ipaddr.process(target.address)
  if (host.includes('/')) {
    const [base, bits] = ipaddr.parseCIDR(host)
    return base.kind() === address.kind() && address.match(base, bits)
  }
  return ipaddr.isValid(host) && plainAddress(host) === address.toString()
}
