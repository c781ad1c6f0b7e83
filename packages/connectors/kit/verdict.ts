import type { Json } from '@permission-slip/protocol/json.ts'
import { parseJson } from './answer.ts'
import { ServiceFault, Unanswered } from './faults.ts'
import { harmless } from './say.ts'
import type { Connector, HttpRequest, WireAnswer } from './types.ts'

/** Statuses by which a server says that it did not begin: no such method or version, no room, no network log-in. */
const neverBegan = new Set([501, 505, 506, 507, 508, 510, 511])

/**
 * What an answer's status says. Returns if the service did it. Throws `ServiceFault` if it says that it did not, and
 * `Unanswered` where it may have: a gateway's 502 or 504 speaks for itself only, and a 500 or 503 may come after the
 * deed. For what changes nothing that makes no difference, and it is a plain failure.
 */
export function judge(connector: Connector, request: HttpRequest, answer: WireAnswer, effect: boolean): void {
  const own = connector.fault?.(answer, request) ?? null
  if (own !== null) throw own
  const { status } = answer
  if ((status >= 200 && status < 300) || request.accept?.includes(status)) return
  const message = ownMessage(answer)
  const told = message === '' ? `The service answered ${status}.` : `The service answered ${status}: ${message}`
  const handedOff = 'handoff' in request.to
  if (status === 401 && !handedOff) throw new ServiceFault('credential_refused', told)
  if (status === 403 && !handedOff && aboutCredential(answer, message))
    throw new ServiceFault('credential_refused', told)
  if (status === 429) throw new ServiceFault('service_rate_limited', told + wait(answer), true)
  if (status >= 300 && status < 400) {
    // 302 and 303 are also how a server says "done, look there"; the others that nothing happened here.
    if (effect && (status === 302 || status === 303))
      throw new Unanswered(`The service answered ${status}, which does not say whether it happened.`)
    throw new ServiceFault(
      'service_refused',
      `The service answered ${status} and names another address; that is not followed.`,
    )
  }
  // 408 and 499 come from gateways that gave up waiting, also for what they had passed on.
  if (status >= 400 && status < 500 && !(effect && (status === 408 || status === 499)))
    throw new ServiceFault('service_refused', told, status === 408 || status === 425)
  if (!effect || neverBegan.has(status))
    throw new ServiceFault('service_failed', told + (status === 503 ? wait(answer) : ''), !neverBegan.has(status))
  throw new Unanswered(`The service answered ${status}, which does not say whether it happened.`)
}

const credentialWords = /\b(token|credential|api[ _-]?key|scope|authenticat\w*|unauthori[sz]ed|expired|signature)s?\b/i
const aboutCredential = (answer: WireAnswer, message: string): boolean =>
  answer.headers['www-authenticate'] !== undefined || credentialWords.test(message)

function wait(answer: WireAnswer): string {
  const after = answer.headers['retry-after'] ?? ''
  return /^\d{1,6}$/.test(after) ? ` It asks to wait ${after} s.` : ''
}

/** The service's own short words about a fault, wherever it puts them; one line, at most 300 characters. */
export function ownMessage(answer: WireAnswer): string {
  if (answer.body.length === 0 || answer.body.length > 1_000_000) return ''
  const type = answer.headers['content-type'] ?? ''
  let found = ''
  try {
    found = words(parseJson(answer.body))
  } catch {
    const text = new TextDecoder().decode(answer.body)
    const xml = /<(?:Message|faultstring)>([^<]{1,1000})<\//.exec(text)?.[1]
    found = xml ?? (type.startsWith('text/plain') ? text : '')
  }
  const line = harmless(found.trim())
  return line.length > 300 ? `${[...line].slice(0, 299).join('')}…` : line
}

const places = [
  'message',
  'error_description',
  'detail',
  'error_summary',
  'msg',
  'reason',
  'title',
  'error',
  'errors',
  'fault',
  'faultstring',
  'description',
  'code',
]

function words(value: Json | undefined, depth = 0): string {
  if (typeof value === 'string') return value
  if (value === null || typeof value !== 'object' || depth > 4) return ''
  if (Array.isArray(value))
    return value
      .slice(0, 3)
      .map((v) => words(v, depth + 1))
      .filter((w) => w !== '')
      .join('; ')
  for (const place of places) {
    const found = Object.hasOwn(value, place) ? words(value[place], depth + 1) : ''
    if (found !== '') return found
  }
  return ''
}

/** For GraphQL services: 200 with `errors` and no data is a refusal, not a success. */
export function graphqlFault(answer: WireAnswer): Error | null {
  if (answer.status !== 200) return null
  let body: Json
  try {
    body = parseJson(answer.body)
  } catch {
    return null
  }
  if (body === null || typeof body !== 'object' || Array.isArray(body)) return null
  const errors = body['errors']
  if (!Array.isArray(errors) || errors.length === 0) return null
  const data = body['data']
  const nothing =
    data === undefined ||
    data === null ||
    (typeof data === 'object' && !Array.isArray(data) && Object.values(data).every((v) => v === null))
  return nothing ? new ServiceFault('service_refused', `The service refused it: ${ownMessage(answer)}`) : null
}
