import { FieldFault } from './faults.ts'

export interface DatabaseUrl {
  readonly scheme: string
  readonly host: string
  readonly port: string | null
  readonly user: string | null
  readonly password: string | null
  /** The path without its slash. */
  readonly database: string | null
  readonly options: Readonly<Record<string, string>>
}

const namePattern = /^(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?$/
const v6Pattern = /^(?=(.*:){2})[0-9A-Fa-f:.]{2,45}$/
/** A host name or address: no list, no socket folder, nothing percent-encoded, no brackets. */
const isHost = (text: string): boolean => namePattern.test(text) || v6Pattern.test(text)
export const portPattern = /^([1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5])$/

/**
 * Takes a connection string apart, ourselves, because the drivers' own parsers do more: they read local files, take
 * Unix sockets, and fill gaps from the environment. Options outside the closed list are refused by name.
 */
export function parseDatabaseUrl(text: string, schemes: readonly string[], options: readonly string[]): DatabaseUrl {
  const wanted = `an address like ${schemes[0]}://user:password@host/name`
  if (!URL.canParse(text)) throw new FieldFault('url', wanted)
  const url = new URL(text)
  const scheme = url.protocol.slice(0, -1)
  if (!schemes.includes(scheme) || !/^[a-z]+:\/\//i.test(text)) throw new FieldFault('url', wanted)
  if (url.hash !== '') throw new FieldFault('url', 'no # in it (write %23 where a password holds one)')
  if (url.hostname === '') throw new FieldFault('url', 'a host in it; Unix sockets can not be used')
  const found: Record<string, string> = {}
  for (const [name, value] of url.searchParams) {
    if (!options.includes(name))
      throw new FieldFault('url', `no option ${name}${options.length > 0 ? `; only ${options.join(', ')}` : ''}`)
    if (Object.hasOwn(found, name)) throw new FieldFault('url', `the option ${name} once`)
    found[name] = value
  }
  return {
    scheme,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? null : url.port,
    user: url.username === '' ? null : decoded(url.username),
    password: url.password === '' ? null : decoded(url.password),
    database: url.pathname === '' || url.pathname === '/' ? null : decoded(url.pathname.slice(1)),
    options: found,
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new FieldFault('url', 'correct percent-encoding (a % itself is written %25)')
  }
}

/** Empty entries of a form are the same as absent ones. */
export const given = (fields: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''))

/** What a form may hold beside `url`: only what the URL does not say. */
export function notBeside(fields: Readonly<Record<string, string>>, names: readonly string[]): void {
  for (const name of names)
    if (fields[name] !== undefined) throw new FieldFault(name, 'nothing beside url, which says it')
}

export const tlsChoices = [
  ['disable', 'No encryption'],
  ['require', 'Encrypted, any certificate'],
  ['verify', 'Encrypted, certificate checked'],
] as const

/** Without a word about TLS: checked, except on this very machine, where nobody else listens. */
export const defaultTls = (host: string): string =>
  /^(localhost|127\.\d+\.\d+\.\d+|::1)$/i.test(host) ? 'disable' : 'verify'

/** The checks that hold however the fields were entered. */
export function checkPlace(fields: Readonly<Record<string, string>>): void {
  if (!isHost(fields['host'] ?? ''))
    throw new FieldFault('host', 'one host name or address, an IPv6 address without brackets')
  if (!portPattern.test(fields['port'] ?? '')) throw new FieldFault('port', 'a number from 1 to 65535')
  if (!tlsChoices.some(([value]) => value === fields['tls'])) throw new FieldFault('tls', 'disable, require or verify')
  for (const [name, value] of Object.entries(fields))
    if (value.includes('\0')) throw new FieldFault(name, 'text without NUL')
}
