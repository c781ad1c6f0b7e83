import { Database as Sqlite } from 'bun:sqlite'
import fs from 'node:fs'
import path from 'node:path'

/** Who holds the lock of a data directory. */
export interface Holder {
  held: boolean
  /** Null: not known here (another system than Linux, another user's process, a container's). */
  pid: number | null
}

/** Asks for a shared lock only, for as long as a read takes: a server that holds its own is told from one that does not run. */
export function lockHolder(dir: string): Holder {
  const file = path.join(dir, 'lock')
  if (!fs.existsSync(file)) return { held: false, pid: null }
  const lock = new Sqlite(file, { readonly: true })
  try {
    lock.query('select count(*) from sqlite_master').get()
    return { held: false, pid: null }
  } catch (cause) {
    if (cause instanceof Error && /locked|busy/i.test(cause.message)) return { held: true, pid: pidOf(file) }
    throw cause
  } finally {
    lock.close()
  }
}

/** The process that has the file open: the server keeps it open, who only looks does not. */
function pidOf(file: string): number | null {
  try {
    const real = fs.realpathSync(file)
    const pids = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name))
    return pids.map(Number).find((pid) => pid !== process.pid && openFiles(pid).includes(real)) ?? null
  } catch {
    return null
  }
}

function openFiles(pid: number): string[] {
  const folder = `/proc/${pid}/fd`
  try {
    return fs.readdirSync(folder).flatMap((fd) => {
      try {
        return [fs.readlinkSync(path.join(folder, fd))]
      } catch {
        return []
      }
    })
  } catch {
    return []
  }
}

/** The environment that a process was started with; null where it can't be read. */
export function environmentOf(pid: number): Record<string, string> | null {
  try {
    const text = fs.readFileSync(`/proc/${pid}/environ`, 'utf8')
    const pairs = text.split('\0').flatMap((pair): [string, string][] => {
      const at = pair.indexOf('=')
      return at > 0 ? [[pair.slice(0, at), pair.slice(at + 1)]] : []
    })
    return Object.fromEntries(pairs)
  } catch {
    return null
  }
}
