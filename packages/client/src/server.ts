import type { JsonObject } from '@permission-slip/protocol/json.ts'
import type { Answer, Transport } from './transport.ts'

/** What concerns the whole server. */
export interface ServerApi {
  freeze(): Promise<Answer>
  unfreeze(): Promise<Answer>
  confirmClock(): Promise<Answer>
  rotateKey(key: 'master' | 'log'): Promise<Answer>
  settings(): Promise<JsonObject>
  changeSettings(change: JsonObject): Promise<JsonObject>
  insights(): Promise<JsonObject>
  backup(options: JsonObject): Promise<Response>
}

export const serverApi = (t: Transport): ServerApi => ({
  freeze: () => t.json('POST', '/api/v1/freeze', { json: {} }),
  unfreeze: () => t.json('POST', '/api/v1/unfreeze', { json: {} }),
  confirmClock: () => t.json('POST', '/api/v1/clock/confirm', { json: {} }),
  rotateKey: (key) => t.json('POST', '/api/v1/keys/rotate', { json: { key }, timeout: 300 }),
  settings: () => t.json('GET', '/api/v1/settings'),
  changeSettings: (change) => t.json('PATCH', '/api/v1/settings', { json: change }),
  insights: () => t.json('GET', '/api/v1/insights'),
  backup: (options) => t.response('POST', '/api/v1/backup', { json: options, timeout: null }),
})
