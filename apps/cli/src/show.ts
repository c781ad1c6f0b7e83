import type { Action, Decision } from '@permission-slip/protocol/action.ts'
import type { Status } from '@permission-slip/protocol/states.ts'
import { safeJson } from './terminal.ts'
import { type Colour, line, paint } from './text.ts'

const colours: Record<Status, Colour> = {
  pending: 'yellow',
  approved: 'yellow',
  executing: 'yellow',
  succeeded: 'green',
  denied: 'red',
  failed: 'red',
  unknown: 'red',
  cancelled: 'dim',
  expired: 'dim',
}

export const showStatus = (status: Status) => paint(colours[status], status)

const waiting: Partial<Record<Status, string>> = {
  pending: 'A person has to decide.',
  approved: 'It starts in a moment.',
  executing: 'It is being done.',
}

/** An action for a person: what it is, where it stands, what to do now. */
export function showAction(action: Action): string {
  const { id, status, connector, action: verb, summary, error, next } = action
  const lines = [line`${showStatus(status)}  ${connector}.${verb}  ${paint('dim', id)}`, line`  ${summary.text}`]
  const said = saidBy(action.decision)
  if (said) lines.push(line`  ${said}`)
  if (error && error.message !== action.decision?.reason)
    lines.push(line`  ${paint('red', error.code)}  ${error.message}`)
  if (action.partial) lines.push('  Part of it happened.')
  if (action.result !== null)
    lines.push(
      ...safeJson(action.result, true)
        .split('\n')
        .map((part) => line`  ${part}`),
    )
  // The server's own sentence is for a program that calls it.
  if (next.do === 'wait')
    lines.push(line`  ${waiting[status] ?? ''} Look again: permission-slip status ${id} --wait 60`)
  else if (next.do !== 'done') lines.push(line`  ${next.say}`)
  return lines.join('\n')
}

function saidBy(decision: Decision | null): string | null {
  if (!decision?.effect) return null
  const who = decision.by === 'rule' ? `by rule ${decision.rule ?? ''}` : `by ${decision.person ?? 'a person'}`
  const edited = decision.edited ? ', after an edit' : ''
  const reason = decision.reason ? `: ${decision.reason}` : ''
  return `${decision.effect === 'approve' ? 'Approved' : 'Denied'} ${who}${edited}${reason}`
}

/** Exit codes of `submit` and `status`. */
export function exitCodeOfAction(action: Pick<Action, 'status' | 'partial' | 'error'>): number {
  switch (action.status) {
    case 'succeeded':
      // It happened, but the agent has not got its result.
      return action.partial || action.error !== null ? 5 : 0
    case 'denied':
      return 3
    case 'expired':
    case 'cancelled':
      return 4
    case 'failed':
      return 5
    case 'unknown':
      return 6
    case 'pending':
    case 'approved':
    case 'executing':
      return 7
  }
}
