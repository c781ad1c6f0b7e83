import { inspect } from 'node:util'

/**
 * A credential in memory. It shows `[secret]` wherever it is printed, joined, serialised or inspected; only `reveal`
 * opens it, and only egress and its drivers may call that.
 */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  reveal(): string {
    return this.#value
  }

  toString(): string {
    return '[secret]'
  }
  toJSON(): string {
    return this.toString()
  }
  [Symbol.toPrimitive](): string {
    return this.toString()
  }
  [inspect.custom](): string {
    return this.toString()
  }
}

export type Secrets = ReadonlyMap<string, Secret>
