import { Database as Sqlite } from 'bun:sqlite'
import fs from 'node:fs'
import path from 'node:path'
import { newId } from '@permission-slip/protocol/ids.ts'

/** The folder of one copy: database, keys, uploads, its id. Held by one server at a time. */
export interface DataDir {
  readonly path: string
  /** Stays over restarts, so that a restarted server knows its own former executions. */
  readonly copy: string
  file(name: string): string
  /** Writes a file whole or not at all, 0600, durable. */
  write(name: string, bytes: Uint8Array | string): void
  release(): void
}

export class DataDirBusy extends Error {
  constructor(dir: string) {
    super(`${dir} is in use by another server; stop it first, or give this one its own PERMISSION_SLIP_DATA_DIR`)
    this.name = 'DataDirBusy'
  }
}

/** Makes the folder (0700) if it is missing and takes its lock, which ends with the process, however that ends. */
export function openDataDir(dir: string): DataDir {
  fs.mkdirSync(dir, { recursive: true, mode: 0o700 })
  const lock = takeLock(dir)
  const file = (name: string) => path.join(dir, name)
  const write = (name: string, bytes: Uint8Array | string) => {
    const half = `${file(name)}.${process.pid}.new`
    fs.rmSync(half, { force: true })
    const handle = fs.openSync(half, 'wx', 0o600)
    try {
      fs.writeFileSync(handle, bytes)
      fs.fsyncSync(handle)
    } finally {
      fs.closeSync(handle)
    }
    fs.renameSync(half, file(name))
    const folder = fs.openSync(dir, 'r')
    fs.fsyncSync(folder)
    fs.closeSync(folder)
  }
  // Half of a file that a server was writing when it was killed: the lock says that nobody writes now.
  for (const name of fs.readdirSync(dir)) if (/\.\d+\.new$/.test(name)) fs.rmSync(file(name), { force: true })
  if (!fs.existsSync(file('copy-id'))) write('copy-id', newId('dev').replace('dev_', 'copy_'))
  return { path: dir, copy: fs.readFileSync(file('copy-id'), 'utf8').trim(), file, write, release: () => lock.close() }
}

/** SQLite's own file lock: kept by the system for exactly as long as the process lives. */
function takeLock(dir: string): Sqlite {
  const lock = new Sqlite(path.join(dir, 'lock'), { create: true, readwrite: true })
  try {
    lock.exec('pragma locking_mode = exclusive; pragma journal_mode = memory; begin exclusive')
  } catch (cause) {
    lock.close()
    if (cause instanceof Error && /locked|busy/i.test(cause.message)) throw new DataDirBusy(dir)
    throw cause
  }
  return lock
}
