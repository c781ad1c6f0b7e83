import type { Json } from '@permission-slip/protocol/json.ts'
import type { Actor, EntryData, EntryType } from '@permission-slip/protocol/log.ts'
import type { Mover, Status } from '@permission-slip/protocol/states.ts'
import type { Kysely } from 'kysely'
import type { Tables } from './schema/index.ts'

export type Db = Kysely<Tables>

/** An entry to append. `content`, if the vocabulary has a `content` digest for it, is salted and kept beside it. */
export interface NewEntry<T extends EntryType = EntryType> {
  type: T
  actor: Actor
  subject: string | null
  /** Without `content`: the writer makes that digest from `content` below. */
  data: Omit<EntryData<T>, 'content'>
  content?: Json
}
export interface Appended {
  seq: number
  /** Milliseconds since 1970, never before the entry before it. */
  time: number
  /** `sha256:` of the whole entry (the leaf): what a later entry names it by. */
  digest: string
}

/** One unit of work inside the writer's transaction. It waits for nothing but the database. */
export interface Tx {
  readonly db: Db
  /** The log's time for this work, milliseconds since 1970. */
  readonly now: number
  append<T extends EntryType>(entry: NewEntry<T>): Promise<Appended>
  /** Runs after COMMIT has returned, never otherwise. */
  afterCommit(run: () => void): void
  /** An action's status changed: whoever counts hears of it after COMMIT has returned, never otherwise. */
  changed(change: StatusChange): void
}

/** One change of an action's status. */
export interface StatusChange {
  connector: string
  from: Status | null
  to: Status
  by: Mover
  /** How long the action had been there, in log time. */
  ageMs: number
}
/** One transaction of the writer, once it has committed. */
export interface Batch {
  works: number
  /** The whole of it, and COMMIT alone. */
  ms: number
  commitMs: number
}
/** Hears what was committed. */
export interface Observer {
  changed(change: StatusChange): void
  committed(batch: Batch): void
}
/** How the writer stands, by the monotonic clock. */
export interface WriterState {
  /** Works that wait for a transaction. */
  waiting: number
  /** When the transaction under way began; null: none is. */
  since: number | null
  /** When one that appended to the log committed last: an empty one proves nothing of the disk. */
  appendedAt: number | null
  /** Why the last transaction failed as a whole; null once one has committed. */
  failed: unknown
}

/**
 * The only way to write what is logged: one writer a copy. Works are batched into one transaction, each in its own
 * savepoint; `write` settles only after COMMIT returned. A work that throws is undone alone; a COMMIT that fails, fails all.
 */
export interface Writer {
  write<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  state(): WriterState
  close(): Promise<void>
}
