import { Refusal } from '@permission-slip/protocol/errors.ts'
import { type Checkpoint, claimed, openCheckpoint } from './checkpoint.ts'
import { ExportFile, withSpooled } from './export-file.ts'
import { publicKeyObject } from './public-key.ts'
import { type Problem, Reading } from './reading.ts'
import { sameHash } from './tree.ts'

export interface LogReport {
  ok: boolean
  /** Entries read. */
  entries: number
  /** The first hundred, in the order of the log. */
  problems: Problem[]
  first: Problem | null
  /** The log's first key, base64url: what a verifier pins. */
  key: string | null
  /** True if the key was given by whoever verifies, not taken from the export. */
  pinned: boolean
  /** Contents that were erased: their entries hold, their texts are gone. */
  erased: number
  /** Origin line. */
  log: string | null
  /** What the checkpoint says. */
  size: number | null
  /** Base64. */
  root: string | null
}

const mostProblems = 100
/** Entries whose signatures are being checked at the same time. */
const batch = 512

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** The checkpoint against the entries: over exactly these, and signed by the log's key. */
function checkCheckpoint(note: string, head: Checkpoint, reading: Reading): void {
  const say = (seq: number | null, what: string) => reading.problem(seq, 'checkpoint', what)
  const { entries, keys } = reading
  if (entries < head.size) say(entries, `the checkpoint is over ${head.size} entries, the export ends after ${entries}`)
  if (entries > head.size)
    say(head.size, `the checkpoint is over ${head.size} entries, the export has ${entries}: it is an older one`)
  if (reading.rootThere !== null && !sameHash(reading.rootThere, head.root)) {
    say(null, 'the checkpoint’s root is not that of these entries')
  }
  const { current, origin } = keys
  try {
    if (current === undefined || origin === null)
      throw new Error('no key of the log is known to check the checkpoint with')
    openCheckpoint(note, origin, [current.publicKey])
  } catch (error) {
    say(null, reason(error))
  }
}

/** `keys.json` only repeats what the entries prove; if it says something else, somebody changed it. */
function checkKeysFile(text: string, reading: Reading): void {
  const proven = reading.keys.links.map(({ id, publicKey, fromSeq }) => [id, publicKey, fromSeq])
  try {
    const file = JSON.parse(text) as { keys: { id: string; public_key: string; from_seq: number }[] }
    const listed = file.keys.map((key) => [key.id, key.public_key, key.from_seq])
    if (JSON.stringify(listed) === JSON.stringify(proven)) return
    reading.problem(null, 'keys', 'keys.json lists other keys than the entries prove')
  } catch {
    reading.problem(null, 'keys', 'keys.json can’t be read')
  }
}

function headOf(note: string): Checkpoint | string {
  try {
    return claimed(note)
  } catch (error) {
    return reason(error)
  }
}

async function readEntries(file: ExportFile, reading: Reading): Promise<void> {
  let checking: Promise<void>[] = []
  for (const leaf of file.lines('entries.jsonl')) {
    const signature = reading.take(leaf)
    if (signature !== null) checking.push(signature)
    if (checking.length < batch) continue
    await Promise.all(checking)
    checking = []
  }
  await Promise.all(checking)
  reading.end()
}

/** By entry; what is of no one entry comes last. */
const inOrder = (a: Problem, b: Problem): number =>
  a.seq === b.seq ? 0 : (a.seq ?? Number.POSITIVE_INFINITY) - (b.seq ?? Number.POSITIVE_INFINITY)

async function verifyFile(path: string, pin: string | null): Promise<LogReport> {
  using file = new ExportFile(path)
  const note = file.text('checkpoint')
  const head = headOf(note)
  const known = typeof head === 'string' ? null : head
  const reading = new Reading(file.lines('contents.jsonl'), known?.size ?? null)
  await readEntries(file, reading)
  const { keys } = reading
  if (pin !== null && keys.first !== pin) {
    reading.problem(0, 'log.opened', `the log was opened by the key ${keys.first}, the pinned one is ${pin}`)
  }
  if (typeof head === 'string') reading.problem(null, 'checkpoint', head)
  else checkCheckpoint(note, head, reading)
  checkKeysFile(file.text('keys.json'), reading)
  const problems = reading.problems.sort(inOrder)
  return {
    ok: problems.length === 0,
    entries: reading.entries,
    problems: problems.slice(0, mostProblems),
    first: problems[0] ?? null,
    key: keys.first,
    pinned: pin !== null,
    erased: reading.erased,
    log: keys.origin,
    size: known?.size ?? null,
    root: known ? Buffer.from(known.root).toString('base64') : null,
  }
}

const unreadable = (what: string, pinned: boolean): LogReport => {
  const problem: Problem = { seq: null, type: 'export', what }
  const nothing = { key: null, erased: 0, log: null, size: null, root: null }
  return { ok: false, entries: 0, problems: [problem], first: problem, pinned, ...nothing }
}

/**
 * Checks an export from its bytes alone: signatures, chain, order, vocabulary, states, contents, tree, checkpoint. It
 * needs no server and no database, and little memory whatever the size; a stream is kept in a file meanwhile.
 * @param source path of the tar, or the tar itself.
 * @param options.key pins the log's first public key (base64url); without it the export's own is used.
 */
export async function verifyLog(
  source: string | ReadableStream<Uint8Array>,
  options: { key?: string } = {},
): Promise<LogReport> {
  const pin = options.key ?? null
  if (pin !== null) publicKeyObject(pin) // one that is no key is the caller's mistake, not the log's
  try {
    return typeof source === 'string'
      ? await verifyFile(source, pin)
      : await withSpooled(source, (path) => verifyFile(path, pin))
  } catch (error) {
    if (error instanceof Refusal) return unreadable(error.message, pin !== null)
    throw error
  }
}
