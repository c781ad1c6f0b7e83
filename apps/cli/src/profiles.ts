import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import type { KeyPair } from '@permission-slip/client/keys.ts'
import { failure } from './failure.ts'
import { makePrivateFolder, writePrivate } from './private-file.ts'

/** An agent enrolled from this account: its key, and where it belongs. */
export interface Profile extends KeyPair {
  readonly name: string
  /** Origin of its server. */
  readonly url: string
  /** Null until the server answered. */
  readonly agent: string | null
  readonly keyid: string
  /** SHA-256 of the invite code, so that a second try of the same enrolment uses the same key. */
  readonly code: string
  readonly created_at: string
}

const fields = ['name', 'url', 'keyid', 'public_key', 'private_key', 'code', 'created_at'] as const
const fileIn = (dir: string): string => path.join(dir, 'agents.json')

export const codeDigest = (code: string): string => createHash('sha256').update(code).digest('hex')

/** In the order they were enrolled. */
export function readProfiles(dir: string): Profile[] {
  const file = fileIn(dir)
  let text: string
  try {
    if ((fs.statSync(file).mode & 0o077) !== 0)
      throw failure(
        'forbidden',
        `${file} can be read by others on this machine, and holds agents' keys. Run: chmod 600 ${file}`,
      )
    text = fs.readFileSync(file, 'utf8')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return []
    throw cause
  }
  return parseProfiles(text, file)
}

function parseProfiles(text: string, file: string): Profile[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw failure('invalid_json', `${file} is not JSON.`, cause)
  }
  const agents = typeof value === 'object' && value !== null && 'agents' in value ? value.agents : null
  if (!Array.isArray(agents)) throw failure('invalid_request', `${file}: expected {"agents": […]}.`)
  return agents.map((one: unknown, i) => {
    if (!isProfile(one))
      throw failure('invalid_request', `${file}: agents[${i}] is not a profile; expected ${fields.join(', ')}.`)
    return one
  })
}

function isProfile(value: unknown): value is Profile {
  if (typeof value !== 'object' || value === null) return false
  const all = new Map<string, unknown>(Object.entries(value))
  const agent = all.get('agent')
  return fields.every((name) => typeof all.get(name) === 'string') && (agent === null || typeof agent === 'string')
}

/**
 * Changes the list, whole or not at all, one process at a time: the lock is a folder, which the system makes for one of
 * two at most.
 */
export function changeProfiles(dir: string, change: (profiles: Profile[]) => Profile[]): void {
  makePrivateFolder(dir)
  const lock = path.join(dir, 'agents.lock')
  takeLock(lock)
  try {
    writePrivate(fileIn(dir), `${JSON.stringify({ agents: change(readProfiles(dir)) }, null, 2)}\n`)
  } finally {
    fs.rmdirSync(lock)
  }
}

function takeLock(lock: string): void {
  const until = Date.now() + 5000
  for (;;) {
    try {
      fs.mkdirSync(lock, { mode: 0o700 })
      return
    } catch (cause) {
      if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause
      if (Date.now() > until)
        throw failure('unavailable', `Another command holds ${lock}. If none runs, remove that folder.`)
      Bun.sleepSync(50)
    }
  }
}

/** The profile that a command signs with: by name or id, else the last one enrolled for the server. */
export function chooseProfile(
  profiles: readonly Profile[],
  wanted: { url: string | null; agent: string | undefined },
): Profile | null {
  const enrolled = profiles.filter(({ agent }) => agent !== null)
  const there = enrolled.filter(({ url }) => wanted.url === null || url === wanted.url)
  if (wanted.agent === undefined) return there.at(-1) ?? null
  const named = there.filter(({ name, agent }) => name === wanted.agent || agent === wanted.agent).at(-1)
  if (!named) {
    const known = there.map(({ name }) => name).join(', ') || 'none'
    throw failure('not_found', `No agent "${wanted.agent}" is enrolled here for that server. Enrolled: ${known}.`)
  }
  return named
}
