import { createHash, randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { ApiError } from '@permission-slip/client/errors.ts'
import { makePrivateFolder, writePrivate } from './private-file.ts'

/**
 * Keeps the idempotency key of a submission on disk from before its first try until an answer came. If the machine goes
 * down, or the network does, the same command again sends the same key, and the thing happens once. Two commands that run
 * at the same time are two submissions: a key belongs to the process in the file's name as long as that one lives.
 */
export async function withKey<T>(
  dir: string,
  request: string,
  makeKey: () => string,
  submit: (key: string, continued: boolean) => Promise<T>,
): Promise<T> {
  const folder = path.join(dir, 'tries')
  makePrivateFolder(dir)
  makePrivateFolder(folder)
  const about = createHash('sha256').update(request).digest('hex').slice(0, 40)
  const mine = path.join(folder, `${about}.${process.pid}.${randomBytes(4).toString('hex')}`)
  const left = claim(folder, about, mine)
  const key = left ?? makeKey()
  if (left === null) writePrivate(mine, key)
  try {
    const answer = await submit(key, left !== null)
    fs.rmSync(mine, { force: true })
    return answer
  } catch (error) {
    if (isAnswer(error)) fs.rmSync(mine, { force: true })
    else fs.renameSync(mine, path.join(folder, `${about}.left.${randomBytes(4).toString('hex')}`))
    throw error
  }
}

/** A key that an earlier process left, taken over by renaming its file: of two claimants one gets it. */
function claim(folder: string, about: string, mine: string): string | null {
  for (const name of fs.readdirSync(folder).sort()) {
    const [hash, owner] = name.split('.')
    if (hash !== about || name.endsWith('.new') || (owner !== 'left' && lives(Number(owner)))) continue
    try {
      fs.renameSync(path.join(folder, name), mine)
    } catch (cause) {
      if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') continue
      throw cause
    }
    const key = fs.readFileSync(mine, 'utf8')
    if (/^[\x21-\x7e]{1,255}$/.test(key)) return key
    fs.rmSync(mine)
  }
  return null
}

function lives(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    return cause instanceof Error && 'code' in cause && cause.code === 'EPERM'
  }
}

/** The server itself said no: nothing was made. A failure inside it, or a proxy's word, says nothing of the kind. */
const isAnswer = (error: unknown): boolean =>
  error instanceof ApiError && error.status < 500 && error.code !== 'unavailable'
