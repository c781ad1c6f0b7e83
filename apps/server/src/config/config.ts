import os from 'node:os'
import path from 'node:path'
import ipaddr from 'ipaddr.js'
import { type EgressAllowance, parseEgressAllow } from './egress-allow.ts'
import { ConfigError } from './error.ts'

export interface Config {
  host: string
  port: number
  dataDir: string
  /** `sqlite:<path>` or `postgres://…` */
  databaseUrl: string
  publicUrl: string
  masterKeyFile: string
  logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'
  /** Addresses or CIDR blocks of proxies whose forwarded headers count. */
  trustedProxies: string[]
  egressAllow: EgressAllowance[]
  /** connector id -> one origin for all of its own, or origins by name. */
  origins: Record<string, string | Record<string, string>>
}

const levels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
const list = (text: string | undefined): string[] =>
  (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

function proxies(text: string | undefined): string[] {
  const all = list(text)
  const wrong = all.find((one) => !(one.includes('/') ? ipaddr.isValidCIDR(one) : ipaddr.isValid(one)))
  if (wrong !== undefined)
    throw new ConfigError('PERMISSION_SLIP_TRUSTED_PROXIES', `addresses or CIDR blocks, got "${wrong}"`)
  return all
}

function port(text: string | undefined): number {
  if (text === undefined || text === '') return 8080
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new ConfigError('PERMISSION_SLIP_PORT', '0 to 65535')
  return Number(text)
}

function url(variable: string, text: string): string {
  const parsed = URL.canParse(text) ? new URL(text) : null
  if (
    !parsed ||
    !['http:', 'https:'].includes(parsed.protocol) ||
    parsed.pathname !== '/' ||
    parsed.search ||
    parsed.username
  )
    throw new ConfigError(variable, 'an address like https://slip.example.org, without a path')
  return parsed.origin
}

function origins(text: string | undefined): Config['origins'] {
  const variable = 'PERMISSION_SLIP_ORIGINS'
  if (!text) return {}
  let all: unknown
  try {
    all = JSON.parse(text)
  } catch {
    throw new ConfigError(variable, 'JSON: connector id to origin')
  }
  if (typeof all !== 'object' || all === null || Array.isArray(all)) throw new ConfigError(variable, 'a JSON object')
  return Object.fromEntries(
    Object.entries(all).map(([connector, value]: [string, unknown]) => {
      const byName = typeof value === 'string' ? { '*': value } : value
      if (typeof byName !== 'object' || byName === null) throw new ConfigError(variable, `an origin for ${connector}`)
      const named = Object.fromEntries(
        Object.entries(byName).map(([name, origin]: [string, unknown]) => {
          if (typeof origin !== 'string') throw new ConfigError(variable, `an origin for ${connector}.${name}`)
          return [name, url(variable, origin)] as const
        }),
      )
      return [connector, named['*'] ?? named]
    }),
  )
}

/** Pure: the environment as a record -> what the server is to do. Throws ConfigError naming the variable. */
export function parseConfig(env: Record<string, string | undefined>): Config {
  if (env['PERMISSION_SLIP_SECRET_REFS'])
    throw new ConfigError('PERMISSION_SLIP_SECRET_REFS', 'nothing: secrets by reference are not in this version')
  const dataDir = path.resolve(env['PERMISSION_SLIP_DATA_DIR'] || path.join(os.homedir(), '.permission-slip'))
  const listen = port(env['PERMISSION_SLIP_PORT'])
  const databaseUrl = env['PERMISSION_SLIP_DATABASE_URL'] || `sqlite:${path.join(dataDir, 'permission-slip.db')}`
  if (!/^(sqlite:|postgres:\/\/|postgresql:\/\/)/.test(databaseUrl))
    throw new ConfigError('PERMISSION_SLIP_DATABASE_URL', 'sqlite:<path> or postgres://…')
  // The address that egress keeps agents from is the one in the URL: another must not stand behind it.
  if (!databaseUrl.startsWith('sqlite:') && /[?&](host|port)=/.test(databaseUrl))
    throw new ConfigError('PERMISSION_SLIP_DATABASE_URL', 'host and port before the path, not as parameters')
  const logLevel = levels.find((l) => l === (env['PERMISSION_SLIP_LOG_LEVEL'] || 'info'))
  if (!logLevel) throw new ConfigError('PERMISSION_SLIP_LOG_LEVEL', `one of ${levels.join(', ')}`)
  return {
    host: env['PERMISSION_SLIP_HOST'] || '127.0.0.1',
    port: listen,
    dataDir,
    databaseUrl,
    publicUrl: url('PERMISSION_SLIP_PUBLIC_URL', env['PERMISSION_SLIP_PUBLIC_URL'] || `http://localhost:${listen}`),
    masterKeyFile: path.resolve(env['PERMISSION_SLIP_MASTER_KEY_FILE'] || path.join(dataDir, 'master.key')),
    logLevel,
    trustedProxies: proxies(env['PERMISSION_SLIP_TRUSTED_PROXIES']),
    egressAllow: parseEgressAllow(env['PERMISSION_SLIP_EGRESS_ALLOW']),
    origins: origins(env['PERMISSION_SLIP_ORIGINS']),
  }
}
