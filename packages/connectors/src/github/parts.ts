import type { Json } from '@permission-slip/protocol/json.ts'
import { z } from 'zod'
import { parseJson } from '../../kit/answer.ts'
import type { WireAnswer } from '../../kit/types.ts'

/** Every action on a repository names it by these two. */
export const repository = {
  owner: z
    .string()
    .max(100)
    .regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/, 'expected the account that owns the repository'),
  repo: z
    .string()
    .max(100)
    .regex(/^(?!\.{1,2}$)[A-Za-z0-9._-]+$/, 'expected the name of a repository, without its owner'),
}
export const number = z.int().positive()
export const title = z.string().min(1).max(256)
/** GitHub takes 65,536 characters. */
export const body = z.string().max(65_536)
/** Bounded so that every rule and summary stays readable; names with slashes are usual. */
export const branch = z.string().min(1).max(255)
export const commit = z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/, 'expected a whole commit id, in lower-case hex')
export const paged = {
  per_page: z.int().min(1).max(100).default(30),
  page: z.int().min(1).max(10_000).default(1),
}
export const next_page = z.number().nullable()

/** A list under its name, with the number of the next page, which GitHub gives in a header (RFC 8288). */
export const listed =
  (name: string) =>
  (answer: WireAnswer): Json => ({ [name]: parseJson(answer.body), next_page: nextPage(answer.headers['link'] ?? '') })

function nextPage(link: string): number | null {
  const next = link.split(',').find((l) => /;\s*rel="next"/.test(l))
  const page = next === undefined ? undefined : /<[^>]*[?&]page=(\d+)[^>]*>/.exec(next)?.[1]
  return page === undefined ? null : Number(page)
}

/** Whose it is; null where the account is gone. */
export const login = z.object({ login: z.string() }).nullish()
export const moving = (what: string) => ({ unpinned: `${what} can change after you approve.` })

/** Clocks differ: what was made this long before we began counts as made by us. */
const skewMs = 5 * 60_000
export const madeSince = (instant: string | null | undefined, start: number): boolean =>
  typeof instant === 'string' && Date.parse(instant) >= start - skewMs
