import type { Rows } from '@permission-slip/connectors/kit/io.ts'
import type { Json, JsonObject } from '@permission-slip/protocol/json.ts'

/** What a driver read of one statement's answer. */
export interface Table {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly Json[])[]
  readonly count: number
  readonly truncated: boolean
}

/** Rows as objects; a name that comes twice gets a number, so that no value is lost. */
export function rowsOf(table: Table): Rows {
  const taken = new Set<string>()
  const columns = table.columns.map((name) => {
    let unique = name
    for (let n = 2; taken.has(unique) || unique === '__proto__'; n++) unique = `${name}_${n}`
    taken.add(unique)
    return unique
  })
  return {
    columns,
    rows: table.rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i] ?? null])) as JsonObject),
    row_count: table.count,
    truncated: table.truncated,
  }
}
