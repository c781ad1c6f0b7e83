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
import { grantWarnings } from './grants.ts'

export const signIn = forDriver('Connection', [
  field('url', 'Connection URL', {
    secret: true,
    required: false,
    help: 'mysql://user:password@host:3306/database. Taken apart into the fields below when saved.',
  }),
  field('host', 'Host', { required: false, help: 'Needed unless a URL is given.' }),
  field('port', 'Port', { required: false, help: '3306 unless given.', pattern: portPattern }),
  field('database', 'Database', {
    required: false,
    help: 'Where tables are, unless an action names another database.',
  }),
  field('user', 'User', { required: false, help: 'A user of its own, with no more rights than agents are to have.' }),
  field('password', 'Password', { required: false, secret: true }),
  field('tls', 'Encryption', {
    required: false,
    options: tlsChoices,
    help: 'The certificate is checked unless this says otherwise; on this machine itself nothing is encrypted.',
  }),
])

/** The `ssl-mode` of MySQL's own programs in our words. PREFERRED falls back to plain text unnoticed: refused. */
const sslModes: Readonly<Record<string, string>> = {
  DISABLED: 'disable',
  REQUIRED: 'require',
  VERIFY_CA: 'verify',
  VERIFY_IDENTITY: 'verify',
}

/** The form's own fields from what was entered; a URL's password becomes the `password`, which is sealed. */
export function normalise(entered: Record<string, string>): Record<string, string> {
  const { url: text, ...fields } = given(entered)
  if (text !== undefined) {
    notBeside(fields, ['host', 'port', 'database', 'user', 'password'])
    const url = parseDatabaseUrl(text, ['mysql', 'mariadb'], ['ssl-mode'])
    const mode = url.options['ssl-mode']?.toUpperCase()
    if (mode !== undefined) {
      const tls = Object.hasOwn(sslModes, mode) ? sslModes[mode] : undefined
      if (tls === undefined) throw new FieldFault('url', `ssl-mode as one of ${Object.keys(sslModes).join(', ')}`)
      if (fields['tls'] !== undefined && fields['tls'] !== tls)
        throw new FieldFault('tls', `${tls}, as ssl-mode in the url says`)
      fields['tls'] = tls
    }
    fields['host'] = url.host
    if (url.port !== null) fields['port'] = url.port
    if (url.user !== null) fields['user'] = url.user
    if (url.password !== null) fields['password'] = url.password
    if (url.database !== null) fields['database'] = url.database
  }
  if (fields['host'] === undefined) throw new FieldFault('host', 'a host name, or a url instead')
  if (fields['user'] === undefined) throw new FieldFault('user', 'the name of a user')
  fields['port'] ??= '3306'
  fields['tls'] ??= defaultTls(fields['host'])
  checkPlace(fields)
  return fields
}

/** Whose account it is, and what its user can do that no agent should. */
export async function check(io: Io) {
  const about = await io.mysql.query('SELECT CURRENT_USER() AS `user`, DATABASE() AS `database`', [], 1)
  const { user, database } = about.rows[0] ?? {}
  const account = `${String(user ?? '')}${typeof database === 'string' ? `/${database}` : ''}`
  // They hold more than their meaning: only the sentences go further.
  return { account_id: account, account, warnings: grantWarnings(await io.mysql.grants()) }
}
