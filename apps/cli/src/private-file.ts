import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'

/** A folder for this user alone (0700), also if it was there with more. */
export function makePrivateFolder(dir: string): void {
  fs.mkdirSync(dir, { recursive: true, mode: 0o700 })
  fs.chmodSync(dir, 0o700)
}

/** Writes a file (0600) whole or not at all, on the disk before it returns. */
export function writePrivate(file: string, text: string): void {
  const half = `${file}.${randomBytes(6).toString('hex')}.new`
  const handle = fs.openSync(half, 'wx', 0o600)
  try {
    fs.writeFileSync(handle, text)
    fs.fsyncSync(handle)
  } finally {
    fs.closeSync(handle)
  }
  fs.renameSync(half, file)
  const folder = fs.openSync(path.dirname(file), 'r')
  try {
    fs.fsyncSync(folder)
  } finally {
    fs.closeSync(folder)
  }
}
