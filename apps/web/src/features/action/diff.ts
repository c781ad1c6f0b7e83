import { canonical } from '@permission-slip/protocol/canonical.ts'
import type { Json, JsonObject } from '@permission-slip/protocol/json.ts'

export interface Changed {
  name: string
  /** `undefined`: not there. */
  before: Json | undefined
  after: Json | undefined
}

const same = (a: Json | undefined, b: Json | undefined): boolean =>
  a === undefined || b === undefined ? a === b : canonical(a) === canonical(b)

/** Parameters that differ, in the order in which they are shown. */
export function changedParams(before: JsonObject, after: JsonObject): Changed[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return names
    .map((name) => ({ name, before: before[name], after: after[name] }))
    .filter((c) => !same(c.before, c.after))
}
