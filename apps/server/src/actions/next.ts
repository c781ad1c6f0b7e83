import type { ActionError, Next } from '@permission-slip/protocol/action.ts'
import { errors, isErrorCode } from '@permission-slip/protocol/errors.ts'
import type { Status } from '@permission-slip/protocol/states.ts'

const wait = (say: string, url: string | null, after_s: number): Next => ({ do: 'wait', say, url, after_s })

/** What an agent does now. `url` is where it, or its owner, goes next. */
export function nextFor(
  action: { id: string; status: Status; error: ActionError | null; reason: string | null },
  publicUrl: string,
): Next {
  const self = `/api/v1/actions/${action.id}`
  switch (action.status) {
    case 'pending':
      return { ...wait('A person has to decide. Wait for it: GET this action with ?wait=60.', self, 5) }
    case 'approved':
      return wait('It is approved and starts in a moment.', self, 1)
    case 'executing':
      return wait('It is running.', self, 1)
    case 'succeeded':
      if (action.error) return { do: 'done', say: sentence(action.error.code), url: null, after_s: null }
      return { do: 'done', say: 'It happened; see result.', url: null, after_s: null }
    case 'denied':
      return {
        do: 'done',
        say: action.reason ? `It was denied: ${action.reason} Do not submit it again unchanged.` : sentence('denied'),
        url: null,
        after_s: null,
      }
    case 'unknown':
      return { do: 'ask_owner', say: sentence('outcome_unknown'), url: `${publicUrl}/a/${action.id}`, after_s: null }
    default: {
      const code = action.error?.code ?? action.status
      const known = isErrorCode(code) ? errors[code] : errors.internal
      return { do: known.do, say: known.say, url: null, after_s: known.do === 'retry' ? 5 : null }
    }
  }
}

const sentence = (code: string): string => (isErrorCode(code) ? errors[code].say : errors.internal.say)
