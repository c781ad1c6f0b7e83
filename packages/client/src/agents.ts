import type { Access, Agent } from '@permission-slip/protocol/agent.ts'
import type { Answer, Page, Transport } from './transport.ts'

export interface AgentChange {
  name?: string
  limits?: Record<string, number>
  access?: Access
  default_expiry?: number | null
}
export interface AgentsApi {
  list(filter?: { cursor?: string }): Promise<Page<Agent>>
  get(id: string): Promise<Agent>
  invite(): Promise<{ code: string; expires_at: string }>
  change(id: string, change: AgentChange): Promise<Agent>
  confirm(id: string, by?: { words?: string[]; name?: string }): Promise<Agent>
  pause(id: string): Promise<Agent>
  resume(id: string): Promise<Agent>
  revoke(id: string): Promise<Agent>
  /** A bearer token for an agent that can't sign: shown once. */
  token(id: string, name: string): Promise<{ id: string; token: string }>
  revokeToken(id: string, token: string): Promise<Answer>
  addKey(id: string, publicKey: string): Promise<Answer>
  revokeKey(id: string, key: string): Promise<Answer>
}

export function agentsApi(t: Transport): AgentsApi {
  const at = (id: string, verb = '') => `/api/v1/agents/${encodeURIComponent(id)}${verb}`
  return {
    list: (filter = {}) => t.json('GET', '/api/v1/agents', { query: filter }),
    get: (id) => t.json('GET', at(id)),
    invite: () => t.json('POST', '/api/v1/agents/invitations', { json: {} }),
    change: (id, change) => t.json('PATCH', at(id), { json: change }),
    confirm: (id, by = {}) => t.json('POST', at(id, '/confirm'), { json: by }),
    pause: (id) => t.json('POST', at(id, '/pause'), { json: {} }),
    resume: (id) => t.json('POST', at(id, '/resume'), { json: {} }),
    revoke: (id) => t.json('POST', at(id, '/revoke'), { json: {} }),
    token: (id, name) => t.json('POST', at(id, '/tokens'), { json: { name } }),
    revokeToken: (id, token) => t.json('DELETE', at(id, `/tokens/${encodeURIComponent(token)}`)),
    addKey: (id, publicKey) => t.json('POST', at(id, '/keys'), { json: { public_key: publicKey } }),
    revokeKey: (id, key) => t.json('DELETE', at(id, `/keys/${encodeURIComponent(key)}`)),
  }
}
