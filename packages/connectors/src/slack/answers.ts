import { z } from 'zod'
import { parseJson, readAnswer } from '../../kit/answer.ts'
import { ServiceFault, Unanswered } from '../../kit/faults.ts'
import { harmless } from '../../kit/say.ts'
import type { Connector, HttpRequest, WireAnswer } from '../../kit/types.ts'
import { read } from './parts.ts'

const said = z.object({
  ok: z.literal(false),
  error: z.string().catch('no reason given'),
  needed: z.string().optional().catch(undefined),
  response_metadata: z
    .object({ messages: z.array(z.string()).optional() })
    .optional()
    .catch(undefined),
})

/** What Slack says of the token itself. */
const ofCredential = new Set([
  'account_inactive',
  'invalid_auth',
  'missing_scope',
  'no_permission',
  'not_allowed_token_type',
  'not_authed',
  'team_access_not_granted',
  'token_expired',
  'token_revoked',
  'two_factor_setup_required',
])
/** Where Slack says itself that some of it may have happened. */
const inDoubt = new Set(['fatal_error', 'internal_error', 'service_unavailable'])

/** Slack answers 200 to almost everything, and `ok: false` where it did not do it. */
export function fault(answer: WireAnswer, request: HttpRequest): Error | null {
  if ('handoff' in request.to || answer.status !== 200) return null
  const no = refusal(answer)
  if (no === null) return null
  const details = (no.response_metadata?.messages ?? []).slice(0, 3).join('; ')
  const needed = no.needed === undefined ? '' : ` (it needs ${no.needed})`
  const told = harmless(`Slack answered ${no.error}${needed}${details === '' ? '' : `: ${details}`}`)
  const message = `${told.slice(0, 400)}.`
  if (ofCredential.has(no.error)) return new ServiceFault('credential_refused', message)
  if (no.error === 'ratelimited' || no.error === 'rate_limited')
    return new ServiceFault('service_rate_limited', message, true)
  if (!inDoubt.has(no.error)) return new ServiceFault('service_refused', message)
  return request.reads === true
    ? new ServiceFault('service_failed', message, true)
    : new Unanswered(`${message} That does not say whether it happened.`)
}

function refusal(answer: WireAnswer): z.output<typeof said> | null {
  try {
    return said.safeParse(parseJson(answer.body)).data ?? null
  } catch {
    return null
  }
}

const identity = z.object({ team: z.string(), team_id: z.string(), user: z.string(), user_id: z.string() })

export const check: Connector['check'] = {
  request: () => read('auth.test', {}),
  read: (answer) => {
    const { team, team_id, user, user_id } = readAnswer(identity, answer)
    return { account_id: `${team_id}/${user_id}`, account: `${user} in ${team}`, warnings: [] }
  },
}
