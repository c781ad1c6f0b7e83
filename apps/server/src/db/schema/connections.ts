export interface ConnectionRow {
  id: string
  connector: string
  label: string
  auth: string
  /** JSON of the non-secret fields. */
  fields: string
  account_id: string | null
  account_label: string | null
  revision: number
  status: string
  actions_off: string
  lookups: number
  egress_allowed: string
  concurrency: number
  rate_per_minute: number | null
  /** JSON of the last check. */
  check_result: string | null
  created_at: number
  last_used_at: number | null
}
/** One sealed field: AES-256-GCM under a data key, the data key under the master key. */
export interface ConnectionSecretRow {
  connection: string
  field: string
  key_version: number
  wrapped_key: Uint8Array
  sealed: Uint8Array
}
