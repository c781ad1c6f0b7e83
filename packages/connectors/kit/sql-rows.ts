import { Refusal } from '@permission-slip/protocol/errors.ts'
import type { JsonObject } from '@permission-slip/protocol/json.ts'
import { z } from 'zod'

export const maxRows = z.int().min(1).max(10_000).default(1000)

/** Rows as they are given back. */
export const rowsResult = {
  columns: z.array(z.string()),
  rows: z.array(z.record(z.string(), z.json())),
  row_count: z.number(),
  /** True if there were more than `max_rows`. */
  truncated: z.boolean(),
}

export const rowsMoved = { unpinned: 'Which rows match, and what they hold, can change after you approve.' }
export const tableChanges = { unpinned: 'The table, its defaults and its triggers can change after you approve.' }

/** The columns that every row has: one row with others would silently get NULL where a default was meant. */
export function columnsOf(rows: readonly JsonObject[]): string[] {
  const columns = Object.keys(rows[0] ?? {})
  rows.forEach((r, i) => {
    const other = Object.keys(r)
    if (other.length === columns.length && columns.length > 0 && other.every((c) => columns.includes(c))) return
    throw new Refusal('invalid_params', `rows[${i}] does not have the same columns as the first row.`, {
      fields: [
        {
          field: `rows[${i}]`,
          expected: `the columns ${columns.join(', ') || '(at least one)'}`,
          got: other.join(', ') || 'none',
        },
      ],
    })
  })
  return columns
}
