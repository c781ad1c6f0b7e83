import type net from 'node:net'
import { BadPacket, little } from './mysql-bytes.ts'
import { TooMuch } from './too-much.ts'

/** A packet carries less than this; what is longer goes in several. */
const most = 0xffffff

/**
 * Packets of the MySQL protocol over our connected socket: length (3 bytes), number (1 byte), content. Their numbers
 * count up from the command, so a packet that nobody asked for is found. It counts what arrives, and ends the session
 * when that is more than a session may bring.
 */
export class MysqlLine {
  #socket: net.Socket
  #held: Buffer = Buffer.alloc(0)
  #parts: Buffer[] = []
  #size = 0
  #left: number
  readonly #maxBytes: number
  #sequence = 0
  #gone: Error | null = null
  #wake = (): void => {}

  constructor(socket: net.Socket, maxBytes: number) {
    this.#socket = socket
    this.#maxBytes = maxBytes
    this.#left = maxBytes
    this.#listen()
  }

  readonly #onData = (part: Buffer): void => {
    this.#left -= part.length
    if (this.#left < 0) this.destroy(new TooMuch(this.#maxBytes))
    this.#parts.push(part)
    this.#size += part.length
    this.#wake()
  }
  readonly #onError = (error: Error): void => this.destroy(error)
  readonly #onClose = (): void => this.destroy(new Error('the connection was closed'))

  #listen(): void {
    this.#socket.on('data', this.#onData).on('error', this.#onError).on('end', this.#onClose).on('close', this.#onClose)
    this.#socket.resume()
  }

  get ended(): boolean {
    return this.#gone !== null
  }

  /** Ends it for good; the first reason stays. */
  destroy(why: Error): void {
    this.#gone ??= why
    this.#socket.destroy()
    this.#wake()
  }

  /** Says goodbye and waits, not long, for the other side to close. */
  async quit(farewell: Uint8Array): Promise<void> {
    if (this.#gone) return
    const closed = new Promise<void>((resolve) => this.#socket.once('close', () => resolve()))
    this.command(farewell)
    this.#socket.end()
    const giveUp = setTimeout(() => this.#socket.destroy(), 1000)
    await closed
    clearTimeout(giveUp)
  }

  /** The first packet of a command. */
  command(content: Uint8Array): void {
    this.#sequence = 0
    this.send(content)
  }

  /** The next packet of what is going on. */
  send(content: Uint8Array): void {
    if (this.#gone) throw this.#gone
    // Exactly full packets are followed by another, be it empty.
    for (let at = 0; at <= content.length; at += most) {
      const part = content.subarray(at, at + most)
      this.#socket.write(Buffer.concat([little(part.length, 3), little(this.#take(), 1), part]))
    }
  }

  /** The next packet that comes. Rejects when the session has ended. */
  async next(): Promise<Buffer> {
    const parts: Buffer[] = []
    for (;;) {
      const head = await this.#read(4)
      const size = head.readUIntLE(0, 3)
      if (head[3] !== this.#take()) throw this.#broken('a packet out of turn')
      if (size > 0) parts.push(await this.#read(size))
      if (size < most) return Buffer.concat(parts)
    }
  }

  /** Puts TLS around the socket. Bytes that came before it are a stranger's, slipped in: refused (as CVE-2021-23222). */
  async upgrade(protect: (socket: net.Socket) => Promise<net.Socket>): Promise<void> {
    if (this.#size + this.#held.length > 0) throw this.#broken('it spoke before the encryption began')
    const plain = this.#socket
    plain.off('data', this.#onData).off('error', this.#onError).off('end', this.#onClose).off('close', this.#onClose)
    plain.pause()
    this.#socket = await protect(plain)
    if (this.#gone) this.#socket.destroy()
    this.#listen()
  }

  #take(): number {
    const now = this.#sequence
    this.#sequence = (now + 1) & 0xff
    return now
  }
  #broken(what: string): Error {
    const error = new BadPacket(what)
    this.destroy(error)
    return error
  }
  async #read(count: number): Promise<Buffer> {
    while (this.#held.length + this.#size < count) {
      if (this.#gone) throw this.#gone
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    if (this.#held.length < count) {
      this.#held = Buffer.concat([this.#held, ...this.#parts])
      this.#parts = []
      this.#size = 0
    }
    const got = this.#held.subarray(0, count)
    this.#held = this.#held.subarray(count)
    return got
  }
}
