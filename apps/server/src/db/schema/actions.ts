/** An action as it stands. The log is the record; this row is what is worked on. */
export interface ActionRow {
  id: string
  agent: string
  connector: string
  connector_version: string
  action: string
  connection: string | null
  connection_revision: number | null
  status: string
  effect: string
  risk: string
  /** Canonical JSON of the parsed parameters that the digest is over (after an edit: the edited ones). */
  params: string
  digest: string
  /** base64url of 32 bytes. */
  salt: string
  summary: string
  /** SHA-256 of the exact requests as they were shown, while it is pending: an upgrade that changes them shows it anew. */
  rendered: string | null
  /** 1: an upgrade of the connector changed its parameters, sentence or requests while it waited. */
  upgraded: number
  reason: string | null
  created_at: number
  expires_at: number | null
  /** Approved: not started after this, it is stale. */
  start_by: number | null
  /** JSON of the decision as callers see it. */
  decision: string | null
  /** JSON; what ran, once it ran. */
  executed_params: string | null
  result: string | null
  partial: number
  retry_of: string | null
  error: string | null
  /** The copy that executes it, until when it may, and which try this is. */
  copy: string | null
  lease_until: number | null
  attempt: number
  started_at: number | null
  ended_at: number | null
  /** Bytes of contents counted against the agent's `stored_bytes`. */
  bytes: number
  /** Sequence number of its newest entry: what long polls and pages compare. */
  seq: number
}
/** A request that may have an effect, recorded before it was sent. */
export interface ActionStepRow {
  action: string
  attempt: number
  step: number
  key: string | null
  sent_at: number
}
export interface IdempotencyRow {
  agent: string
  key: string
  action: string
  /** SHA-256 of the canonical request. */
  request: string
  created_at: number
}
