import fs from 'node:fs'
import { type Finding, note, well, wrong } from './finding.ts'

/** A user of this machine, as far as `/etc/passwd` knows. */
export interface User {
  uid: number
  name: string
  /** Whether people or programs sign in as it. */
  login: boolean
}

export function userOf(uid: number, passwd = '/etc/passwd'): User {
  const lines = fs.existsSync(passwd) ? fs.readFileSync(passwd, 'utf8').split('\n') : []
  const fields = lines.map((line) => line.split(':')).find((parts) => parts[2] === String(uid))
  const shell = fields?.[6] ?? ''
  return {
    uid,
    name: fields?.[0] ?? `uid ${uid}`,
    login: fields !== undefined && !/\/(nologin|false|true|sync)$/.test(shell),
  }
}

const mend =
  'Run the server as a user of its own (docs/operations.md, "As a service"), or the agent on another machine or as another user.'

/** Whoever runs programs as the server's user owns its keys, whatever the gate decides. */
export function lookAtUser(user: User, agents: readonly string[]): Finding[] {
  const who = user.uid === 0 ? 'root' : `the login user ${user.name}`
  if (agents.length > 0)
    return [
      wrong(
        'user',
        `The agent ${agents.join(', ')} is enrolled under ${user.name}, the server's own user: its programs can read the keys and decide for themselves.`,
        mend,
      ),
    ]
  return user.login || user.uid === 0
    ? [note('user', `The server runs as ${who}: every program of that user owns its keys.`, mend)]
    : [well('user', `The server has a user of its own, ${user.name}.`)]
}
