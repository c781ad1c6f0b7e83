export interface AgentRow {
  id: string
  name: string
  /** The name after case and confusable folding; unique. */
  name_folded: string
  claimed_name: string
  status: string
  owner: string
  limits: string
  access: string
  default_expiry: number | null
  held: number
  invitation: string | null
  /** Results withheld because they held a credential. */
  leaks: number
  /** Bytes of contents kept for it: parameters, reasons, results, files. */
  stored: number
  created_at: number
  confirmed_at: number | null
  last_seen_at: number | null
}
export interface AgentKeyRow {
  /** RFC 7638 thumbprint: the signature's keyid. */
  id: string
  agent: string
  /** base64url of 32 bytes; unique for ever. */
  public_key: string
  status: string
  created_at: number
  last_used_at: number | null
}
export interface AgentTokenRow {
  id: string
  agent: string
  name: string
  /** SHA-256 (hex) of the token. */
  hash: string
  created_at: number
  last_used_at: number | null
  revoked_at: number | null
}
export interface InvitationRow {
  id: string
  /** SHA-256 (hex) of the code. */
  code: string
  created_by: string
  created_at: number
  expires_at: number
  used_by: string | null
}
export interface NonceRow {
  key: string
  nonce: string
  expires_at: number
}
