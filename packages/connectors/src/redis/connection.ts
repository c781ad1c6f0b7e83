import { field, forDriver } from '../../kit/auth.ts'
import {
  checkPlace,
  defaultTls,
  given,
  notBeside,
  parseDatabaseUrl,
  portPattern,
  tlsChoices,
} from '../../kit/database-url.ts'
import { FieldFault } from '../../kit/faults.ts'
import type { Io } from '../../kit/io.ts'
import type { Context } from '../../kit/types.ts'
import { ask } from './commands.ts'
import { infoOf } from './server.ts'

const databasePattern = /^\d{1,5}$/

export const signIn = forDriver('Connection', [
  field('url', 'Connection URL', {
    secret: true,
    required: false,
    help: 'redis://user:password@host:6379/0, or rediss:// for TLS. Taken apart into the fields below when saved.',
  }),
  field('host', 'Host', { required: false, help: 'Needed unless a URL is given.' }),
  field('port', 'Port', { required: false, help: '6379 unless given.', pattern: portPattern }),
  field('username', 'User name', { required: false, help: 'Of an ACL user; empty for the default one.' }),
  field('password', 'Password', { required: false, secret: true }),
  field('tls', 'Encryption', {
    required: false,
    options: tlsChoices,
    help: 'The certificate is checked unless this says otherwise; on this machine itself nothing is encrypted.',
  }),
  field('database', 'Database', { required: false, help: 'Its number; 0 unless given.', pattern: databasePattern }),
])

/** The form's own fields from what was entered; a URL's password becomes the `password`, which is sealed. */
export function normalise(entered: Record<string, string>): Record<string, string> {
  const { url: text, ...fields } = given(entered)
  if (text !== undefined) {
    notBeside(fields, ['host', 'port', 'username', 'password', 'database'])
    const url = parseDatabaseUrl(text, ['redis', 'rediss'], [])
    if (url.scheme === 'rediss' && fields['tls'] === 'disable')
      throw new FieldFault('tls', 'require or verify, since the url says rediss')
    fields['tls'] ??= url.scheme === 'rediss' ? 'verify' : 'disable'
    fields['host'] = url.host
    if (url.port !== null) fields['port'] = url.port
    if (url.user !== null) fields['username'] = url.user
    if (url.password !== null) fields['password'] = url.password
    if (url.database !== null) fields['database'] = url.database
  }
  if (fields['host'] === undefined) throw new FieldFault('host', 'a host name, or a url instead')
  if (fields['username'] !== undefined && fields['password'] === undefined)
    throw new FieldFault('password', 'the password of the user')
  fields['port'] ??= '6379'
  fields['database'] ??= '0'
  fields['tls'] ??= defaultTls(fields['host'])
  if (!databasePattern.test(fields['database'])) throw new FieldFault('database', 'a number')
  checkPlace(fields)
  return fields
}

/** Redis has no accounts: the connection is known by where it goes and as whom. */
export async function check(io: Io, ctx: Context) {
  const about = infoOf(String(await ask(io, 'INFO', 'server')))
  const { host = '', port = '', database = '', username = 'default', tls = '' } = ctx.fields
  const version = about['redis_version']
  const warnings = [
    tls !== 'disable' || defaultTls(host) === 'disable'
      ? ''
      : 'Nothing is encrypted: the password and all data can be read on the way.',
    username === 'default'
      ? 'This is the default user, which may usually do everything. A user of its own can be kept to some keys.'
      : '',
  ].filter((w) => w !== '')
  return {
    account_id: null,
    account: `${username}@${host}:${port}/${database}${version ? ` (Redis ${version})` : ''}`,
    warnings,
  }
}
