/** What SHOW GRANTS says, and what it means for the server behind the database. */
const meanings: readonly (readonly [privileges: readonly string[], warning: string])[] = [
  [['FILE'], 'This user may read and write files of the database server (FILE).'],
  [
    ['SUPER', 'SYSTEM_VARIABLES_ADMIN', 'PERSIST_RO_VARIABLES_ADMIN', 'BINLOG ADMIN', 'READ_ONLY ADMIN'],
    'This user may change settings of the database server (SUPER or alike).',
  ],
  [
    ['CREATE USER', 'ROLE_ADMIN', 'SET USER', 'SET_USER_ID', 'SET_ANY_DEFINER'],
    'This user may make other users, or act as them.',
  ],
  [['SHUTDOWN'], 'This user may shut the database server down.'],
  [['FEDERATED ADMIN'], 'This user may make the database server reach other servers.'],
]
const harmless = ['USAGE', 'PROCESS', 'SHOW DATABASES', 'REPLICATION CLIENT', 'BINLOG MONITOR']
const all = 'ALL PRIVILEGES'

interface Grant {
  readonly privileges: readonly string[]
  /** `*.*`, `` `shop`.* `` or `` `shop`.`customers` ``. */
  readonly on: string
  readonly passedOn: boolean
}

function read(line: string): Grant | null {
  const match = /^GRANT (.+?) ON (?:(?:TABLE|FUNCTION|PROCEDURE|PACKAGE|PACKAGE BODY) )?(.+?) TO /s.exec(line)
  if (!match) return null // a role: what it holds stands in lines of its own
  const privileges = (match[1] ?? '').replace(/ \([^)]*\)/g, '').split(', ')
  return { privileges, on: match[2] ?? '', passedOn: / WITH GRANT OPTION\b/.test(line) }
}

export function grantWarnings(lines: readonly string[]): string[] {
  const grants = lines.map(read).filter((one) => one !== null)
  const everywhere = grants.filter((one) => one.on === '*.*').flatMap((one) => one.privileges)
  const warnings: string[] = []
  if (everywhere.includes(all))
    warnings.push(
      'This user has ALL PRIVILEGES on the whole server: it can read and write files there, and change its settings and users. Use a user of its own.',
    )
  else {
    for (const [privileges, warning] of meanings)
      if (privileges.some((one) => everywhere.includes(one))) warnings.push(warning)
    if (everywhere.some((one) => !harmless.includes(one)))
      warnings.push('Rights of this user hold for every database of the server.')
    for (const { on } of grants.filter((one) => one.on !== '*.*' && one.privileges.includes(all)))
      warnings.push(`This user has ALL PRIVILEGES on ${on}: it can change and drop every table there.`)
    if (grants.some((one) => one.on.startsWith('`mysql`')))
      warnings.push('This user has rights on the database `mysql`, which holds the accounts of the server.')
  }
  if (grants.some((one) => one.passedOn)) warnings.push('This user may pass its rights on to others.')
  warnings.push(
    'What functions inside the database reach (other servers, files) is outside the control of this server.',
  )
  return warnings
}
