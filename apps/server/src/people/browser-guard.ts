import { Refusal } from '@permission-slip/protocol/errors.ts'

export interface BrowserRequest {
  method: string
  /** Lower-case names. */
  headers: Record<string, string>
}

const reading = new Set(['GET', 'HEAD', 'OPTIONS'])
export const changes = (method: string): boolean => !reading.has(method.toUpperCase())

/**
 * A change that a browser sends by itself with our cookie must come from our own page: `Origin` is ours or
 * `Sec-Fetch-Site` says same-origin, and neither says otherwise. No script of another page can set either.
 */
export function browserGuard(request: BrowserRequest, ours: readonly string[]): Refusal | null {
  if (!changes(request.method)) return null
  const { origin, 'sec-fetch-site': site } = request.headers
  const foreign = (origin !== undefined && !ours.includes(origin)) || (site !== undefined && site !== 'same-origin')
  if (foreign) return new Refusal('cross_site')
  if (origin === undefined && site === undefined)
    return new Refusal('cross_site', 'A change with a cookie needs an Origin header that is ours.')
  return null
}

/** For sign-in and set-up, which need no cookie: a browser's own words must not say that another page asks. */
export const foreignPage = (request: BrowserRequest, ours: readonly string[]): Refusal | null =>
  request.headers['origin'] === undefined && request.headers['sec-fetch-site'] === undefined
    ? null
    : browserGuard(request, ours)
