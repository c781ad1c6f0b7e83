import { actionPreimage, type DecidedOver } from '@permission-slip/protocol/digest.ts'
import type { Json, JsonObject } from '@permission-slip/protocol/json.ts'
import { parseStrict } from '@permission-slip/protocol/strict-json.ts'
import type { Asked } from './action-history.ts'
import type { KnownEntry } from './read-entry.ts'
import { contentDigest, sha256 } from './seal.ts'

/** The erasable text beside an entry, with the salt of its digest. */
export interface Content {
  seq: number
  salt: Uint8Array
  /** Null: erased. */
  content: Json
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function saltOf(value: Json | undefined): Uint8Array | null {
  if (typeof value !== 'string') return null
  const salt = Buffer.from(value, 'base64url')
  return salt.length === 32 && salt.toString('base64url') === value ? salt : null
}

/** One line of `contents.jsonl`, or null if it is none. */
export function readContent(line: Uint8Array): Content | null {
  let value: Json
  try {
    // What a service answered stands in here too, so any number and any depth within reason is taken.
    value = parseStrict(line, { maxDepth: 1000, service: true })
  } catch {
    return null
  }
  if (!isObject(value) || Object.keys(value).sort().join() !== 'content,salt,seq') return null
  const salt = saltOf(value['salt'])
  const { seq, content } = value
  if (salt === null || typeof seq !== 'number' || !Number.isSafeInteger(seq) || content === undefined) return null
  return { seq, salt, content }
}

/** The digest that an entry has for a content beside it, if it has one. */
export const contentDigestOf = (entry: KnownEntry): string | null =>
  'content' in entry.data && typeof entry.data.content === 'string' ? entry.data.content : null

/** What is wrong with a content: it must hash to what the entry says, and a request to the digest that is decided on. */
export function checkContent(entry: KnownEntry, row: Content, asked: Asked | undefined): string | null {
  const digest = contentDigestOf(entry)
  if (digest === null) return 'it has no content, yet one stands beside it'
  if (row.content === null) return null
  try {
    if (contentDigest(row.content, row.salt) !== digest) return 'its content is not what its digest is over'
    if (entry.type !== 'action.submitted' && entry.type !== 'action.edited' && entry.type !== 'action.rebound')
      return null
    return checkRequest(entry, row.content, asked)
  } catch {
    return 'its content can’t be hashed'
  }
}

type Request = KnownEntry & { type: 'action.submitted' | 'action.edited' | 'action.rebound' }
function checkRequest(entry: Request, content: Json, asked: Asked | undefined): string | null {
  const over = isObject(content) ? content['action'] : undefined
  const salt = saltOf(isObject(content) ? content['salt'] : undefined)
  if (!isObject(over) || !isDecidedOver(over) || salt === null) return 'its content is no request'
  if (sha256(actionPreimage(over, salt)) !== entry.data.digest)
    return 'its digest is not over the request in its content'
  if (over.id !== entry.subject) return `its content is the request of ${over.id}`
  const names = entry.type === 'action.submitted' ? submittedFacts : askedFacts
  const facts: Partial<Record<(typeof submittedFacts)[number], unknown>> | undefined =
    entry.type === 'action.submitted' ? entry.data : asked
  // An action of the epoch before a restore was asked for in another log.
  if (facts === undefined || facts.agent === null) return null
  const other = names.find((name) => facts[name] !== over[name])
  return other === undefined ? null : `its content says another ${other} than the log: ${String(over[other])}`
}

const askedFacts = ['agent', 'connector', 'action'] as const
const submittedFacts = [...askedFacts, 'connection', 'connection_revision'] as const

const isDecidedOver = (value: JsonObject): value is JsonObject & DecidedOver => {
  const names = [
    'id',
    'agent',
    'connector',
    'connector_version',
    'action',
    'connection',
    'connection_revision',
    'params',
    'expires_at',
  ]
  return (
    names.every((name) => Object.hasOwn(value, name)) &&
    Object.keys(value).length === names.length &&
    isObject(value['params'])
  )
}
