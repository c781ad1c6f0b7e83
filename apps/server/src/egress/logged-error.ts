import type { Secrets } from '../connections/secret.ts'
import { scrub } from './redact.ts'

/**
 * An error as it may stand in a log line, where a service's words may be in it: every text of it without these secrets,
 * and nothing besides. What a driver or a service hung on it (a cause, a detail, a row) stays out.
 */
export function loggedError(error: unknown, secrets: Secrets): Readonly<Record<string, string>> {
  if (!(error instanceof Error)) return { name: typeof error }
  const clean = (text: string): string => scrub(text, secrets)
  return {
    name: clean(error.name),
    message: clean(error.message),
    ...('code' in error && typeof error.code === 'string' ? { code: clean(error.code) } : {}),
    ...(error.stack === undefined ? {} : { stack: clean(error.stack) }),
  }
}
