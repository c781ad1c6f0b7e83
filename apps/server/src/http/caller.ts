import type { Access, Limits } from '@permission-slip/protocol/agent.ts'
import type { Actor } from '@permission-slip/protocol/log.ts'
import type { Role, Scope } from '@permission-slip/protocol/person.ts'

/** An agent that proved itself. */
export interface AgentCaller {
  kind: 'agent'
  id: string
  /** The key that signed; null for a bearer token. */
  key: string | null
  /** The bearer token's id, so that what is open ends with it. */
  token?: string
  /** The signature's nonce, to be written with the change it makes. */
  nonce: { key: string; nonce: string; expiresAt: number } | null
  status: 'unconfirmed' | 'active' | 'paused' | 'revoked'
  name: string
  limits: Limits
  access: Access
  defaultExpiry: number | null
}

/** A person who signed in. */
export interface PersonCaller {
  kind: 'person'
  id: string
  name: string
  email: string
  role: Role
  via: 'session' | 'token' | 'device'
  scopes: readonly Scope[]
  /** Signed in within the last five minutes (a token never is, except the one from set-up). */
  fresh: boolean
  /** The token that set-up printed: it may decide high risk. */
  fromSetup: boolean
  totp: boolean
  /** Session or token id, so that open streams end when it does. */
  credential: string
}
export type Caller = AgentCaller | PersonCaller

export const actorOf = (caller: Caller): Actor =>
  caller.kind === 'agent'
    ? { kind: 'agent', id: caller.id, key: caller.key }
    : { kind: 'person', id: caller.id, via: caller.via }
export const serverActor: Actor = { kind: 'server' }
