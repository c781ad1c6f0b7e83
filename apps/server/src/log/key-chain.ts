import { type KeyObject, verify } from 'node:crypto'
import { originOf, publicKeyObject, thumbprint } from './public-key.ts'
import type { KnownEntry } from './read-entry.ts'
import { rotationPreimage } from './seal.ts'

interface Link {
  id: string
  publicKey: string
  object: KeyObject
  /** First entry that it signs. */
  fromSeq: number
}

/** The log's keys as the entries themselves hand them on: the first opens the log, each later one is signed by two. */
export class KeyChain {
  readonly links: Link[] = []

  get current(): Link | undefined {
    return this.links.at(-1)
  }
  /** The key that signs entry `seq`. */
  at(seq: number): Link | undefined {
    return this.links.findLast((link) => link.fromSeq <= seq)
  }
  get first(): string | null {
    return this.links[0]?.publicKey ?? null
  }
  get origin(): string | null {
    return this.first === null ? null : originOf(this.first)
  }

  /** The log's first entry names the key that it is signed by. */
  open(entry: KnownEntry): string | null {
    if (entry.type !== 'log.opened') return `a log begins with log.opened, not ${entry.type}`
    return (
      this.#add(entry.data.public_key, 0) ??
      (entry.key === this.current?.id ? null : 'it is not signed by the key that it names')
    )
  }

  /** A rotation: the old key signs the entry, the new one signs its place in the chain. */
  rotate(entry: KnownEntry & { type: 'log.key_rotated' }): string | null {
    const { key, public_key, signature } = entry.data
    if (thumbprint(public_key) !== key) return `${key} is not the thumbprint of the new key`
    if (this.links.some((link) => link.id === key)) return 'a key is never used again'
    const next = Buffer.from(signature, 'base64url')
    try {
      const holds = verify(null, rotationPreimage(entry.prev ?? '', public_key), publicKeyObject(public_key), next)
      if (!holds) return 'the new key did not sign its rotation'
    } catch {
      return 'the new key is no Ed25519 key'
    }
    return this.#add(public_key, entry.seq + 1)
  }

  #add(publicKey: string, fromSeq: number): string | null {
    try {
      this.links.push({ id: thumbprint(publicKey), publicKey, object: publicKeyObject(publicKey), fromSeq })
      return null
    } catch {
      return `${publicKey} is no Ed25519 key`
    }
  }
}
