import type { Me } from '@permission-slip/protocol/agent.ts'
import type { Person } from '@permission-slip/protocol/person.ts'

/** Answers that have no schema of their own in the protocol. */
export type MyPerson = Extract<Me, { kind: 'person' }>
export interface SessionAnswer {
  signed_in: boolean
  setup_needed: boolean
  me: Me | null
}
export interface Page<T> {
  items: T[]
  next_cursor: string | null
}
export interface SettingsAnswer {
  frozen: boolean
  tokens_decide_high_risk: boolean
  public_url: string
  log_key: string
  log_origin: string
  clock_problem: string | null
}
export interface SetupAnswer {
  person: Person
  token: string
  log_key: string
  log_origin: string
  session_secret: string
}
export interface Invitation {
  code: string
  expires_at: string
}
