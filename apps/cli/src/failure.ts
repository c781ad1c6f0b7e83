import { ApiError, type ProblemDetails, Unreachable } from '@permission-slip/client/errors.ts'
import { type ErrorCode, problem, Refusal } from '@permission-slip/protocol/errors.ts'
import { line, paint } from './text.ts'

/** The command line itself is wrong: exit 2, with its usage. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UsageError'
  }
}

/** It can't be done here: exit 1. */
export const failure = (code: ErrorCode, message: string, cause?: unknown): Refusal =>
  new Refusal(code, message, { cause })

/** Any error as the problem that `--json` prints. */
export function problemOf(error: unknown): ProblemDetails {
  if (error instanceof ApiError) return error.problem
  if (error instanceof Refusal) return problem(error)
  if (error instanceof UsageError)
    return { ...problem(new Refusal('invalid_request', error.message)), next: fix('Correct the command line.') }
  if (error instanceof Unreachable)
    return {
      ...problem(new Refusal('unavailable', error.message)),
      next: retry('Is the server running, and is --url right?'),
    }
  const message = error instanceof Error ? error.message : String(error)
  return { ...problem(new Refusal('internal', message)), next: fix('See the message.') }
}
const fix = (say: string): ProblemDetails['next'] => ({ do: 'fix', say, url: null, after_s: null })
const retry = (say: string): ProblemDetails['next'] => ({ do: 'retry', say, url: null, after_s: 5 })

/** The same for a person. What we say ourselves is whole; a server's answer comes with what to do next. */
export function explained(error: unknown): string {
  const { detail, code, errors = [], next, connections } = problemOf(error)
  const named = error instanceof ApiError || error instanceof Refusal || error instanceof Unreachable
  const name = named ? ` (${code})` : ''
  const lines = [line`${paint('red', 'permission-slip:')} ${detail}${paint('dim', name)}`]
  if (errors.length > 1 || !errors.every((e) => detail.includes(e.field)))
    for (const { field, expected, got } of errors) lines.push(line`  ${field}: expected ${expected}, got ${got}`)
  for (const { id, label } of namedIn(connections)) lines.push(line`  ${id}  ${label}`)
  if (error instanceof ApiError || error instanceof Unreachable) lines.push(line`  ${next.say}`)
  return lines.join('\n')
}

/** The connections that `connection_required` lists. */
function namedIn(value: unknown): { id: string; label: string }[] {
  if (!Array.isArray(value)) return []
  return value.flatMap((one: unknown) => {
    if (typeof one !== 'object' || one === null || !('id' in one) || typeof one.id !== 'string') return []
    return [{ id: one.id, label: 'label' in one && typeof one.label === 'string' ? one.label : '' }]
  })
}

export const exitCodeOf = (error: unknown): number => (error instanceof UsageError ? 2 : 1)
