import { verify as verifySignature } from 'node:crypto'
import { ActionHistory } from './action-history.ts'
import { checkContent } from './check-content.ts'
import { claimed, openCheckpoint } from './checkpoint.ts'
import { KeyChain } from './key-chain.ts'
import type { ActionProof, ProvenLeaf } from './proof.ts'
import { publicKeyObject } from './public-key.ts'
import { type KnownEntry, readEntry } from './read-entry.ts'
import type { Problem } from './reading.ts'
import { sha256 } from './seal.ts'
import { leafHash, rootFromInclusion, sameHash } from './tree.ts'

export interface ProofReport {
  ok: boolean
  problems: Problem[]
  /** The log's first key, base64url. */
  key: string | null
  pinned: boolean
  log: string | null
  size: number | null
}

/**
 * Checks an action's proof from its own bytes: every entry is in the tree that the checkpoint signed, was signed by the
 * log's key of its time, and follows the table of states. That no entry was left out at the end, only the whole log shows.
 */
export function verifyProof(proof: ActionProof, options: { key?: string } = {}): ProofReport {
  const pin = options.key ?? null
  if (pin !== null) publicKeyObject(pin)
  const problems: Problem[] = []
  const keys = new KeyChain()
  const history = new ActionHistory('action')
  const report = (size: number | null): ProofReport => {
    const log = keys.origin
    return { ok: problems.length === 0, problems, key: keys.first, pinned: pin !== null, log, size }
  }
  let head: ReturnType<typeof claimed>
  try {
    head = claimed(proof.checkpoint)
  } catch (error) {
    problems.push({ seq: null, type: 'checkpoint', what: error instanceof Error ? error.message : String(error) })
    return report(null)
  }

  /** In the tree, in the vocabulary, and about what it should be. */
  function inTree(item: ProvenLeaf): KnownEntry | null {
    const bytes = Buffer.from(item.leaf)
    const hashes = item.proof.map((hash) => Buffer.from(hash, 'base64'))
    const root = rootFromInclusion(item.seq, head.size, leafHash(bytes), hashes)
    const say = (what: string) => problems.push({ seq: item.seq, type: null, what })
    if (root === null || !sameHash(root, head.root)) {
      say('its inclusion proof does not lead to the checkpoint’s root')
      return null
    }
    const read = readEntry(bytes)
    if (typeof read === 'string' || read.entry.seq !== item.seq) {
      say(typeof read === 'string' ? read : `it is entry ${read.entry.seq}`)
      return null
    }
    const { entry } = read
    if (keys.current === undefined) note(entry, keys.open(entry))
    const key = keys.at(entry.seq)
    if (entry.log !== keys.origin) note(entry, `it belongs to ${entry.log}, this log is ${keys.origin}`)
    if (key === undefined || key.id !== entry.key) note(entry, `it is not signed by the log's key of its time`)
    else if (!verifySignature(null, read.signed, key.object, read.signature)) note(entry, 'its signature does not hold')
    return entry
  }
  const note = (entry: KnownEntry, what: string | null) => {
    if (what !== null) problems.push({ seq: entry.seq, type: entry.type, what })
  }

  for (const item of proof.frame) {
    const entry = inTree(item)
    if (entry?.type === 'log.key_rotated') note(entry, keys.rotate(entry))
    else if (entry?.type === 'log.restored') note(entry, history.apply(entry, sha256(item.leaf)))
  }
  let before = -1
  for (const item of proof.entries) {
    const entry = inTree(item)
    if (entry === null) continue
    if (item.seq <= before) note(entry, `it stands behind entry ${before}`)
    before = item.seq
    if (entry.subject !== proof.action) note(entry, `it is about ${entry.subject}`)
    note(entry, history.apply(entry, sha256(item.leaf)))
    if (item.content === null) continue
    const row = { seq: item.seq, salt: Buffer.from(item.content.salt, 'base64url'), content: item.content.content }
    note(entry, checkContent(entry, row, history.asked(entry.subject)))
  }
  if (proof.entries.length === 0) problems.push({ seq: null, type: null, what: 'it proves no entry' })
  if (pin !== null && keys.first !== pin) {
    problems.push({ seq: 0, type: 'log.opened', what: `the log was opened by ${keys.first}, the pinned key is ${pin}` })
  }
  try {
    openCheckpoint(proof.checkpoint, keys.origin ?? '', keys.current ? [keys.current.publicKey] : [])
  } catch (error) {
    problems.push({ seq: null, type: 'checkpoint', what: error instanceof Error ? error.message : String(error) })
  }
  return report(head.size)
}
