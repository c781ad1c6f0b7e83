/** A person. Sign-in (password, TOTP, sessions) is the sign-in library's, in its own tables, by `account`. */
export interface PersonRow {
  id: string
  /** The sign-in library's user id. */
  account: string
  name: string
  email: string
  role: string
  removed: number
  created_at: number
}
export interface PersonalTokenRow {
  id: string
  person: string
  name: string
  /** SHA-256 (hex) of the token. */
  hash: string
  /** JSON list of scopes. */
  scopes: string
  /** 1 for the token that set-up printed: it may decide high risk too. */
  from_setup: number
  created_at: number
  expires_at: number | null
  last_used_at: number | null
  revoked_at: number | null
}
export interface SetupTokenRow {
  /** SHA-256 (hex) of the token. */
  hash: string
  expires_at: number
}
