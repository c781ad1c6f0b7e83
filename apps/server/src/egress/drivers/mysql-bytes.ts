/** What came is not what the protocol says. */
export class BadPacket extends Error {
  constructor(what: string) {
    super(`the server did not speak the MySQL protocol: ${what}`)
    this.name = 'BadPacket'
  }
}

/** Reads one packet of the MySQL protocol from its beginning; past its end it throws. */
export class PacketReader {
  readonly #bytes: Buffer
  #at = 0
  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }
  take(count: number): Buffer {
    if (count > this.left) throw new BadPacket('a packet ends too early')
    this.#at += count
    return this.#bytes.subarray(this.#at - count, this.#at)
  }
  /** An unsigned number of 1 to 6 bytes, lowest first. */
  number(size: number): number {
    return this.take(size).readUIntLE(0, size)
  }
  /** A number whose first byte says how long it is; null stands for SQL's NULL. */
  length(): number | null {
    const first = this.number(1)
    if (first < 0xfb) return first
    if (first === 0xfb) return null
    if (first === 0xfc) return this.number(2)
    if (first === 0xfd) return this.number(3)
    const long = first === 0xfe ? this.take(8).readBigUInt64LE() : null
    if (long === null || long > BigInt(Number.MAX_SAFE_INTEGER)) throw new BadPacket('a length can not be')
    return Number(long)
  }
  /** As `length`, exact: an AUTO_INCREMENT may be beyond 2^53. */
  count(): bigint {
    const first = this.number(1)
    return first === 0xfe ? this.take(8).readBigUInt64LE() : BigInt(first < 0xfb ? first : this.number(first - 0xfa))
  }
  /** Bytes behind their length. */
  block(): Buffer {
    const size = this.length()
    if (size === null) throw new BadPacket('NULL where there must be a value')
    return this.take(size)
  }
  /** Text up to a zero byte, or to the end. */
  untilZero(): string {
    const end = this.#bytes.indexOf(0, this.#at)
    const text = this.take((end < 0 ? this.#bytes.length : end) - this.#at).toString()
    if (end >= 0) this.#at++
    return text
  }
  rest(): Buffer {
    return this.take(this.left)
  }
}

/** An unsigned number of `size` bytes, lowest first. */
export function little(value: number, size: number): Buffer {
  const out = Buffer.alloc(size)
  out.writeUIntLE(value, 0, size)
  return out
}

/** Bytes behind their length. */
export function block(bytes: Uint8Array): Buffer {
  const n = bytes.length
  const head =
    n < 0xfb
      ? little(n, 1)
      : n <= 0xffff
        ? Buffer.concat([little(0xfc, 1), little(n, 2)])
        : n <= 0xffffff
          ? Buffer.concat([little(0xfd, 1), little(n, 3)])
          : Buffer.concat([little(0xfe, 1), little(n, 6), little(0, 2)])
  return Buffer.concat([head, bytes])
}

export const zeroEnded = (text: string): Buffer => Buffer.from(`${text}\0`)
