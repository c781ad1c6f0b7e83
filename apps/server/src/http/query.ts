import { Refusal } from '@permission-slip/protocol/errors.ts'
import { z } from 'zod'

/** `?wait=`: seconds, cut to 60. */
export const waitQuery = z.coerce
  .number()
  .min(0)
  .optional()
  .transform((s) => Math.min(s ?? 0, 60))
export const pageQuery = {
  cursor: z
    .string()
    .max(64)
    .regex(/^[a-z]{3}_[0-9a-z]+$|^\d+$/, 'expected the next_cursor of the page before')
    .optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
}

/** One more row than asked for says whether there is another page. */
export function paged<T extends { id: string }, U>(
  rows: readonly T[],
  limit: number,
  present: (row: T) => U,
): { items: U[]; next_cursor: string | null } {
  const shown = rows.slice(0, limit)
  return { items: shown.map(present), next_cursor: rows.length > limit ? (shown.at(-1)?.id ?? null) : null }
}

/** 1 to 255 visible ASCII characters. */
export function idempotencyKey(headers: Record<string, string>): string | null {
  const key = headers['idempotency-key']
  if (key === undefined) return null
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key
  throw new Refusal('invalid_request', 'Idempotency-Key: expected 1 to 255 visible ASCII characters.', {
    fields: [
      { field: 'Idempotency-Key', expected: '1 to 255 visible ASCII characters', got: `${key.length} characters` },
    ],
  })
}
