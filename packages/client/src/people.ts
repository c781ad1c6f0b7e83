import type { JsonObject } from '@permission-slip/protocol/json.ts'
import type {
  newPersonalToken,
  Person,
  personalToken,
  setupAnswer,
  setupBody,
} from '@permission-slip/protocol/person.ts'
import type { z } from 'zod'
import type { Answer, Page, Transport } from './transport.ts'

export interface PeopleApi {
  /** The first owner, with the one-time token of the server's console. */
  setup(body: z.input<typeof setupBody>): Promise<z.output<typeof setupAnswer>>
  list(): Promise<Page<Person>>
  change(id: string, change: JsonObject): Promise<Person>
  remove(id: string): Promise<Answer>
  tokens(): Promise<Page<z.output<typeof personalToken>>>
  makeToken(token: z.input<typeof newPersonalToken>): Promise<{ id: string; token: string }>
  revokeToken(id: string): Promise<Answer>
  devices(): Promise<Page<JsonObject>>
  removeDevice(id: string): Promise<Answer>
}

export const peopleApi = (t: Transport): PeopleApi => ({
  setup: (body) => t.json('POST', '/api/v1/setup', { json: body }),
  list: () => t.json('GET', '/api/v1/people'),
  change: (id, change) => t.json('PATCH', `/api/v1/people/${encodeURIComponent(id)}`, { json: change }),
  remove: (id) => t.json('DELETE', `/api/v1/people/${encodeURIComponent(id)}`),
  tokens: () => t.json('GET', '/api/v1/tokens'),
  makeToken: (token) => t.json('POST', '/api/v1/tokens', { json: token }),
  revokeToken: (id) => t.json('DELETE', `/api/v1/tokens/${encodeURIComponent(id)}`),
  devices: () => t.json('GET', '/api/v1/devices'),
  removeDevice: (id) => t.json('DELETE', `/api/v1/devices/${encodeURIComponent(id)}`),
})
