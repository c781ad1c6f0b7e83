/**
 * What a person proves to sign in. A row is never changed where it matters: a new password or second factor is a new
 * row, and `people.account` turns to it in the transaction of its log entry. So sessions of the old one end in that
 * same instant, and these tables stay out of the log's transaction.
 */
export interface AuthAccountRow {
  id: string
  /** Argon2id, PHC text. */
  password: string
  /** The sealed TOTP secret, or null: no second factor. */
  totp: string | null
  /** The last time step whose code was taken: no code counts twice. */
  totp_step: number
  created_at: number
}
export interface AuthBackupCodeRow {
  account: string
  /** SHA-256 (hex) of the code. */
  hash: string
  used_at: number | null
}
export interface AuthSessionRow {
  /** SHA-256 (hex) of the cookie's value. */
  hash: string
  account: string
  /** SHA-256 (hex) of the secret that the page sends beside the cookie. */
  secret_hash: string
  /** 1: opened by the public https name; it counts there and nowhere else. */
  tls: number
  created_at: number
  /** When the password was last given: what "fresh" looks at. */
  proved_at: number
  used_at: number
}
/** A second factor that was shown and not confirmed yet. */
export interface AuthTotpPendingRow {
  person: string
  totp: string
  created_at: number
}
