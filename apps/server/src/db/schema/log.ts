/** One entry: `leaf` is the canonical JSON with `sig`, exactly the bytes that are hashed. */
export interface LogEntryRow {
  seq: number
  /** SHA-256 (hex) of the leaf before it; unique, so the chain can't fork. Empty text for the first. */
  prev: string
  time: number
  type: string
  subject: string | null
  leaf: string
  /** RFC 6962 leaf hash, 32 bytes. */
  leaf_hash: Uint8Array
}
/** What an entry's `content` digest is over; erasable. `content` null: erased. */
export interface LogContentRow {
  seq: number
  salt: Uint8Array
  content: string | null
}
/** A tile of the Merkle tree (up to 256 hashes of 32 bytes; C2SP tlog-tiles). Level 0 is kept when it is full, higher ones as they grow. */
export interface LogTileRow {
  level: number
  idx: number
  hashes: Uint8Array
}
export interface CheckpointRow {
  size: number
  root: Uint8Array
  note: string
  time: number
}
export interface LogKeyRow {
  /** RFC 7638 thumbprint. */
  id: string
  public_key: string
  from_seq: number
}
