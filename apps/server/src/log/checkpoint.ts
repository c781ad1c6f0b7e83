import { hash, type KeyObject, verify } from 'node:crypto'
import { Refusal } from '@permission-slip/protocol/errors.ts'
import type { LogKey } from './keys.ts'
import { publicKeyObject } from './public-key.ts'

/** A tree head: C2SP tlog-checkpoint, a C2SP signed note of origin, size and root. */
export interface Checkpoint {
  origin: string
  size: number
  /** 32 bytes. */
  root: Uint8Array
}
export interface SignedCheckpoint extends Checkpoint {
  note: string
}
/** What a note says before anybody has looked at its signatures. */
interface Note extends Checkpoint {
  /** What is signed, final newline included. */
  text: string
  signatures: { name: string; id: Uint8Array; signature: Uint8Array }[]
}

/** Signature type of plain Ed25519 (C2SP signed-note). */
const ed25519 = Uint8Array.of(1)
/** Notes hold a few short lines; anything longer is not one of ours, nor of any log's with 16 witnesses. */
const mostBytes = 16 * 1024

/** Key ID of C2SP signed-note: the first four bytes of SHA-256(name, newline, type, key). */
const keyId = (name: string, publicKey: string): Uint8Array =>
  hash(
    'sha256',
    Buffer.concat([Buffer.from(`${name}\n`), ed25519, Buffer.from(publicKey, 'base64url')]),
    'buffer',
  ).subarray(0, 4)

/** The key as note tools take it: `name+hash+key`, with the type before the key. */
export const verifierKey = (origin: string, publicKey: string): string => {
  const key = Buffer.concat([ed25519, Buffer.from(publicKey, 'base64url')]).toString('base64')
  return `${origin}+${Buffer.from(keyId(origin, publicKey)).toString('hex')}+${key}`
}

export function signCheckpoint({ origin, size, root }: Checkpoint, key: LogKey): SignedCheckpoint {
  const text = `${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`
  const signature = Buffer.concat([keyId(origin, key.publicKey), key.sign(Buffer.from(text))]).toString('base64')
  return { origin, size, root, note: `${text}\n— ${origin} ${signature}\n` }
}

function fault(expected: string, got: string): Refusal {
  const problem = { field: 'checkpoint', expected, got: got.length > 60 ? `${got.slice(0, 60)}…` : got }
  return new Refusal('invalid_request', `checkpoint: expected ${expected}, got \`${problem.got}\`.`, {
    fields: [problem],
  })
}

/** Base64 of RFC 4648 section 4, in its one canonical spelling. */
function base64(text: string, what: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64')
  if (text === '' || bytes.toString('base64') !== text) throw fault(`${what} in base64`, text)
  return bytes
}

/** Reads a note without believing it. */
function parseNote(note: string): Note {
  if (note.length > mostBytes) throw fault(`at most ${mostBytes} characters`, `${note.length}`)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the note format forbids exactly these
  if (!note.isWellFormed() || /[\u0000-\u0009\u000b-\u001f]/.test(note))
    throw fault('text without control characters', note)
  const split = note.lastIndexOf('\n\n')
  if (split < 0) throw fault('a text, an empty line and signatures', note)
  const text = note.slice(0, split + 1)
  const lines = text.split('\n').slice(0, -1)
  const [origin = '', size = '', root = ''] = lines
  if (origin === '') throw fault('an origin in the first line', origin)
  if (!/^(0|[1-9][0-9]{0,15})$/.test(size) || !Number.isSafeInteger(Number(size)))
    throw fault('a tree size in the second line', size)
  const rootBytes = base64(root, 'a root hash')
  if (rootBytes.length !== 32) throw fault('a root hash of 32 bytes', `${rootBytes.length}`)
  if (lines.slice(3).includes('')) throw fault('no empty line in the text', text)
  const rest = note.slice(split + 2)
  if (!rest.endsWith('\n')) throw fault('signature lines that end in a newline', rest)
  const signatures = rest
    .slice(0, -1)
    .split('\n')
    .map((line) => {
      const [, name, encoded] = /^— ([^\s+]+) ([A-Za-z0-9+/=]+)$/.exec(line) ?? []
      if (name === undefined || encoded === undefined) throw fault('signature lines', line)
      const bytes = base64(encoded, 'a signature')
      if (bytes.length < 5) throw fault('a key ID and a signature', line)
      return { name, id: bytes.subarray(0, 4), signature: bytes.subarray(4) }
    })
  return { origin, size: Number(size), root: rootBytes, text, signatures }
}

/** Size and root as the note claims them; for messages about a note whose signature does not hold. */
export const claimed = (note: string): Checkpoint => parseNote(note)

/** The checkpoint in a note that one of these keys signed under this origin. Signatures of others are ignored. */
export function openCheckpoint(note: string, origin: string, publicKeys: readonly string[]): SignedCheckpoint {
  const parsed = parseNote(note)
  if (parsed.origin !== origin) throw fault(`the origin ${origin}`, parsed.origin)
  const holds = (publicKey: string): boolean => {
    const id = keyId(origin, publicKey)
    const key: KeyObject = publicKeyObject(publicKey)
    return parsed.signatures.some(
      (s) =>
        s.name === origin && Buffer.compare(s.id, id) === 0 && verify(null, Buffer.from(parsed.text), key, s.signature),
    )
  }
  if (!publicKeys.some(holds))
    throw fault('a signature by the log’s key', parsed.signatures.map((s) => s.name).join(' '))
  return { origin, size: parsed.size, root: parsed.root, note }
}
