import { openBytes, sealBytes } from '../connections/seal.ts'

/** Keys that seal second factors, by version: 32 bytes each, for nothing else. */
export interface SealingKeys {
  current(): { version: number; key: Uint8Array }
  /** undefined: that version is not here. */
  byVersion(version: number): Uint8Array | undefined
}

/** Bound to the person: a row copied to another person's account does not open. */
const bound = (version: number, person: string) => ({ what: 'permission-slip/totp/v1', key_version: version, person })

export function sealTotp(keys: SealingKeys, secret: Uint8Array, person: string): string {
  const { version, key } = keys.current()
  return `${version}.${Buffer.from(sealBytes(key, secret, bound(version, person))).toString('base64url')}`
}

export function openTotp(keys: SealingKeys, text: string, person: string): Uint8Array {
  const [version, sealed] = text.split('.')
  const key = keys.byVersion(Number(version))
  if (!key) throw new Error(`the second factor of ${person} is sealed by version ${version}, a key that is not here`)
  return openBytes(key, Buffer.from(sealed ?? '', 'base64url'), bound(Number(version), person))
}
