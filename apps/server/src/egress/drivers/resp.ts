import type { Json } from '@permission-slip/protocol/json.ts'

/** Redis' protocol, RESP2 (redis.io/docs/latest/develop/reference/protocol-spec): what our client needs of it. */

/** A command as an array of bulk strings: nothing in an argument can become a command. */
export function encodeCommand(name: string, args: readonly string[]): Uint8Array {
  const parts = [name, ...args].map((text) => Buffer.from(text))
  return new Uint8Array(
    Buffer.concat([
      Buffer.from(`*${parts.length}\r\n`),
      ...parts.flatMap((part) => [Buffer.from(`$${part.length}\r\n`), part, Buffer.from('\r\n')]),
    ]),
  )
}

/** The server's `-ERR …`. */
export class RedisError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'RedisError'
  }
}
/** What came is no RESP2. */
export class BadResp extends Error {}

export type Reply = { value: Json } | { error: RedisError }

const depthLimit = 32

/** Takes bytes as they come; gives a reply when one is whole, undefined before. Bytes beyond it are `left()`. */
export class ReplyReader {
  #bytes: Buffer = Buffer.alloc(0)
  #at = 0
  #size = 0
  #parts: Uint8Array[] = []

  push(part: Uint8Array): Reply | undefined {
    this.#parts.push(part)
    this.#size += part.length
    // Joined only when there may be a whole reply, so that a large one is not copied at each piece.
    if (this.#needed > this.#size) return undefined
    this.#bytes = Buffer.concat(this.#parts)
    this.#parts = [this.#bytes]
    this.#at = 0
    try {
      return this.#reply(0)
    } catch (error) {
      if (error instanceof Incomplete) {
        this.#needed = Math.max(this.#size + 1, error.needed)
        return undefined
      }
      throw error
    }
  }
  #needed = 0

  /** Bytes that came behind the reply: there are none when commands go one by one. */
  left(): number {
    return this.#bytes.length - this.#at
  }

  #reply(depth: number): Reply {
    if (depth > depthLimit) throw new BadResp('the reply is nested too deeply')
    const mark = String.fromCharCode(this.#bytes[this.#at] ?? 0)
    if (this.#at >= this.#bytes.length) throw new Incomplete(0)
    const line = this.#line()
    switch (mark) {
      case '+':
        return { value: line }
      case '-':
        return { error: new RedisError(line) }
      case ':':
        return { value: integer(line) }
      case '$':
        return { value: this.#bulk(count(line, 512 * 1024 * 1024)) }
      case '*':
        return { value: this.#array(count(line, 1024 * 1024), depth) }
      default:
        throw new BadResp('the reply is not RESP2')
    }
  }

  /** The rest of the line behind the mark. */
  #line(): string {
    const end = this.#bytes.indexOf('\r\n', this.#at)
    if (end < 0) {
      if (this.#bytes.length - this.#at > 64 * 1024) throw new BadResp('a line has no end')
      throw new Incomplete(0)
    }
    const line = this.#bytes.toString('utf8', this.#at + 1, end)
    this.#at = end + 2
    return line
  }
  #bulk(length: number | null): Json {
    if (length === null) return null
    const end = this.#at + length
    if (this.#bytes.length < end + 2) throw new Incomplete(end + 2)
    const bytes = this.#bytes.subarray(this.#at, end)
    if (this.#bytes[end] !== 0x0d || this.#bytes[end + 1] !== 0x0a)
      throw new BadResp('a string does not end where it says')
    this.#at = end + 2
    return text(bytes)
  }
  #array(length: number | null, depth: number): Json {
    if (length === null) return null
    const all: Json[] = []
    for (let i = 0; i < length; i++) {
      const one = this.#reply(depth + 1)
      all.push('error' in one ? { error: one.error.message } : one.value)
    }
    return all
  }
}

/** `needed`: so many bytes at least, counted from the reply's start. */
class Incomplete extends Error {
  readonly needed: number
  constructor(needed: number) {
    super('incomplete')
    this.needed = needed
  }
}

function count(line: string, most: number): number | null {
  if (line === '-1') return null
  if (!/^\d{1,10}$/.test(line) || Number(line) > most) throw new BadResp('a length that can not be')
  return Number(line)
}
/** 64 bits; beyond 2^53 as text. */
function integer(line: string): Json {
  if (!/^[+-]?\d{1,19}$/.test(line)) throw new BadResp('an integer that is none')
  return Number.isSafeInteger(Number(line)) ? Number(line) : line
}
/** Text as it is; bytes that are no UTF-8 as `{base64}`, so that neither is mistaken for the other. */
function text(bytes: Buffer): Json {
  const read = bytes.toString('utf8')
  return Buffer.from(read).equals(bytes) ? read : { base64: bytes.toString('base64') }
}
