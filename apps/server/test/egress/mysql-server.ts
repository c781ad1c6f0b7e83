import net from 'node:net'

/** What a server answers to one packet; `null` is hanging up. */
export type Answer = (packet: Buffer, count: number) => readonly (Uint8Array | null)[]

const number = (value: number, size: number): Buffer => {
  const out = Buffer.alloc(size)
  out.writeUIntLE(value, 0, size)
  return out
}
export const framed = (content: Uint8Array, sequence: number): Buffer =>
  Buffer.concat([number(content.length, 3), number(sequence, 1), content])

export const ok = Buffer.from([0, 0, 0, 2, 0, 0, 0])
export const nonce = Buffer.from('0123456789abcdefghij')
const everything = 0xffffff7f

/** The greeting of MySQL 8. */
export function greeting(plugin: string, capabilities = everything): Buffer {
  return Buffer.concat([
    Buffer.from('\x0a8.4.0\0'),
    number(7, 4),
    nonce.subarray(0, 8),
    number(0, 1),
    number(capabilities & 0xffff, 2),
    number(45, 1),
    number(2, 2),
    number(capabilities >>> 16, 2),
    number(21, 1),
    Buffer.alloc(10),
    nonce.subarray(8),
    Buffer.from(`\0${plugin}\0`),
  ])
}

/** A server that speaks MySQL's packets and does as told: for what a real one is never seen doing. */
export async function mysqlServer(
  greet: Uint8Array,
  /** Null hangs up behind the greeting. */
  answer: Answer | null,
): Promise<{ port: number; seen: Buffer[]; sessions: () => number; close(): Promise<void> }> {
  const seen: Buffer[] = []
  let sessions = 0
  const server = net.createServer((socket) => {
    sessions++
    socket.on('error', () => {})
    let held: Buffer = Buffer.alloc(0)
    let count = 0
    socket.on('data', (part: Buffer) => {
      if (answer === null) return
      held = Buffer.concat([held, part])
      for (;;) {
        if (held.length < 4) return
        const size = held.readUIntLE(0, 3)
        if (held.length < 4 + size) return
        const sequence = held[3] ?? 0
        const content = Buffer.from(held.subarray(4, 4 + size))
        held = held.subarray(4 + size)
        seen.push(content)
        for (const [i, one] of answer(content, count++).entries())
          if (one === null) socket.end()
          else socket.write(framed(one, (sequence + 1 + i) & 0xff))
      }
    })
    socket.write(greet)
    if (answer === null) socket.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const where = server.address()
  if (where === null || typeof where === 'string') throw new Error('no port')
  return {
    port: where.port,
    seen,
    sessions: () => sessions,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
