import { Refusal } from '@permission-slip/protocol/errors.ts'
import { headerComponent } from '@permission-slip/protocol/http-signature.ts'

/** Headers as they came, by lower-case name, in order. */
export type HeaderValues = ReadonlyMap<string, readonly string[]>

export function gatherHeaders(headers: Iterable<readonly [string, string]>): HeaderValues {
  const all = new Map<string, string[]>()
  for (const [name, value] of headers) {
    const key = name.toLowerCase()
    all.set(key, [...(all.get(key) ?? []), value])
  }
  return all
}

/**
 * The one value of a header that is covered. A second value is refused even where HTTP would join them, since what was
 * signed and what is read must be the same. Bun joins repeated headers with a comma and a space before we see them, so
 * that is refused wherever the header's own grammar has none.
 */
export function single(headers: HeaderValues, name: string): string | null {
  const values = headers.get(name)
  const first = values?.[0]
  if (values === undefined || first === undefined) return null
  const value = headerComponent(first)
  if (values.length > 1 || (alone.has(name) && value.replace(/"(?:[^"\\]|\\.)*"/g, '').includes(', ')))
    throw new Refusal('bad_signature', `${name}: expected one value, got several.`)
  return value
}

const alone: ReadonlySet<string> = new Set(['content-type', 'idempotency-key', 'content-length', 'host'])
