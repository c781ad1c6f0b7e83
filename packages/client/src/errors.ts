import type { Next } from '@permission-slip/protocol/action.ts'
import type { FieldProblem } from '@permission-slip/protocol/errors.ts'

/** Problem details as they came: a newer server may know codes that we do not. */
export interface ProblemDetails {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: string
  readonly next: Next
  readonly errors?: readonly FieldProblem[]
  readonly request_id?: string
  readonly [more: string]: unknown
}

/** The server answered, and the answer is a problem. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly problem: ProblemDetails
  /** What the answer asked to wait, in seconds. */
  readonly retryAfter: number | null
  constructor(problem: ProblemDetails, retryAfter: number | null = null) {
    super(problem.detail)
    this.name = 'ApiError'
    this.status = problem.status
    this.code = problem.code
    this.problem = problem
    this.retryAfter = retryAfter
  }
}

/** No whole answer came. A change that was asked for may have happened; what has an idempotency key can be tried again. */
export class Unreachable extends Error {
  readonly url: string
  constructor(url: string, why: string, options?: ErrorOptions) {
    super(`No answer from ${url}: ${why}`, options)
    this.name = 'Unreachable'
    this.url = url
  }
}

/** Makes an error of an answer that is not 2xx. What is no problem of ours (a proxy's page) is said to be that. */
export async function errorOf(response: Response): Promise<ApiError> {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  const retryAfter = Number.isFinite(seconds) ? seconds : null
  const text = await response.text().catch(() => '')
  return new ApiError(problemIn(text) ?? foreign(response), retryAfter)
}

function problemIn(text: string): ProblemDetails | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  const isProblem =
    typeof value === 'object' &&
    value !== null &&
    'code' in value &&
    'detail' in value &&
    'status' in value &&
    'next' in value
  return isProblem ? (value as ProblemDetails) : null
}

function foreign(response: Response): ProblemDetails {
  const moved = response.headers.get('location')
  const redirect = response.status >= 300 && response.status < 400 && moved !== null
  const detail = redirect
    ? `The server points to ${moved}. Nothing was sent there; use that address if it is right.`
    : `HTTP ${response.status} came from something that is no Permission Slip server.`
  return {
    type: 'urn:permission-slip:error:unavailable',
    title: 'That is not an answer of a Permission Slip server.',
    status: response.status,
    detail,
    code: 'unavailable',
    next: {
      do: redirect ? 'fix' : 'retry',
      say: 'Check the address, and what stands between here and the server.',
      url: null,
      after_s: redirect ? null : 5,
    },
  }
}
