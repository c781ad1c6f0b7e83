import { type KeyObject, verify as verifySignature } from 'node:crypto'
import { ActionHistory } from './action-history.ts'
import { type Content, checkContent, contentDigestOf, readContent } from './check-content.ts'
import { KeyChain } from './key-chain.ts'
import { type KnownEntry, readEntry } from './read-entry.ts'
import { sha256 } from './seal.ts'
import { CompactRange, leafHash } from './tree.ts'

/** Something that does not hold, at the entry where it shows first. `seq` is null for what is of no one entry. */
export interface Problem {
  seq: number | null
  type: string | null
  what: string
}

/** A log that is all wrong need not fill memory with it. */
const mostKept = 10_000

/** On a thread of the runtime's pool: signatures are most of the work, and others can do it meanwhile. */
const signatureHolds = (bytes: Uint8Array, key: KeyObject, signature: Uint8Array): Promise<boolean> =>
  new Promise((resolve) =>
    verifySignature(null, bytes, key, signature, (error, holds) => resolve(error === null && holds)),
  )

/** One reading of an export, from its first entry to its last. */
export class Reading {
  readonly problems: Problem[] = []
  readonly keys = new KeyChain()
  erased = 0
  /** Root of the tree when it had as many entries as the checkpoint says. */
  rootThere: Uint8Array | null = null
  readonly #tree = new CompactRange()
  readonly #history = new ActionHistory('all')
  readonly #contents: Iterator<Uint8Array>
  readonly #size: number | null
  #content: Content | null = null
  #contentLine = 0
  #expected = 0
  #prev: string | null = null
  #time = ''

  constructor(contents: Iterator<Uint8Array>, size: number | null) {
    this.#contents = contents
    this.#size = size
    this.#nextContent(-1)
    this.#count()
  }

  get entries(): number {
    return this.#tree.size
  }

  problem(seq: number | null, type: string | null, what: string): void {
    if (this.problems.length < mostKept) this.problems.push({ seq, type, what })
  }

  /** Everything about one leaf but its signature, which is being checked when this returns. */
  take(leaf: Uint8Array): Promise<void> | null {
    const seq = this.#expected
    this.#expected++
    this.#tree.append(leafHash(leaf))
    this.#count()
    const digest = sha256(leaf)
    const prev = this.#prev
    this.#prev = digest
    const read = readEntry(leaf)
    if (typeof read === 'string') {
      this.problem(seq, null, read)
      return null
    }
    const { entry } = read
    const key = this.#check(entry, seq, prev, digest)
    if (key === null) return null
    return signatureHolds(read.signed, key, read.signature).then((holds) => {
      if (!holds) this.problem(seq, entry.type, 'its signature does not hold')
    })
  }

  /** @returns the key that must have signed the entry, or null if that can't be told. */
  #check(entry: KnownEntry, seq: number, prev: string | null, digest: string): KeyObject | null {
    const say = (what: string | null) => what !== null && this.problem(seq, entry.type, what)
    if (entry.seq !== seq) {
      say(`entry ${entry.seq} stands where ${seq} must`)
      // From here on as it stands, so that one that is missing is one problem and not as many as follow.
      this.#expected = entry.seq + 1
    }
    if (entry.prev !== prev) say('it does not continue the entry before it')
    if (entry.time < this.#time) say(`its time ${entry.time} is before that of the entry before it`)
    this.#time = entry.time
    if (this.keys.current === undefined) say(this.keys.open(entry))
    else if (entry.type === 'log.opened') say('a log is opened once')
    if (entry.log !== this.keys.origin) say(`it belongs to ${entry.log}, this log is ${this.keys.origin}`)
    const { current } = this.keys
    const known = current !== undefined && entry.key === current.id
    if (!known) say(`it is signed by the key ${entry.key}, the log's is ${current?.id ?? 'not known'}`)
    if (entry.type === 'log.key_rotated') say(this.keys.rotate(entry))
    const asked = this.#history.asked(entry.subject)
    say(this.#history.apply(entry, digest))
    this.#checkContents(entry, asked ?? this.#history.asked(entry.subject), say)
    return known ? current.object : null
  }

  #checkContents(
    entry: KnownEntry,
    asked: ReturnType<ActionHistory['asked']>,
    say: (what: string | null) => void,
  ): void {
    this.#dropContents(entry.seq)
    const row = this.#content?.seq === entry.seq ? this.#content : null
    if (contentDigestOf(entry) !== null && (row === null || row.content === null)) this.erased++
    if (row === null) return
    say(checkContent(entry, row, asked))
    this.#nextContent(row.seq)
  }

  /** Contents of entries that are not there. */
  #dropContents(before: number): void {
    while (this.#content !== null && this.#content.seq < before) {
      this.problem(this.#content.seq, null, 'a content stands beside no entry')
      this.#nextContent(this.#content.seq)
    }
  }

  #nextContent(after: number): void {
    this.#content = null
    for (let line = this.#contents.next(); !line.done; line = this.#contents.next()) {
      this.#contentLine++
      const row = readContent(line.value)
      if (row !== null && row.seq > after) {
        this.#content = row
        return
      }
      const what = row === null ? 'is no content row' : `is out of order: ${row.seq} after ${after}`
      this.problem(row?.seq ?? null, null, `line ${this.#contentLine} of contents.jsonl ${what}`)
    }
  }

  #count(): void {
    if (this.#tree.size === this.#size) this.rootThere = this.#tree.root()
  }

  /** What is left when all entries were read. */
  end(): void {
    this.#dropContents(Number.POSITIVE_INFINITY)
    if (this.entries === 0) this.problem(0, null, 'there is no entry: a log begins with log.opened')
  }
}
