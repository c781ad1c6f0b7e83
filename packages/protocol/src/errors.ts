import type { Next } from './action.ts'

interface Code {
  status: number
  title: string
  /** What the caller does now. */
  do: Next['do']
  say: string
  retryable?: boolean
}
const code = <const C extends Record<string, Code>>(all: C): C => all

/**
 * Every error code, once, with its sentence. HTTP problems (RFC 9457) and an action's `error.code` both come from
 * here; a program may rely on the name, a person on the sentence.
 */
export const errors = code({
  // What was sent
  invalid_json: { status: 400, title: 'The body is not acceptable JSON.', do: 'fix', say: 'Send well-formed JSON.' },
  invalid_request: { status: 400, title: 'The request is not right.', do: 'fix', say: 'Correct the named field.' },
  invalid_params: {
    status: 422,
    title: 'The parameters are not right.',
    do: 'fix',
    say: 'Correct the named parameters and submit again.',
  },
  unknown_connector: {
    status: 404,
    title: 'There is no such connector.',
    do: 'fix',
    say: 'GET /api/v1/connectors lists them.',
  },
  unknown_action: {
    status: 404,
    title: 'The connector has no such action.',
    do: 'fix',
    say: 'GET /api/v1/connectors/{id} lists its actions.',
  },
  connection_required: {
    status: 422,
    title: 'Say which connection to use.',
    do: 'fix',
    say: 'Send `connection` with one of the listed ids.',
  },
  no_connection: {
    status: 409,
    title: 'No connection of this service can be used.',
    do: 'ask_owner',
    say: 'Ask the owner to connect the service or to allow this agent to use it.',
  },
  idempotency_key_required: {
    status: 400,
    title: 'An Idempotency-Key header is required.',
    do: 'fix',
    say: 'Send a fresh Idempotency-Key for each thing that is to happen, and the same one for each try of it.',
  },
  idempotency_key_reused: {
    status: 422,
    title: 'This Idempotency-Key was used for another request.',
    do: 'fix',
    say: 'Use a new key for a new request.',
  },
  payload_too_large: { status: 413, title: 'That is too large.', do: 'fix', say: 'Send less.' },
  unsupported_media_type: {
    status: 415,
    title: 'The body must be application/json.',
    do: 'fix',
    say: 'Set content-type: application/json.',
  },
  not_found: { status: 404, title: 'There is nothing here.', do: 'fix', say: 'Check the address.' },
  method_not_allowed: {
    status: 405,
    title: 'This address does not take that method.',
    do: 'fix',
    say: 'See /openapi.json.',
  },
  misdirected: {
    status: 421,
    title: 'This server does not go by that name.',
    do: 'fix',
    say: 'Use the public URL, or add the name as PERMISSION_SLIP_PUBLIC_URL.',
  },
  // Who sent it
  unauthenticated: { status: 401, title: 'Say who you are.', do: 'fix', say: 'Sign the request, or send a token.' },
  bad_signature: {
    status: 401,
    title: 'The signature does not hold.',
    do: 'fix',
    say: 'Sign what /openapi.json describes.',
  },
  clock_skew: {
    status: 401,
    title: 'The signature is too old or from the future.',
    do: 'retry',
    say: 'Set the clock by `server_time` and sign again.',
  },
  replayed: {
    status: 401,
    title: 'This signature was used before.',
    do: 'retry',
    say: 'Sign again with a fresh nonce.',
  },
  forbidden: { status: 403, title: 'You may not do this.', do: 'ask_owner', say: 'Ask an owner.' },
  fresh_sign_in_required: {
    status: 403,
    title: 'This needs a fresh sign-in.',
    do: 'fix',
    say: 'Sign in again and repeat within five minutes.',
  },
  cross_site: {
    status: 403,
    title: 'A change must come from our own page.',
    do: 'fix',
    say: 'Open the page itself and try there.',
  },
  not_allowed: {
    status: 403,
    title: 'This agent may not ask for that.',
    do: 'ask_owner',
    say: 'Ask the owner to widen what this agent may ask for.',
  },
  agent_unconfirmed: {
    status: 403,
    title: 'The owner has not confirmed this agent yet.',
    do: 'ask_owner',
    say: 'Ask the owner to confirm it; then try again.',
  },
  agent_paused: { status: 403, title: 'This agent is paused.', do: 'ask_owner', say: 'Only the owner can resume it.' },
  agent_revoked: {
    status: 403,
    title: 'This agent is revoked.',
    do: 'ask_owner',
    say: 'It can not come back; enrol a new one.',
  },
  frozen: { status: 403, title: 'Everything is stopped.', do: 'ask_owner', say: 'Only a person can lift the freeze.' },
  invalid_code: {
    status: 403,
    title: 'That code is not valid.',
    do: 'ask_owner',
    say: 'Ask the owner for a new invitation.',
  },
  invitations_paused: {
    status: 429,
    title: 'Too many wrong codes.',
    do: 'retry',
    say: 'Wait a minute.',
    retryable: true,
  },
  key_known: {
    status: 409,
    title: 'This key was enrolled before.',
    do: 'fix',
    say: 'Make a new key; a key is never used twice.',
  },
  wrong_words: {
    status: 422,
    title: 'Those are not the words.',
    do: 'fix',
    say: 'Read the words where the agent was enrolled. If they differ, do not confirm.',
  },
  wrong_credentials: { status: 401, title: 'E-mail address, password or code is wrong.', do: 'fix', say: 'Try again.' },
  setup_done: { status: 409, title: 'There is an owner already.', do: 'done', say: 'Sign in.' },
  invalid_setup_token: {
    status: 403,
    title: 'That set-up link is not valid.',
    do: 'fix',
    say: 'Restart the server for a new link.',
  },
  last_owner: {
    status: 409,
    title: 'The last owner can not be removed.',
    do: 'fix',
    say: 'Make another person an owner first.',
  },
  // Limits
  rate_limited: {
    status: 429,
    title: 'Too many requests.',
    do: 'retry',
    say: 'Wait, then try again.',
    retryable: true,
  },
  too_many_pending: {
    status: 429,
    title: 'Too many actions wait for a decision.',
    do: 'wait',
    say: 'Wait for a decision, or cancel some.',
    retryable: true,
  },
  too_many_waits: {
    status: 429,
    title: 'Too many long polls at once.',
    do: 'retry',
    say: 'Close some, or poll without wait.',
    retryable: true,
  },
  storage_limit: {
    status: 429,
    title: 'This agent has stored as much as it may.',
    do: 'ask_owner',
    say: 'Ask the owner to raise stored_bytes.',
  },
  disk_full: {
    status: 507,
    title: 'The server is short of space.',
    do: 'ask_owner',
    say: 'Ask the owner to free space.',
    retryable: true,
  },
  unavailable: {
    status: 503,
    title: 'The server can not do that now.',
    do: 'retry',
    say: 'Try again in a moment.',
    retryable: true,
  },
  internal: {
    status: 500,
    title: 'Something went wrong here.',
    do: 'retry',
    say: 'Try again; the request id finds it in the server log.',
    retryable: true,
  },
  not_available: {
    status: 501,
    title: 'This version can not do that yet.',
    do: 'fix',
    say: 'See the documentation of this version.',
  },
  // Deciding
  digest_changed: { status: 409, title: 'The action changed since it was shown.', do: 'fix', say: 'Look at it again.' },
  already_decided: { status: 409, title: 'This was decided already.', do: 'done', say: 'Look at the action.' },
  already_started: {
    status: 409,
    title: 'It has started and can not be cancelled.',
    do: 'wait',
    say: 'Wait for its outcome.',
  },
  already_settled: { status: 409, title: 'Its outcome is known already.', do: 'done', say: 'Look at the action.' },
  action_expired: {
    status: 409,
    title: 'Nobody decided in time.',
    do: 'done',
    say: 'Submit it again if it is still wanted.',
  },
  denied_by_rule: {
    status: 422,
    title: 'A rule refuses this.',
    do: 'fix',
    say: 'The named rule forbids these parameters.',
  },
  signature_unsupported: {
    status: 501,
    title: 'Signed decisions are not in this version.',
    do: 'fix',
    say: 'Leave `signature` out.',
  },
  // An action's end
  denied: {
    status: 200,
    title: 'It was denied.',
    do: 'done',
    say: 'Do not submit it again unchanged; see the reason.',
  },
  rule_denied: { status: 200, title: 'A rule refuses this.', do: 'done', say: 'Do not submit it again unchanged.' },
  expired: {
    status: 200,
    title: 'Nobody decided in time.',
    do: 'retry',
    say: 'Nobody refused it; submit it again if it is still wanted.',
  },
  approval_stale: {
    status: 200,
    title: 'It was approved, but not started in time.',
    do: 'retry',
    say: 'Submit it again if it is still wanted.',
  },
  cancelled: { status: 200, title: 'It was withdrawn.', do: 'done', say: 'Nothing happened.' },
  agent_stopped: { status: 200, title: 'The agent may not act any more.', do: 'ask_owner', say: 'Nothing happened.' },
  access_changed: {
    status: 200,
    title: 'The agent may not ask for this any more.',
    do: 'ask_owner',
    say: 'Nothing happened.',
  },
  connection_changed: {
    status: 200,
    title: 'The connection changed after the approval.',
    do: 'retry',
    say: 'Nothing happened; submit it again.',
  },
  connector_changed: {
    status: 200,
    title: 'The connector changed after the approval.',
    do: 'retry',
    say: 'Nothing happened; submit it again.',
  },
  rule_changed: {
    status: 200,
    title: 'The rule that let it through is not in force any more.',
    do: 'retry',
    say: 'Nothing happened; submit it again.',
  },
  voter_changed: {
    status: 200,
    title: 'A person who approved it may not any more.',
    do: 'retry',
    say: 'Nothing happened; submit it again.',
  },
  approval_unproved: {
    status: 200,
    title: 'The log does not prove the approval.',
    do: 'ask_owner',
    say: 'Nothing happened; the owner must look at the log.',
  },
  outcome_unknown: {
    status: 200,
    title: 'It was sent, and no answer came.',
    do: 'ask_owner',
    say: 'Do not send it again. A person finds out whether it happened.',
  },
  not_sent: {
    status: 200,
    title: 'The service could not be reached; nothing was sent.',
    do: 'retry',
    say: 'Submit it again later.',
    retryable: true,
  },
  service_refused: { status: 200, title: 'The service refused it.', do: 'fix', say: 'See the message.' },
  service_failed: {
    status: 200,
    title: 'The service failed.',
    do: 'retry',
    say: 'The service said that it did not happen.',
    retryable: true,
  },
  service_rate_limited: {
    status: 200,
    title: 'The service asks to slow down.',
    do: 'retry',
    say: 'Submit it again later.',
    retryable: true,
  },
  credential_refused: {
    status: 200,
    title: 'The service refused the credential.',
    do: 'ask_owner',
    say: 'Ask the owner to look at the connection.',
  },
  egress_refused: {
    status: 422,
    title: 'That address may not be reached.',
    do: 'ask_owner',
    say: 'Ask the owner to allow the address.',
  },
  bad_answer: {
    status: 200,
    title: 'The service answered something unexpected.',
    do: 'ask_owner',
    say: 'It happened, but its answer could not be read.',
  },
  answer_too_large: { status: 200, title: 'The answer is too large.', do: 'fix', say: 'It happened; ask for less.' },
  credential_in_result: {
    status: 200,
    title: 'The answer held a credential and is withheld.',
    do: 'ask_owner',
    say: 'It happened; its result is not shown.',
  },
  settled_did_not: {
    status: 200,
    title: 'A person found that it did not happen.',
    do: 'retry',
    say: 'Submit it again if it is still wanted.',
  },
})
export type ErrorCode = keyof typeof errors
export const isErrorCode = (value: string): value is ErrorCode => Object.hasOwn(errors, value)

