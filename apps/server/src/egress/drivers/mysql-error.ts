import { PacketReader } from './mysql-bytes.ts'

/** Errors with which the server also ends the session: shut down, killed, idle for too long. */
const ends: ReadonlySet<number> = new Set([1053, 1152, 1159, 1161, 1927, 3169, 4031])

/** The server's ERR packet: it did not do it. */
export class MysqlError extends Error {
  /** The server's own number (1064); 0 where the words are ours. */
  readonly number: number
  readonly state: string
  readonly fatal: boolean
  constructor(message: string, number: number, state: string) {
    super(message)
    this.name = 'MysqlError'
    this.number = number
    this.state = state
    this.fatal = ends.has(number)
  }
}

export function readError(packet: Buffer): MysqlError {
  const read = new PacketReader(packet)
  read.take(1)
  const number = read.number(2)
  const text = read.rest().toString()
  // Before a session exists, `#` and the state are left out.
  return text.startsWith('#')
    ? new MysqlError(text.slice(6), number, text.slice(1, 6))
    : new MysqlError(text, number, number === 1040 ? '08004' : 'HY000')
}
