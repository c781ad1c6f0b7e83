import os from 'node:os'
import path from 'node:path'

/** What the command line takes from its environment. This file alone reads it. */
export interface Environment {
  /** Where a server is, unless `--url` says so. */
  readonly url: string
  /** True if the environment named it. */
  readonly urlGiven: boolean
  readonly token: string | null
  readonly dataDir: string
  /** Agent profiles: never in the data directory or the working folder. */
  readonly profileDir: string
  readonly colour: boolean
  /** Everything, for `serve`, which has its own one reader. */
  readonly all: Readonly<Record<string, string | undefined>>
}

export function readEnvironment(all: Readonly<Record<string, string | undefined>> = process.env): Environment {
  const url = all['PERMISSION_SLIP_PUBLIC_URL'] || null
  const home = all['HOME'] || os.homedir()
  return {
    url: url ?? `http://localhost:${all['PERMISSION_SLIP_PORT'] || '8080'}`,
    urlGiven: url !== null,
    token: all['PERMISSION_SLIP_TOKEN'] || null,
    dataDir: path.resolve(all['PERMISSION_SLIP_DATA_DIR'] || path.join(home, '.permission-slip')),
    profileDir: path.join(home, '.config', 'permission-slip'),
    colour: !all['NO_COLOR'] && all['TERM'] !== 'dumb',
    all,
  }
}

/** A proxy from the environment may carry requests to a server elsewhere, but never one to this machine, with its token. */
export function keepLoopbackDirect(): void {
  const here = 'localhost,127.0.0.1,::1,[::1]'
  for (const name of ['NO_PROXY', 'no_proxy'])
    process.env[name] = process.env[name] ? `${process.env[name]},${here}` : here
}