/** One wrong field of a request. `expected` and `got` are short and safe to show. */
export interface FieldProblem {
  field: string
  expected: string
  got: string
}

/** RFC 9457 problem details, as every error answers. */
export interface Problem {
  type: string
  title: string
  status: number
  detail: string
  code: ErrorCode
  next: Next
  errors?: FieldProblem[]
  request_id?: string
  [more: string]: unknown
}

/** Throw this anywhere; the HTTP edge makes a problem of it. */
export class Refusal extends Error {
  readonly code: ErrorCode
  readonly fields: FieldProblem[]
  readonly more: Record<string, unknown>
  constructor(
    code: ErrorCode,
    detail?: string,
    extra: { fields?: FieldProblem[]; more?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(detail ?? errors[code].title, { cause: extra.cause })
    this.name = 'Refusal'
    this.code = code
    this.fields = extra.fields ?? []
    this.more = extra.more ?? {}
  }
}

/** Problem details for a code. */
export function problem(refusal: Refusal, requestId?: string): Problem {
  const c: Code = errors[refusal.code]
  return {
    ...refusal.more,
    type: `urn:permission-slip:error:${refusal.code}`,
    title: c.title,
    status: c.status,
    detail: refusal.message,
    code: refusal.code,
    next: { do: c.do, say: c.say, url: null, after_s: c.do === 'wait' || c.do === 'retry' ? 5 : null },
    ...(refusal.fields.length > 0 ? { errors: refusal.fields } : {}),
    ...(requestId ? { request_id: requestId } : {}),
  }
}
