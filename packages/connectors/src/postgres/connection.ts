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

export const signIn = forDriver('Connection', [
  field('url', 'Connection URL', {
    secret: true,
    required: false,
    help: 'postgres://user:password@host:5432/database. Taken apart into the fields below when saved.',
  }),
  field('host', 'Host', { required: false, help: 'Needed unless a URL is given.' }),
  field('port', 'Port', { required: false, help: '5432 unless given.', pattern: portPattern }),
  field('database', 'Database', { required: false, help: "The user's name unless given." }),
  field('user', 'User', { required: false, help: 'A role of its own, with no more rights than agents are to have.' }),
  field('password', 'Password', { required: false, secret: true }),
  field('tls', 'Encryption', {
    required: false,
    options: tlsChoices,
    help: 'The certificate is checked unless this says otherwise; on this machine itself nothing is encrypted.',
  }),
])

/** libpq's `sslmode` in our words. `allow` and `prefer` fall back to plain text unnoticed and are refused. */
const sslModes: Readonly<Record<string, string>> = {
  disable: 'disable',
  require: 'require',
  'verify-ca': 'verify',
  'verify-full': 'verify',
}

/** The form's own fields from what was entered; a URL's password becomes the `password`, which is sealed. */
export function normalise(entered: Record<string, string>): Record<string, string> {
  const { url: text, ...fields } = given(entered)
  if (text !== undefined) {
    notBeside(fields, ['host', 'port', 'database', 'user', 'password'])
    const url = parseDatabaseUrl(text, ['postgres', 'postgresql'], ['sslmode'])
    const mode = url.options['sslmode']
    if (mode !== undefined) {
      const tls = Object.hasOwn(sslModes, mode) ? sslModes[mode] : undefined
      if (tls === undefined) throw new FieldFault('url', `sslmode as one of ${Object.keys(sslModes).join(', ')}`)
      if (fields['tls'] !== undefined && fields['tls'] !== tls)
        throw new FieldFault('tls', `${tls}, as sslmode in the url says`)
      fields['tls'] = tls
    }
    fields['host'] = url.host
    if (url.port !== null) fields['port'] = url.port
    if (url.user !== null) fields['user'] = url.user
    if (url.password !== null) fields['password'] = url.password
    if (url.database !== null) fields['database'] = url.database
  }
  if (fields['host'] === undefined) throw new FieldFault('host', 'a host name, or a url instead')
  if (fields['user'] === undefined) throw new FieldFault('user', 'the name of a role')
  fields['port'] ??= '5432'
  fields['database'] ??= fields['user']
  fields['tls'] ??= defaultTls(fields['host'])
  checkPlace(fields)
  return fields
}

const about = `SELECT current_user AS "user", current_database() AS "database", r.rolsuper AS superuser,
  (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relowner = r.oid
    AND c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema')::int AS owned,
  pg_has_role(r.oid, 'pg_read_server_files', 'MEMBER') AS reads_files,
  pg_has_role(r.oid, 'pg_write_server_files', 'MEMBER') AS writes_files,
  pg_has_role(r.oid, 'pg_execute_server_program', 'MEMBER') AS runs_programs,
  r.rolcreaterole AS makes_roles, r.rolbypassrls AS bypasses_rls
FROM pg_roles r WHERE r.rolname = current_user`

/** Whose account it is, and what its role can do that no agent should. */
export async function check(io: Io) {
  const row = (await io.postgres.query(about, [], 1)).rows[0] ?? {}
  const superuser = row['superuser'] === true
  const owned = Number(row['owned'] ?? 0)
  const warnings = [
    superuser &&
      'This role is a superuser: it can read and write files of the database server and run programs there. Use a role of its own.',
    !superuser && row['reads_files'] === true && 'This role may read files of the database server.',
    !superuser && row['writes_files'] === true && 'This role may write files of the database server.',
    !superuser && row['runs_programs'] === true && 'This role may run programs on the database server.',
    !superuser && row['makes_roles'] === true && 'This role may make and change other roles.',
    !superuser && row['bypasses_rls'] === true && 'Row-level security does not bind this role.',
    owned > 0 &&
      `This role owns ${owned} ${owned === 1 ? 'table' : 'tables'}: it can change and drop ${owned === 1 ? 'it' : 'them'}, whatever was granted.`,
    'What functions inside the database reach (other servers, files) is outside the control of this server.',
  ].filter((w) => w !== false)
  const account = `${String(row['user'] ?? '')}@${String(row['database'] ?? '')}`
  return { account_id: account, account, warnings }
}
