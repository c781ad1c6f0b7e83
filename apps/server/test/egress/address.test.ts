import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { parseEgressAllow } from '../../src/config/egress-allow.ts'
import { classify, hostPort, plainAddress } from '../../src/egress/address.ts'
import { isAllowed } from '../../src/egress/allow.ts'

describe('what an address is', () => {
  test.each([
    ['93.184.216.34', 'public'],
    ['8.8.8.8', 'public'],
    ['2606:2800:220:1:248:1893:25c8:1946', 'public'],
    ['172.32.0.1', 'public'],
    ['100.128.0.1', 'public'],
    ['127.0.0.1', 'private'],
    ['127.255.255.254', 'private'],
    ['10.1.2.3', 'private'],
    ['172.16.0.1', 'private'],
    ['192.168.1.1', 'private'],
    ['100.64.0.1', 'private'],
    ['100.127.255.255', 'private'],
    ['0.0.0.0', 'private'],
    ['0.1.2.3', 'private'],
    ['224.0.0.1', 'private'],
    ['255.255.255.255', 'private'],
    ['198.18.0.1', 'private'],
    ['192.0.2.1', 'private'],
    ['240.0.0.1', 'private'],
    ['::', 'private'],
    ['::1', 'private'],
    ['fc00::1', 'private'],
    ['fd12:3456::1', 'private'],
    ['ff02::1', 'private'],
    ['2001:db8::1', 'private'],
    ['::ffff:8.8.8.8', 'private'],
    ['::ffff:127.0.0.1', 'private'],
    ['::8.8.8.8', 'private'],
    ['64:ff9b::8.8.8.8', 'private'],
    ['64:ff9b::a00:1', 'private'],
    ['2002:0808:0808::1', 'private'],
    ['2001:0:4136:e378:8000:63bf:3fff:fdd2', 'private'],
    ['169.254.169.254', 'never'],
    ['169.254.1.1', 'never'],
    ['fe80::1', 'never'],
    ['fd00:ec2::254', 'never'],
    ['100.100.100.200', 'never'],
    ['::ffff:169.254.169.254', 'never'],
    ['::ffff:a9fe:a9fe', 'never'],
    ['64:ff9b::a9fe:a9fe', 'never'],
    ['2002:a9fe:a9fe::', 'never'],
    ['::169.254.169.254', 'never'],
    ['fe80::1%eth0', 'never'],
    ['127.1', 'never'],
    ['0177.0.0.1', 'never'],
    ['2130706433', 'never'],
    ['localhost', 'never'],
    ['', 'never'],
  ] as const)('%s is %s', (address, expected) => {
    expect(classify(address)).toBe(expected)
  })

  test('an IPv4 address inside an IPv6 one is never safer than it is by itself', () => {
    const worse = { public: 0, private: 1, never: 2 }
    fc.assert(
      fc.property(fc.ipV4(), fc.constantFrom('::ffff:', '::', '64:ff9b::'), (v4, prefix) => {
        expect(worse[classify(prefix + v4)]).toBeGreaterThanOrEqual(Math.max(1, worse[classify(v4)]))
      }),
    )
  })
  test('no address makes it throw', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4Extended(), fc.ipV6(), fc.string()), (text) =>
        ['public', 'private', 'never'].includes(classify(text)),
      ),
    )
  })
  test('one address has one spelling', () => {
    expect(plainAddress('::ffff:10.0.0.1')).toBe('10.0.0.1')
    expect(plainAddress('FD00:0:0::1')).toBe('fd00::1')
    expect([hostPort('a.test', 1), hostPort('::1', 1)]).toEqual(['a.test:1', '[::1]:1'])
  })
})

describe('who said that a private address may be reached', () => {
  const target = { connector: 'postgres', host: 'nas.home', port: 5432, address: '192.168.1.5' }
  test.each([
    ['nas.home', true],
    ['nas.home:5432', true],
    ['nas.home:5433', false],
    ['postgres@nas.home', true],
    ['redis@nas.home', false],
    ['192.168.0.0/16', true],
    ['192.168.0.0/16:5432', true],
    ['192.168.2.0/24', false],
    ['192.168.1.5', true],
    ['192.168.1.6', false],
    ['postgres@192.168.1.5:5432', true],
    ['home', false],
    ['fd00::/8', false],
    ['::ffff:192.168.1.5', true],
  ])('PERMISSION_SLIP_EGRESS_ALLOW=%s: %p', (variable, expected) => {
    expect(isAllowed(target, parseEgressAllow(variable), [])).toBe(expected)
  })
  test('an owner allows exactly one host and port', () => {
    expect(isAllowed(target, [], ['nas.home:5432'])).toBe(true)
    for (const other of ['nas.home:5433', 'nas.home', 'other.home:5432', '192.168.1.5:5432'])
      expect(isAllowed(target, [], [other])).toBe(false)
  })
})
