import type {
  Connection,
  ConnectionCheck,
  newConnection,
  patchConnection,
} from '@permission-slip/protocol/connection.ts'
import type { ConnectorDescription, ConnectorEntry } from '@permission-slip/protocol/connector.ts'
import type { z } from 'zod'
import type { Answer, Page, Transport } from './transport.ts'

export interface ConnectorsApi {
  list(): Promise<Page<ConnectorEntry>>
  get(id: string): Promise<ConnectorDescription>
}

export const connectorsApi = (t: Transport): ConnectorsApi => ({
  list: () => t.json('GET', '/api/v1/connectors'),
  get: (id) => t.json('GET', `/api/v1/connectors/${encodeURIComponent(id)}`),
})

export interface ConnectionsApi {
  list(filter?: { cursor?: string }): Promise<Page<Connection>>
  get(id: string): Promise<Connection>
  add(connection: z.input<typeof newConnection>): Promise<Connection>
  change(id: string, change: z.input<typeof patchConnection>): Promise<Connection>
  test(id: string): Promise<ConnectionCheck>
  remove(id: string): Promise<Answer>
}

export function connectionsApi(t: Transport): ConnectionsApi {
  const at = (id: string, verb = '') => `/api/v1/connections/${encodeURIComponent(id)}${verb}`
  return {
    list: (filter = {}) => t.json('GET', '/api/v1/connections', { query: filter }),
    get: (id) => t.json('GET', at(id)),
    // Adding and testing ask the service, which may be slow.
    add: (connection) => t.json('POST', '/api/v1/connections', { json: connection, timeout: 90 }),
    change: (id, change) => t.json('PATCH', at(id), { json: change, timeout: 90 }),
    test: (id) => t.json('POST', at(id, '/test'), { json: {}, timeout: 90 }),
    remove: (id) => t.json('DELETE', at(id)),
  }
}
