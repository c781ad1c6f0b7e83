import type { JsonObject } from '@permission-slip/protocol/json.ts'
import type { Entry } from '@permission-slip/protocol/log.ts'
import type { Page, Transport } from './transport.ts'

export interface LogApi {
  /** The newest checkpoint: a C2SP signed note. */
  checkpoint(): Promise<string>
  /** A tile by its C2SP address: `1/000`, `entries/000.p/3`. */
  tile(address: string): Promise<Uint8Array>
  /** An action's entries with their proofs, as the server wrote them. */
  proof(action: string): Promise<JsonObject>
  entries(filter?: { cursor?: string; subject?: string }): Promise<Page<Entry>>
  /** The tar, as it comes. */
  export(): Promise<Response>
}

export const logApi = (t: Transport): LogApi => ({
  checkpoint: () => t.text('GET', '/api/v1/log/checkpoint', { headers: { accept: '*/*' } }),
  tile: async (address) =>
    new Uint8Array(
      await (await t.response('GET', `/api/v1/log/tile/${address}`, { headers: { accept: '*/*' } })).arrayBuffer(),
    ),
  proof: (action) => t.json('GET', `/api/v1/log/proof/${encodeURIComponent(action)}`),
  entries: (filter = {}) => t.json('GET', '/api/v1/log/entries', { query: filter }),
  export: () => t.response('GET', '/api/v1/log/export', { headers: { accept: '*/*' }, timeout: null }),
})
