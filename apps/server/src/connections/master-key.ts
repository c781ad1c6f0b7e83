import { createHash, randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { inspect } from 'node:util'
import type { Db } from '../db/writer-types.ts'

/** 32 bytes that seal data keys. Shows its fingerprint wherever it is printed, never itself. */
export class MasterKey {
  readonly #bytes: Uint8Array
  /** `sha256:<hex>` of the bytes. */
  readonly fingerprint: string

  constructor(bytes: Uint8Array) {
    if (bytes.length !== 32) throw new Error(`a master key is 32 bytes, not ${bytes.length}`)
    this.#bytes = bytes
    this.fingerprint = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
  }

  static create(): MasterKey {
    return new MasterKey(randomBytes(32))
  }
  /** For sealing, and for the key's own file. */
  bytes(): Uint8Array {
    return this.#bytes
  }
  toString(): string {
    return `[master key ${this.fingerprint}]`
  }
  toJSON(): string {
    return this.toString()
  }
  [inspect.custom](): string {
    return this.toString()
  }
}

/** Which master key is in force: a fact of the database, so that a copy with another key notices. */
export interface MasterInForce {
  version: number
  fingerprint: string
}
const row = 'master_key'

export async function masterInForce(db: Db): Promise<MasterInForce | null> {
  const found = await db.selectFrom('meta').select('value').where('name', '=', row).executeTakeFirst()
  return found ? (JSON.parse(found.value) as MasterInForce) : null
}

/** Writes down which key is in force: version 1 when the database is new, the next one by a rotation. */
export async function recordMaster(db: Db, key: MasterKey, version = 1): Promise<void> {
  const value = JSON.stringify({ version, fingerprint: key.fingerprint } satisfies MasterInForce)
  await db
    .insertInto('meta')
    .values({ name: row, value })
    .onConflict((c) => c.column('name').doUpdateSet({ value }))
    .execute()
}

/** Where the key of a version stands while it is not (or no longer) the one in the key file. */
export const besideFile = (file: string, version: number): string => `${file}.${version}`

export function syncFolder(file: string): void {
  const folder = fs.openSync(path.dirname(file), 'r')
  fs.fsyncSync(folder)
  fs.closeSync(folder)
}

/** Writes a key file, 0600, durable, whole or not at all. `replace` is only for a version that never came into force. */
export function writeMasterKey(key: MasterKey, file: string, replace = false): void {
  const half = `${file}.${process.pid}.new`
  fs.rmSync(half, { force: true })
  const handle = fs.openSync(half, 'wx', 0o600)
  try {
    fs.writeSync(handle, key.bytes())
    fs.fsyncSync(handle)
  } finally {
    fs.closeSync(handle)
  }
  try {
    if (replace) fs.renameSync(half, file)
    else fs.linkSync(half, file)
  } catch (cause) {
    throw new Error(`${file}: can't write the master key here (an existing one is never replaced)`, { cause })
  } finally {
    fs.rmSync(half, { force: true })
  }
  syncFolder(file)
}

/** Reads a key file; null if there is none. One that others may read is refused: it may be known to them. */
export function readMasterKey(file: string): MasterKey | null {
  const stat = fs.statSync(file, { throwIfNoEntry: false })
  if (stat === undefined) return null
  const mode = stat.mode & 0o777
  if ((mode & 0o077) !== 0)
    throw new Error(`${file}: expected mode 0600, got 0${mode.toString(8)}; run chmod 600 on it`)
  const bytes = fs.readFileSync(file)
  if (bytes.length !== 32) throw new Error(`${file}: expected 32 bytes, got ${bytes.length}`)
  return new MasterKey(new Uint8Array(bytes))
}

/** Every key at hand: the key file and what a rotation left beside it. */
export function readMasterKeys(file: string): MasterKey[] {
  const folder = path.dirname(file)
  const name = path.basename(file)
  const beside = fs.existsSync(folder)
    ? fs
        .readdirSync(folder)
        .filter((entry) => entry.startsWith(`${name}.`) && /^\d+$/.test(entry.slice(name.length + 1)))
    : []
  return [file, ...beside.map((entry) => path.join(folder, entry))].flatMap((place) => readMasterKey(place) ?? [])
}
