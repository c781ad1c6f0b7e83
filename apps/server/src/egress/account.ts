import type { Connector } from '@permission-slip/connectors/kit/types.ts'
import type { Secrets } from '../connections/secret.ts'
import type { ConnectionRow } from '../db/schema/connections.ts'
import type { Account } from './egress.ts'

/** A connection's row, and what the vault opened for it, as egress takes them. */
export const accountOf = (connector: Connector, row: ConnectionRow | null, secrets: Secrets): Account => ({
  connector,
  connection: row && {
    id: row.id,
    auth: row.auth,
    fields: JSON.parse(row.fields) as Record<string, string>,
    egressAllowed: JSON.parse(row.egress_allowed) as string[],
  },
  secrets,
})
