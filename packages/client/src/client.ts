import type { Me } from '@permission-slip/protocol/agent.ts'
import type { LogEvent } from '@permission-slip/protocol/events.ts'
import { type ActionsApi, actionsApi } from './actions.ts'
import { type AgentsApi, agentsApi } from './agents.ts'
import { type ConnectionsApi, type ConnectorsApi, connectionsApi, connectorsApi } from './connections.ts'
import { type ApprovalsApi, approvalsApi, type RulesApi, rulesApi } from './deciding.ts'
import { events } from './events.ts'
import type { Signer } from './keys.ts'
import { type LogApi, logApi } from './log.ts'
import { type PeopleApi, peopleApi } from './people.ts'
import { type ServerApi, serverApi } from './server.ts'
import { createTransport, type Fetch } from './transport.ts'

export interface StoredFile {
  readonly id: string
  readonly name: string
  readonly type: string
  readonly size: number
  readonly sha256: string
}
export interface Enrolled {
  readonly agent: string
  readonly key: string
  readonly status: 'unconfirmed' | 'active' | 'paused' | 'revoked'
}

/** What an agent may do. */
export interface AgentClient {
  readonly url: string
  readonly actions: Pick<ActionsApi, 'submit' | 'get' | 'list' | 'cancel' | 'explain'>
  readonly connectors: ConnectorsApi
  me(): Promise<Me>
  /** Brings this client's key to the server; signed by that key. */
  enroll(by: { code: string; public_key: string; name: string }): Promise<Enrolled>
  /** At most 25 MB. */
  upload(name: string, type: string, body: Uint8Array<ArrayBuffer>): Promise<StoredFile>
}

/** What a person may do, as far as their role and the token's scopes go. */
export interface PersonClient {
  readonly url: string
  readonly actions: Omit<ActionsApi, 'submit'>
  readonly approvals: ApprovalsApi
  readonly rules: RulesApi
  readonly agents: AgentsApi
  readonly connectors: ConnectorsApi
  readonly connections: ConnectionsApi
  readonly people: PeopleApi
  readonly server: ServerApi
  readonly log: LogApi
  me(): Promise<Me>
  events(options?: { after?: number; signal?: AbortSignal }): AsyncGenerator<LogEvent>
}

interface Where {
  /** `https://slip.example.org` */
  readonly url: string
  readonly fetch?: Fetch
}

/** A client for an agent: with its key, or with a bearer token (`psa_…`) where the owner allowed one. */
export function createAgentClient(
  options: Where & ({ readonly signer: Signer } | { readonly token: string }),
): AgentClient {
  const credential = 'signer' in options ? { signer: options.signer } : { token: options.token }
  const t = createTransport({ url: options.url, credential, ...(options.fetch ? { fetch: options.fetch } : {}) })
  const { submit, get, list, cancel, explain } = actionsApi(t)
  return {
    url: t.url,
    actions: { submit, get, list, cancel, explain },
    connectors: connectorsApi(t),
    me: () => t.json('GET', '/api/v1/me'),
    enroll: (by) => t.json('POST', '/api/v1/enrollments', { json: by }),
    upload: (name, type, body) =>
      t.json('POST', '/api/v1/files', { query: { name }, bytes: { type, body }, timeout: 300 }),
  }
}

/** A client for a person's scripts: with a personal token (`psp_…`); without one only set-up answers. */
export function createPersonClient(options: Where & { readonly token: string | null }): PersonClient {
  const credential = options.token === null ? null : { token: options.token }
  const t = createTransport({ url: options.url, credential, ...(options.fetch ? { fetch: options.fetch } : {}) })
  const { submit: _anAgentsOnly, ...actions } = actionsApi(t)
  return {
    url: t.url,
    actions,
    approvals: approvalsApi(t),
    rules: rulesApi(t),
    agents: agentsApi(t),
    connectors: connectorsApi(t),
    connections: connectionsApi(t),
    people: peopleApi(t),
    server: serverApi(t),
    log: logApi(t),
    me: () => t.json('GET', '/api/v1/me'),
    events: (eventOptions) => events(t, eventOptions),
  }
}
