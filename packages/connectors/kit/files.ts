import { Refusal } from '@permission-slip/protocol/errors.ts'
import type { Json, JsonObject } from '@permission-slip/protocol/json.ts'
import { z } from 'zod'
import { fileRef } from './kinds.ts'
import type { Action, Context, FileRef } from './types.ts'
import { inner, metaOf } from './walk.ts'

/** A file in an action's parameters: where it is, and what stands there. */
export interface FileAt {
  readonly path: readonly (string | number)[]
  readonly value: Json
}

/**
 * Every file in parameters that parsed. The server stores the small ones written out, looks up the ids, puts the
 * `FileRef` in each place, and only then is the digest made.
 */
export function findFiles(action: Action, params: JsonObject): FileAt[] {
  const found: FileAt[] = []
  const visit = (schema: z.core.$ZodType, value: Json | undefined, at: (string | number)[]): void => {
    if (value === undefined || value === null) return
    const bare = inner(schema, (s) => metaOf(s)['x-kind'] === 'file')
    if (metaOf(bare)['x-kind'] === 'file') found.push({ path: at, value })
    else if (bare instanceof z.ZodObject && typeof value === 'object' && !Array.isArray(value)) {
      for (const [key, member] of Object.entries(bare.shape)) visit(member as z.core.$ZodType, value[key], [...at, key])
    } else if (bare instanceof z.ZodArray && Array.isArray(value))
      value.forEach((v, i) => visit(bare.element, v, [...at, i]))
  }
  visit(action.params, params, [])
  return found
}

/** The stored file that a parameter names. */
export function fileOf(value: unknown): FileRef {
  const parsed = fileRef.safeParse(value)
  if (parsed.success) return parsed.data
  throw new Refusal('invalid_params', 'A file was not stored before its action was made.', {
    fields: [{ field: 'file', expected: 'a stored file', got: 'something else' }],
  })
}

/** The bytes of a parameter's file, as the server loaded them. */
export function bytesOf(ctx: Context, value: unknown): Uint8Array {
  const ref = fileOf(value)
  if (!ctx.file) throw new Error(`the bytes of ${ref.id} are not at hand`)
  return ctx.file(ref)
}

/** What a file is called, stored or not: for summaries. */
export function fileName(value: string | { readonly name: string }): string {
  return typeof value === 'string' ? value : value.name
}
