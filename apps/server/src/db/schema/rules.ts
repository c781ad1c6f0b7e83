export interface RuleRow {
  id: string
  version: number
  effect: string
  connector: string
  action: string
  /** JSON of the whole rule as it stands. */
  body: string
  enabled: number
  removed: number
  created_by: string
  created_at: number
  updated_at: number
}
export interface RuleVersionRow {
  rule: string
  version: number
  body: string
  enabled: number
  at: number
}
