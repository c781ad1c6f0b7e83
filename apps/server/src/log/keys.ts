import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { inspect } from 'node:util'
import { originOf, thumbprint } from './public-key.ts'

/** The log's private key. It shows its thumbprint wherever it is printed, and never itself. */
export class LogKey {
  readonly #private: KeyObject
  /** base64url of the 32 public bytes. */
  readonly publicKey: string
  /** RFC 7638 thumbprint: an entry's `key`. */
  readonly id: string

  constructor(key: KeyObject) {
    if (key.type !== 'private' || key.asymmetricKeyType !== 'ed25519') {
      throw new Error(`a log key is an Ed25519 private key, not ${key.asymmetricKeyType ?? 'a secret'} (${key.type})`)
    }
    this.#private = key
    this.publicKey = createPublicKey(key).export({ format: 'jwk' }).x ?? ''
    this.id = thumbprint(this.publicKey)
  }

  static create(): LogKey {
    return new LogKey(generateKeyPairSync('ed25519').privateKey)
  }

  /** From PKCS#8 PEM. */
  static fromPem(pem: string): LogKey {
    return new LogKey(createPrivateKey(pem))
  }

  /** PKCS#8 PEM: for the key's file and an encrypted backup, nothing else. */
  toPem(): string {
    return this.#private.export({ format: 'pem', type: 'pkcs8' }).toString()
  }

  sign(bytes: Uint8Array): Uint8Array {
    return sign(null, bytes, this.#private)
  }

  /** The origin line of the log whose first key this is. */
  get origin(): string {
    return originOf(this.publicKey)
  }

  toString(): string {
    return `[log key ${this.id}]`
  }
  toJSON(): string {
    return this.toString()
  }
  [inspect.custom](): string {
    return this.toString()
  }
}

/** Writes a key file, 0600, durable and whole or not at all. A file that is there is never replaced. */
export function writeLogKey(key: LogKey, path: string): void {
  const half = `${path}.${process.pid}.new`
  rmSync(half, { force: true })
  const file = openSync(half, 'wx', 0o600)
  try {
    writeSync(file, key.toPem())
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  try {
    linkSync(half, path)
  } catch (cause) {
    throw new Error(`${path}: can't write the log key here (an existing one is never replaced)`, { cause })
  } finally {
    rmSync(half)
  }
  const folder = openSync(dirname(path), 'r')
  fsyncSync(folder)
  closeSync(folder)
}

/** Reads a key file; `null` if there is none. One that others may read is refused: it may be known to them. */
export function readLogKey(path: string): LogKey | null {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return null
  const mode = stat.mode & 0o777
  if ((mode & 0o077) !== 0)
    throw new Error(`${path}: expected mode 0600, got 0${mode.toString(8)}; run chmod 600 on it`)
  try {
    return LogKey.fromPem(readFileSync(path, 'utf8'))
  } catch {
    // The cause could quote the file.
    throw new Error(`${path}: expected an Ed25519 private key in PKCS#8 PEM`)
  }
}
