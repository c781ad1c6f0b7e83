import { defineConnector } from '../kit/define.ts'
import { check, normalise, signIn } from './mysql/connection.ts'
import { rowActions } from './mysql/rows.ts'
import { schemaActions } from './mysql/schema.ts'
import { sqlActions } from './mysql/sql.ts'

// `run` is the way here because MySQL speaks its own protocol, not HTTP.
export const mysql = defineConnector({
  id: 'mysql',
  name: 'MySQL',
  description: 'SQL, rows and schema of a MySQL or MariaDB database.',
  docs: 'https://dev.mysql.com/doc/refman/8.4/en/',
  driver: 'mysql',
  destination: ['host', 'port', 'database', 'user', 'tls'],
  auth: [signIn],
  normalise,
  check: { run: check },
  actions: { ...sqlActions, ...rowActions, ...schemaActions },
})
