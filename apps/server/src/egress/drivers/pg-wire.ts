import type net from 'node:net'
import { Duplex } from 'node:stream'
import { TooMuch } from './too-much.ts'

/**
 * What `pg` speaks through: our connected socket, which it can neither open nor choose. Asked to connect, it says at
 * once that it is. It counts what arrives and ends the session when that is more than a session may bring.
 */
export class PgWire extends Duplex {
  readonly #socket: net.Socket
  #left: number

  constructor(socket: net.Socket, maxBytes: number) {
    super()
    this.#socket = socket
    this.#left = maxBytes
    socket.on('data', (part: Uint8Array) => {
      this.#left -= part.length
      if (this.#left < 0) this.destroy(new TooMuch(maxBytes))
      else if (!this.push(part)) socket.pause()
    })
    socket.on('end', () => this.push(null))
    socket.on('error', (error) => this.destroy(error))
    socket.on('close', () => this.destroy())
  }

  /** `pg` calls this with where it would have gone; it is not asked. */
  connect(): this {
    queueMicrotask(() => this.emit('connect'))
    return this
  }
  setNoDelay(): this {
    this.#socket.setNoDelay(true)
    return this
  }
  setKeepAlive(): this {
    return this
  }
  ref(): this {
    return this
  }
  unref(): this {
    return this
  }

  override _read(): void {
    this.#socket.resume()
  }
  override _write(part: Uint8Array, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.write(part, (error) => done(error ?? null))
  }
  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end(() => done())
  }
  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy()
    done(error)
  }
}
