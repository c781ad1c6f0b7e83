import { defineConnector } from '../kit/define.ts'
import { adminActions } from './postgres/admin.ts'
import { check, normalise, signIn } from './postgres/connection.ts'
import { grantActions } from './postgres/grants.ts'
import { rowActions } from './postgres/rows.ts'
import { schemaActions } from './postgres/schema.ts'
import { sqlActions } from './postgres/sql.ts'

// `run` is the way here because PostgreSQL speaks its own protocol, not HTTP.
export const postgres = defineConnector({
  id: 'postgres',
  name: 'PostgreSQL',
  description: 'SQL, rows, schema and administration of a PostgreSQL database.',
  docs: 'https://www.postgresql.org/docs/current/',
  driver: 'postgres',
  destination: ['host', 'port', 'database', 'user', 'tls'],
  auth: [signIn],
  normalise,
  check: { run: check },
  actions: { ...sqlActions, ...rowActions, ...schemaActions, ...grantActions, ...adminActions },
})
