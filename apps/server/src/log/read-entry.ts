import { isCanonical } from '@permission-slip/protocol/canonical.ts'
import type { Json } from '@permission-slip/protocol/json.ts'
import {
  type Entry,
  type EntryData,
  type EntryType,
  entry as entryShape,
  maxEntryBytes,
  vocabulary,
} from '@permission-slip/protocol/log.ts'
import { z } from 'zod'

type Of<T extends EntryType> = Omit<Entry, 'type' | 'data'> & { type: T; data: EntryData<T> }
/** An entry of the vocabulary: its `type` tells the shape of its `data`. */
export type KnownEntry = { [T in EntryType]: Of<T> }[EntryType]

/** An entry read back from its leaf, with the bytes that its signature is over. */
export interface ReadEntry {
  entry: KnownEntry
  signed: Uint8Array
  signature: Uint8Array
}

/** `data` has its own shape, by type. */
const shell = entryShape.extend({ data: z.unknown() })
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Reads a leaf. What is not exactly what sealing makes is refused, by a sentence that says why. */
export function readEntry(leaf: Uint8Array): ReadEntry | string {
  if (leaf.length > maxEntryBytes) return `it has ${leaf.length} bytes; at most ${maxEntryBytes} are allowed`
  let value: unknown
  let text: string
  try {
    text = utf8.decode(leaf)
    value = JSON.parse(text)
    // Canonical JSON has one spelling, so nothing that parsers differ in (duplicate keys, escapes) gets past this.
    if (!isCanonical(text, value as Json)) return 'it is not canonical JSON (RFC 8785)'
  } catch {
    return 'it is not JSON'
  }
  const outer = shell.safeParse(value)
  if (!outer.success) return `it is no log entry: ${firstIssue(outer.error)}`
  const shape: z.ZodType = vocabulary[outer.data.type]
  const data = shape.safeParse(outer.data.data)
  if (!data.success) return `it is not in the vocabulary: data.${firstIssue(data.error)}`
  const { sig } = outer.data
  const signature = Buffer.from(sig, 'base64url')
  if (signature.length !== 64 || signature.toString('base64url') !== sig)
    return 'its signature is not 64 bytes in base64url'
  // Keys are sorted and nothing behind `sig` is free text: the last match is the member itself.
  const member = `"sig":"${sig}",`
  const at = text.lastIndexOf(member)
  const signed = Buffer.from(text.slice(0, at) + text.slice(at + member.length))
  return { entry: outer.data as KnownEntry, signed, signature }
}

const firstIssue = (error: z.ZodError): string => {
  const issue = error.issues[0]
  return `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not as expected'}`
}
