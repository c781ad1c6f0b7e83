import fs from 'node:fs'
import path from 'node:path'
import type { Config } from '../config/config.ts'
import { freeBytes, reserve } from '../space.ts'
import { type Finding, note, well, wrong } from './finding.ts'
import { userOf } from './user.ts'

const octal = (mode: number): string => `0${(mode & 0o777).toString(8)}`
const closed = (mode: number): boolean => (mode & 0o077) === 0

/** The folder itself. `readable` is false where nothing more can be said as this user. */
export function lookAtFolder(dir: string, uid: number): { findings: Finding[]; readable: boolean } {
  const stat = fs.statSync(dir, { throwIfNoEntry: false })
  if (!stat?.isDirectory())
    return {
      findings: [
        wrong(
          'data directory',
          stat ? `${dir} is not a folder.` : `There is no ${dir}.`,
          'Set PERMISSION_SLIP_DATA_DIR as the server has it, and run this as its user; a first start makes the folder.',
        ),
      ],
      readable: false,
    }
  const owner = userOf(stat.uid)
  if (stat.uid !== uid)
    return {
      findings: [
        wrong(
          'data directory',
          `${dir} belongs to ${owner.name}, and this runs as ${userOf(uid).name}.`,
          `Look as the server's user: sudo -u ${owner.name} env PERMISSION_SLIP_DATA_DIR=${dir} permission-slip doctor. If the server itself runs as ${userOf(uid).name}, give it the folder: chown -R ${uid} ${dir}`,
        ),
      ],
      readable: false,
    }
  return {
    findings: closed(stat.mode)
      ? [well('data directory', `${dir} is ${owner.name}'s alone.`)]
      : [wrong('data directory', `${dir} is open to others (${octal(stat.mode)}).`, `chmod 700 ${dir}`)],
    readable: true,
  }
}

/** What is in it and must be nobody else's. `begun`: there is a database, so the keys must be there too. */
export function lookAtFiles(config: Pick<Config, 'dataDir' | 'masterKeyFile'>, uid: number, begun: boolean): Finding[] {
  const inside = (name: string) => path.join(config.dataDir, name)
  const keys = [
    [config.masterKeyFile, 'no credential opens without it'],
    [inside('log.key'), 'the log can not be signed without it'],
    [inside('sign-in.key'), 'no second factor opens without it'],
  ] as const
  const missing = keys.flatMap(([file, why]) =>
    fs.existsSync(file) || !begun
      ? []
      : [
          wrong(
            'keys',
            `${file} is missing: ${why}.`,
            'Bring it from the backup, or the copy, that belongs to this database.',
          ),
        ],
  )
  const open = [...keys.map(([file]) => file), inside('permission-slip.db'), inside('setup-token')].flatMap((file) =>
    openToOthers(file, uid),
  )
  const found = [...missing, ...open]
  return found.length > 0 || !begun ? found : [well('keys', 'All three are there, and readable by this user alone.')]
}

function openToOthers(file: string, uid: number): Finding[] {
  const stat = fs.statSync(file, { throwIfNoEntry: false })
  if (!stat) return []
  if (stat.uid !== uid)
    return [
      wrong('keys', `${file} belongs to ${userOf(stat.uid).name}, not to the server's user.`, `chown ${uid} ${file}`),
    ]
  return closed(stat.mode)
    ? []
    : [
        wrong(
          'keys',
          `${file} can be read by others (${octal(stat.mode)}).`,
          `chmod 600 ${file}${file.endsWith('.key') ? '; whoever could read it may have it: rotate the key' : ''}`,
        ),
      ]
}

export function lookAtSpace(dir: string): Finding[] {
  const free = freeBytes(dir)
  const mb = `${Math.floor(free / 1_048_576)} MB are free where ${dir} is.`
  if (free < reserve)
    return [
      wrong(
        'space',
        `${mb} New requests are refused under ${reserve / 1_048_576} MB.`,
        'Make room on that disk; nothing in the data directory is to be deleted by hand.',
      ),
    ]
  return [free < 5 * reserve ? note('space', mb, 'Make room before it is short.') : well('space', mb)]
}
