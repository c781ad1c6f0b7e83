import ipaddr from 'ipaddr.js'

/** `public`: may be reached. `private`: only where somebody allowed it. `never`: not even then. */
export type AddressClass = 'public' | 'private' | 'never'

const block = (text: string) => ipaddr.parseCIDR(text)
/** Link-local, and where clouds hand out credentials to whoever asks from inside. */
const neverBlocks = [
  '169.254.0.0/16', // link-local (RFC 3927), metadata of AWS, Azure, GCP and others
  '100.100.100.200/32', // Alibaba metadata
  '168.63.129.16/32', // Azure's host
  '192.0.0.192/32', // Oracle metadata
  'fe80::/10', // link-local (RFC 4291)
  'fd00:ec2::/32', // AWS metadata and time, over IPv6
  'fd20:ce::254/128', // GCP metadata, over IPv6
].map(block)
/** Not globally reachable (IANA special-purpose registries), and everything that can carry an IPv4 address inside. */
const privateBlocks = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/8', // unspecified, loopback, IPv4-compatible and -mapped
  '64:ff9b::/96', // NAT64 (RFC 6052)
  '64:ff9b:1::/48', // local NAT64 (RFC 8215)
  '100::/64',
  '100:0:0:1::/64',
  '2001::/23', // Teredo, ORCHID and other protocol assignments
  '2001:db8::/32',
  '2002::/16', // 6to4
  '3fff::/20',
  '5f00::/16',
  'fc00::/7',
  'fec0::/10',
  'ff00::/8',
].map(block)

type Parsed = ReturnType<typeof ipaddr.parse>
const inside = (address: Parsed, blocks: typeof neverBlocks): boolean =>
  blocks.some(([base, bits]) => base.kind() === address.kind() && address.match(base, bits))

const worse: Record<AddressClass, number> = { public: 0, private: 1, never: 2 }

/** What an address is. Text that is no address in its plain form is `never`. */
export function classify(text: string): AddressClass {
  // A zone (fe80::1%eth0) only exists for link-local addresses; octal and short forms are not plain.
  if (text.includes('%') || !(ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text))) return 'never'
  const address = ipaddr.parse(text)
  const own: AddressClass = inside(address, neverBlocks)
    ? 'never'
    : inside(address, privateBlocks)
      ? 'private'
      : 'public'
  return embedded(address)
    .map(classify)
    .reduce((worst, one) => (worse[one] > worse[worst] ? one : worst), own)
}

/** IPv4 addresses that an IPv6 address stands for: mapped, compatible, NAT64, 6to4, Teredo (both ends). */
function embedded(address: Parsed): string[] {
  if (address.kind() === 'ipv4') return []
  const bytes = address.toByteArray()
  const four = (at: number, flip = 0) => [0, 1, 2, 3].map((i) => String((bytes[at + i] ?? 0) ^ flip)).join('.')
  const starts = (...prefix: number[]) => prefix.every((byte, i) => bytes[i] === byte)
  if (bytes.slice(0, 10).every((byte) => byte === 0)) {
    const rest = (((bytes[10] ?? 0) << 8) | (bytes[11] ?? 0)) as number
    return rest === 0 || rest === 0xffff ? [four(12)] : []
  }
  if (starts(0, 0x64, 0xff, 0x9b)) return [four(12)]
  if (starts(0x20, 0x02)) return [four(2)]
  if (starts(0x20, 0x01, 0, 0)) return [four(4), four(12, 0xff)]
  return []
}

/** One spelling for one address, so that two can be compared; an IPv4-mapped one is its IPv4 address. */
export const plainAddress = (text: string): string => ipaddr.process(text).toString()

/** `host:port`, an IPv6 address in brackets. */
export const hostPort = (host: string, port: number): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
