import type { Connection, ConnectionCheck } from '@permission-slip/protocol/connection.ts'
import { iso, isoOrNull } from '../clock.ts'
import type { ConnectionRow } from '../db/schema/connections.ts'

/** A connection as people see it: of its secrets, only the names of those that are set. */
export const present = (row: ConnectionRow, secretsSet: readonly string[]): Connection => ({
  id: row.id as Connection['id'],
  connector: row.connector,
  label: row.label,
  auth: row.auth,
  fields: JSON.parse(row.fields) as Record<string, string>,
  secrets_set: [...secretsSet],
  account_id: row.account_id,
  account_label: row.account_label,
  revision: row.revision,
  status: row.status as Connection['status'],
  actions_off: JSON.parse(row.actions_off) as string[],
  lookups: row.lookups === 1,
  egress_allowed: JSON.parse(row.egress_allowed) as string[],
  concurrency: row.concurrency,
  rate_per_minute: row.rate_per_minute,
  check: row.check_result === null ? null : (JSON.parse(row.check_result) as ConnectionCheck),
  created_at: iso(row.created_at),
  last_used_at: isoOrNull(row.last_used_at),
})
