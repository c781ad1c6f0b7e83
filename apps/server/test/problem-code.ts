import { ApiError } from '@permission-slip/client/errors.ts'

/** The problem's code, or what came instead. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'no error'
  } catch (error) {
    return error instanceof ApiError ? error.problem.code : String(error)
  }
}
