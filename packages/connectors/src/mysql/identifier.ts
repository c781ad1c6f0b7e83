import { z } from 'zod'

/** A name in SQL. MySQL takes 64 characters of the Basic Multilingual Plane, and no space at the end. */
export const identifier = () =>
  z
    .string()
    .min(1)
    .max(64)
    .regex(/^[^\ud800-\udfff]*[^\s\ud800-\udfff]$/, 'expected a name without emoji and without a space at its end')
    .refine((s) => !s.includes('\0'), 'expected a name without NUL')

/** Quoted, so that nothing in it is read as SQL; backticks do so in every sql_mode. */
export const quoted = (name: string): string => `\`${name.replaceAll('`', '``')}\``

interface Place {
  readonly database?: string | undefined
  readonly table: string
}
/** A table of the connection's own database, unless another is named. */
export const inDatabase = { database: identifier().optional(), table: identifier() }
export const qualified = ({ database, table }: Place): string =>
  database === undefined ? quoted(table) : `${quoted(database)}.${quoted(table)}`
/** As a summary names it. */
export const named = ({ database, table }: Place): string => (database === undefined ? table : `${database}.${table}`)
