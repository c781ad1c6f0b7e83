import { type Config, parseConfig } from '../config/config.ts'
import { ConfigError } from '../config/error.ts'
import { hasBegun, lookAtDatabase, type Moment } from './database.ts'
import { lookAtEnvironment } from './environment.ts'
import { lookAtFiles, lookAtFolder, lookAtSpace } from './files.ts'
import { type Finding, note, well, wrong } from './finding.ts'
import { environmentOf, type Holder, lockHolder } from './holder.ts'
import { lookAtPublicUrl } from './public-url.ts'
import { lookAtUser, userOf } from './user.ts'

export type { Finding } from './finding.ts'

export interface Asked extends Moment {
  /** Of whoever asks; a running server's own takes its place where it can be read. */
  env: Readonly<Record<string, string | undefined>>
  /** The user that asks. */
  uid: number
  /** Names of the agents enrolled under this user. */
  agents: readonly string[]
}
export interface Examined {
  findings: Finding[]
  /** A server holds the data directory. */
  running: boolean
  /** Where it should answer; null where the settings can't be read. */
  publicUrl: string | null
}

/** Looks at an installation from outside: reads only, with or without a server that runs. */
export async function examine(asked: Asked): Promise<Examined> {
  const own = settings(asked.env)
  if (!('dataDir' in own)) return { findings: [own], running: false, publicUrl: null }
  const folder = lookAtFolder(own.dataDir, asked.uid)
  if (!folder.readable)
    return { findings: [...folder.findings, ...lookAtPublicUrl(own)], running: false, publicUrl: own.publicUrl }
  const holder = lockHolder(own.dataDir)
  const theirs = holder.pid === null ? null : environmentOf(holder.pid)
  const config = theirs ? settings(theirs) : own
  if (!('dataDir' in config)) return { findings: [...folder.findings, config], running: holder.held, publicUrl: null }
  const begun = hasBegun(config)
  const postgres = !config.databaseUrl.startsWith('sqlite:')
  const findings = [
    ...folder.findings,
    ...lookAtFiles(config, asked.uid, begun),
    lock(holder, begun),
    ...(begun || postgres ? await lookAtDatabase(config, asked) : []),
    ...lookAtSpace(config.dataDir),
    ...lookAtPublicUrl(config),
    ...lookAtUser(userOf(asked.uid), asked.agents),
    ...lookAtEnvironment(theirs ?? asked.env, {
      of: theirs ? `the server (process ${holder.pid})` : 'this shell',
      postgres,
    }),
  ]
  return { findings, running: holder.held, publicUrl: config.publicUrl }
}

function settings(env: Asked['env']): Config | Finding {
  try {
    return parseConfig(env)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return wrong('settings', error.message, 'Correct that variable where the server is started.')
  }
}

function lock({ held, pid }: Holder, begun: boolean): Finding {
  if (held) return well('server', `A server holds the data directory${pid === null ? '' : ` (process ${pid})`}.`)
  return note(
    'server',
    begun ? 'No server runs on this data directory.' : 'No server has run on this data directory yet.',
    'Start it: permission-slip serve',
  )
}
