import type net from 'node:net'
import { lockedPassword, provable, prove, usualPlugin } from './mysql-auth.ts'
import { BadPacket, block, little, PacketReader, zeroEnded } from './mysql-bytes.ts'
import { MysqlError, readError } from './mysql-error.ts'
import type { MysqlLine } from './mysql-line.ts'

/** What we can do, in the protocol's bits. Not among them: LOCAL_FILES, MULTI_STATEMENTS, COMPRESS. */
const can = {
  longPassword: 1,
  /** `row_count` of an UPDATE is the rows that matched, changed or not. */
  foundRows: 2,
  longFlag: 4,
  database: 8,
  protocol41: 0x200,
  tls: 0x800,
  transactions: 0x2000,
  secure: 0x8000,
  multiResults: 0x20000,
  statementResults: 0x40000,
  plugins: 0x80000,
  longProof: 0x200000,
} as const
const utf8mb4 = 45
const maxPacket = 0x1000000

export interface Login {
  readonly user: string
  readonly database: string
  readonly password: () => string
  /** Null for a line without TLS. A server that has none is then not spoken to: no falling back. */
  readonly protect: ((socket: net.Socket) => Promise<net.Socket>) | null
}

/** A server that was asked for TLS and has none. */
export class NoTls extends Error {
  constructor() {
    super('the server has no TLS')
    this.name = 'NoTls'
  }
}

interface Greeting {
  readonly version: string
  readonly capabilities: number
  readonly nonce: Buffer
  readonly plugin: string
}

/** Signs in: greeting, TLS, proof of the password. Returns the server's version. */
export async function logIn(line: MysqlLine, login: Login): Promise<string> {
  const greeting = readGreeting(await line.next())
  const always = Object.values(can).reduce((all, bit) => all | bit, 0) & ~can.tls & ~can.database
  const capabilities = always | (login.database === '' ? 0 : can.database) | (login.protect ? can.tls : 0)
  const head = Buffer.concat([little(capabilities, 4), little(maxPacket, 4), little(utf8mb4, 1), Buffer.alloc(23)])
  if (login.protect) {
    if ((greeting.capabilities & can.tls) === 0) throw new NoTls()
    line.send(head)
    await line.upgrade(login.protect)
  }
  const plugin = provable(greeting.plugin) ? greeting.plugin : usualPlugin
  const parts = [
    head,
    zeroEnded(login.user),
    block(prove(plugin, login.password(), greeting.nonce)),
    ...(login.database === '' ? [] : [zeroEnded(login.database)]),
    zeroEnded(plugin),
  ]
  line.send(Buffer.concat(parts))
  await settle(line, login, plugin, greeting.nonce)
  return greeting.version
}

function readGreeting(packet: Buffer): Greeting {
  if (packet[0] === 0xff) throw readError(packet)
  const read = new PacketReader(packet)
  if (read.number(1) !== 10) throw new BadPacket('no greeting of version 10')
  const version = read.untilZero()
  read.take(4)
  const first = read.take(8)
  read.take(1)
  const low = read.number(2)
  read.take(3)
  const capabilities = low + read.number(2) * 0x10000
  const size = read.number(1)
  read.take(10)
  const second = read.take(Math.max(13, size - 8))
  if ((capabilities & can.plugins) === 0 || (capabilities & can.protocol41) === 0)
    throw new BadPacket('the server is too old')
  return { version, capabilities, nonce: nonceOf(Buffer.concat([first, second])), plugin: read.untilZero() }
}

/** Twenty bytes; the zero behind them is not part of it. */
const nonceOf = (bytes: Buffer): Buffer => Buffer.from(bytes.subarray(0, 20))

/** What the server says until it lets us in. */
async function settle(line: MysqlLine, login: Login, first: string, given: Buffer): Promise<void> {
  let [plugin, nonce] = [first, given]
  // No more turns than a sign-in can need: another way, its proof, a key, the password under it.
  for (let turn = 0; turn < 6; turn++) {
    const packet = await line.next()
    switch (packet[0]) {
      case 0x00:
        return
      case 0xff:
        throw readError(packet)
      case 0xfe: {
        const read = new PacketReader(packet.subarray(1))
        plugin = read.untilZero()
        nonce = nonceOf(read.rest())
        if (!provable(plugin))
          throw new MysqlError(
            `the user signs in by "${plugin.slice(0, 60) || 'mysql_old_password'}", which is not spoken here; use mysql_native_password or caching_sha2_password`,
            0,
            '28000',
          )
        line.send(prove(plugin, login.password(), nonce))
        break
      }
      case 0x01:
        if (plugin !== 'caching_sha2_password') throw new BadPacket('more about a sign-in that has no more')
        await cachingSha2(line, login, nonce, packet.subarray(1))
        break
      default:
        throw new BadPacket('no answer to a sign-in')
    }
  }
  throw new BadPacket('a sign-in without end')
}

/** The server does not remember the password (4), and wants it: inside TLS as it is, otherwise under its key. */
async function cachingSha2(line: MysqlLine, login: Login, nonce: Buffer, said: Buffer): Promise<void> {
  if (said.length !== 1 || (said[0] !== 3 && said[0] !== 4)) throw new BadPacket('no word of caching_sha2_password')
  if (said[0] === 3) return
  if (login.protect) {
    line.send(zeroEnded(login.password()))
    return
  }
  line.send(Buffer.from([2]))
  const key = await line.next()
  if (key[0] === 0xff) throw readError(key)
  if (key[0] !== 0x01) throw new BadPacket('no public key')
  line.send(lockedPassword(login.password(), nonce, key.subarray(1).toString()))
}
