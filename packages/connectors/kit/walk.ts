import { z } from 'zod'

type Schema = z.core.$ZodType

/** What `.meta()` says of a schema, wrappers looked through. */
export const metaOf = (schema: Schema): Readonly<Record<string, unknown>> => z.globalRegistry.get(schema) ?? {}

/** The schema inside `optional`, `nullable`, `default`, `readonly`; stops early where `stop` says so. */
export function inner(schema: Schema, stop: (s: Schema) => boolean = () => false): Schema {
  if (stop(schema)) return schema
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodReadonly ||
    schema instanceof z.ZodNonOptional
  )
    return inner(schema.unwrap(), stop)
  return schema
}

const plain = new Set(['string', 'number', 'int', 'boolean', 'null', 'literal', 'enum', 'template_literal', 'never'])

/**
 * Says what is wrong with a schema of parameters: an object that lets unknown members through, or anything that
 * changes a value while parsing. Only defaults may be filled in, because a person sees them.
 */
export function looseParts(schema: Schema, at = 'params', seen = new Set<Schema>()): string[] {
  if (seen.has(schema)) return []
  seen.add(schema)
  const def = schema._zod.def
  const found: string[] = []
  const into = (s: Schema, where: string): number => found.push(...looseParts(s, where, seen))
  if ('coerce' in def && def.coerce === true) found.push(`${at}: coerces`)
  for (const check of def.checks ?? []) {
    if (check._zod.def.check === 'overwrite') found.push(`${at}: changes the text`)
    if ('normalize' in check._zod.def && check._zod.def.normalize) found.push(`${at}: normalises`)
  }
  if ('normalize' in def && def.normalize) found.push(`${at}: normalises`)
  if (schema instanceof z.ZodObject) {
    if (!(schema._zod.def.catchall instanceof z.ZodNever)) found.push(`${at}: lets unknown members through`)
    for (const [key, member] of Object.entries(schema.shape)) into(member as Schema, `${at}.${key}`)
  } else if (schema instanceof z.ZodArray) into(schema.element, `${at}[]`)
  else if (schema instanceof z.ZodRecord) into(schema.valueType, `${at}.*`)
  else if (schema instanceof z.ZodUnion) for (const o of schema.options) into(o as Schema, at)
  else if (schema instanceof z.ZodTuple) for (const o of schema._zod.def.items) into(o, `${at}[]`)
  else if (schema instanceof z.ZodLazy) into(schema.unwrap() as Schema, at)
  else if (inner(schema) !== schema) into(inner(schema), at)
  else if (!plain.has(def.type)) found.push(`${at}: ${def.type} is not allowed in parameters`)
  return found
}

/** Results drop what they do not declare: an object that keeps or refuses unknown members is wrong there. */
export function keepingParts(schema: Schema, at = 'result', seen = new Set<Schema>()): string[] {
  if (seen.has(schema)) return []
  seen.add(schema)
  const bare = inner(schema)
  const found: string[] = []
  const into = (s: Schema, where: string): number => found.push(...keepingParts(s, where, seen))
  if (bare instanceof z.ZodObject) {
    if (bare._zod.def.catchall !== undefined) found.push(`${at}: must drop unknown members`)
    for (const [key, member] of Object.entries(bare.shape)) into(member as Schema, `${at}.${key}`)
  } else if (bare instanceof z.ZodArray) into(bare.element, `${at}[]`)
  else if (bare instanceof z.ZodUnion) for (const o of bare.options) into(o as Schema, at)
  return found
}
