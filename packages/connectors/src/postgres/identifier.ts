import { z } from 'zod'

const utf8 = new TextEncoder()

/** A name in SQL, as it stands in the catalogue: PostgreSQL cuts longer ones silently, which would name another. */
export const identifier = () =>
  z
    .string()
    .min(1)
    .max(63)
    .refine((s) => utf8.encode(s).length <= 63 && !s.includes('\0'), 'expected a name of at most 63 bytes')

/** Quoted, so that nothing in it is read as SQL. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
export const qualified = (schema: string, name: string): string => `${quoted(schema)}.${quoted(name)}`

export const inSchema = { schema: identifier().default('public'), table: identifier() }
