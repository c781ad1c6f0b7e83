/** Facts about the database: `schema`, fingerprints of the keys, the log's origin. */
export interface MetaRow {
  name: string
  value: string
}
/** What owners set: `frozen`, and the like. `value` is JSON. */
export interface SettingRow {
  name: string
  value: string
}
/** A copy of the server that writes here. */
export interface CopyRow {
  id: string
  schema: number
  seen_at: number
}
/** Wrong tries, counted over all copies: invitation codes, sign-ins. `scope` names what; `at` when. */
export interface AttemptRow {
  id: string
  scope: string
  at: number
}
