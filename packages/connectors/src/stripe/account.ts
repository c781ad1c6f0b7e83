import { z } from 'zod'
import { parseJson, readAnswer } from '../../kit/answer.ts'
import { Unanswered } from '../../kit/faults.ts'
import { path } from '../../kit/path.ts'
import { get } from '../../kit/request.ts'
import type { Connector, WireAnswer } from '../../kit/types.ts'

const busy = z.object({ error: z.object({ code: z.literal('idempotency_key_in_use') }) })

/** A key that is in use says that an earlier try of the same still runs: what becomes of that one is open. */
export function fault(answer: WireAnswer): Error | null {
  if (answer.status !== 409) return null
  try {
    if (!busy.safeParse(parseJson(answer.body)).success) return null
  } catch {
    return null
  }
  return new Unanswered('Stripe is still at an earlier try of this, whose end it has not told.')
}

const account = z.object({
  id: z.string(),
  email: z.string().nullish(),
  business_profile: z.object({ name: z.string().nullish() }).nullish(),
  settings: z.object({ dashboard: z.object({ display_name: z.string().nullish() }).nullish() }).nullish(),
})

export const check: Connector['check'] = {
  // A restricted key that may not read the account is answered 403; a wrong one 401.
  request: () => get(path`/v1/account`, { accept: [403] }),
  read: (answer) => {
    if (answer.status === 403)
      return {
        account_id: null,
        account: null,
        warnings: ['This restricted key may not read the account, so its name is not known.'],
      }
    const a = readAnswer(account, answer)
    const name = a.settings?.dashboard?.display_name || a.business_profile?.name || a.email
    return { account_id: a.id, account: name ? `${name} (${a.id})` : a.id, warnings: [] }
  },
}
