import ipaddr from 'ipaddr.js'
import { ConfigError } from './error.ts'

/** One entry of PERMISSION_SLIP_EGRESS_ALLOW: `[connector@]host-or-CIDR[:port]`. */
export interface EgressAllowance {
  /** null: for every connector. */
  connector: string | null
  /** A host name or address in lower case, or a CIDR block. */
  host: string
  /** null: every port. */
  port: number | null
}

const one = (text: string): EgressAllowance => {
  const wrong = () => new ConfigError('PERMISSION_SLIP_EGRESS_ALLOW', `[connector@]host-or-CIDR[:port], got "${text}"`)
  const at = text.indexOf('@')
  const connector = at < 0 ? null : text.slice(0, at)
  if (connector !== null && !/^[a-z][a-z0-9_]*$/.test(connector)) throw wrong()
  const rest = text.slice(at + 1).toLowerCase()
  const match = /^(?:\[([0-9a-f:.]+)\]|([^[\]]*?))(\/\d{1,3})?(?::(\d{1,5}))?$/.exec(rest)
  // A bare IPv6 address or block has colons of its own and no port.
  const bareV6 = ipaddr.IPv6.isValid(rest.split('/')[0] ?? '') && rest.includes(':')
  const host = bareV6 ? rest : match ? `${match[1] ?? match[2] ?? ''}${match[3] ?? ''}` : ''
  const port = bareV6 || !match?.[4] ? null : Number(match[4])
  if (host === '' || (port !== null && (port < 1 || port > 65_535))) throw wrong()
  if (host.includes('/') ? !ipaddr.isValidCIDR(host) : !/^[a-z0-9._:-]+$/.test(host)) throw wrong()
  return { connector, host, port }
}

export const parseEgressAllow = (text: string | undefined): EgressAllowance[] =>
  (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(one)
