import { problem, Refusal } from '@permission-slip/protocol/errors.ts'
import type { Logger } from '../logger.ts'
import type { Answer } from './route.ts'

const always: Record<string, string> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
}

export function respond(answer: Answer, requestId: string): Response {
  const headers = new Headers({ ...always, 'cache-control': 'no-store', 'x-request-id': requestId, ...answer.headers })
  for (const cookie of answer.cookies ?? []) headers.append('set-cookie', cookie)
  if (answer.raw !== undefined) return new Response(answer.raw as BodyInit, { status: answer.status, headers })
  if (answer.body === undefined) return new Response(null, { status: answer.status, headers })
  headers.set('content-type', headers.get('content-type') ?? 'application/json; charset=utf-8')
  return new Response(JSON.stringify(answer.body), { status: answer.status, headers })
}

/** Problem details (RFC 9457). What is not a Refusal is a fault of ours: its words stay in the server's log. */
export function respondProblem(error: unknown, requestId: string, logger: Logger): Response {
  const refusal = error instanceof Refusal ? error : new Refusal('internal')
  if (!(error instanceof Refusal)) logger.error({ err: error, request: requestId }, 'a request failed in our own code')
  const body = problem(refusal, requestId)
  const after = typeof body['retry_after_s'] === 'number' ? Math.ceil(body['retry_after_s']) : (body.next.after_s ?? 5)
  const retry: Record<string, string> =
    body.status === 429 || body.status === 503 ? { 'retry-after': String(after) } : {}
  const challenge: Record<string, string> = body.status === 401 ? { 'www-authenticate': 'Bearer' } : {}
  return respond(
    { status: body.status, body, headers: { 'content-type': 'application/problem+json', ...retry, ...challenge } },
    requestId,
  )
}
