import type { Mode } from '../../campaign/depot/journal.ts'

export const kinds = ['keyed', 'probed', 'bare', 'look'] as const
export type Kind = (typeof kinds)[number]

/** What can be done to the gate; `on` picks one of the actions there are: -1 the newest, otherwise by its remainder. */
export type Op =
  | { do: 'submit'; kind: Kind; mode: Mode; expires: boolean }
  | { do: 'submit_again'; on: number; same: boolean }
  | { do: 'approve'; on: number; by: 'owner' | 'approver'; seen: boolean; edit: boolean }
  | { do: 'deny'; on: number }
  | { do: 'cancel_by_agent' | 'cancel_by_person' | 'start' | 'answer'; on: number }
  | { do: 'settle'; on: number; happened: boolean }
  | { do: 'time'; minutes: 3.7 | 70 }
  | { do: 'expire' | 'pause' | 'resume' | 'revoke' | 'remove_connection' | 'change_connection' | 'demote' | 'promote' }
  | { do: 'allow' | 'change_allow' | 'stop_allow' | 'deny_rule' | 'end_deny_rule' | 'freeze' | 'unfreeze' | 'kill' }

export const pick = (on: number, count: number): number => (on < 0 ? count - 1 : on % Math.max(count, 1))

export interface ModelAction {
  kind: Kind
  mode: Mode
  status: string
  code: string | null
  expires: number | null
  startBy: number
  startedAt: number
  /** The version of the allow rule, or the person, that approved it. */
  by: number | 'owner' | 'approver' | null
  revision: number
  /** Whether the service did it. */
  done: boolean
  /** Tries so far to find out an unknown outcome, and when the next is due; null: only a person can. */
  tries: number
  due: number | null
}

export interface Model {
  minute: number
  agent: 'active' | 'paused' | 'revoked'
  revision: number
  removed: boolean
  approver: boolean
  /** Rules about `bare` only: the others are always asked. */
  allow: { version: number; on: boolean } | null
  deny: boolean
  frozen: boolean
  actions: ModelAction[]
}

export const newModel = (): Model => ({
  minute: 0,
  agent: 'active',
  revision: 1,
  removed: false,
  approver: true,
  allow: null,
  deny: false,
  frozen: false,
  actions: [],
})

const ended = (a: ModelAction, status: string, code: string | null = null) => Object.assign(a, { status, code })
const open = (a: ModelAction) => a.status === 'pending' || a.status === 'approved'
const withdrawn = (m: Model, code: string) => m.actions.filter(open).forEach((a) => ended(a, 'cancelled', code))
const denied = (m: Model, a: ModelAction) => a.kind === 'bare' && m.deny

/**
 * The server as naively as it can be said. Changes the model; the code of a refusal, or null.
 * @param late so much real time has passed that every unknown outcome is due to be asked after.
 */
export function apply(m: Model, op: Op, late = false): string | null {
  if ('on' in op) {
    const a = m.actions[pick(op.on, m.actions.length)]
    return a ? applyTo(m, a, op) : null
  }
  switch (op.do) {
    case 'submit':
      return submit(m, op)
    case 'time':
      m.minute += op.minutes
      return null
    case 'expire':
      for (const a of m.actions) {
        if (a.status === 'pending' && a.expires !== null && a.expires <= m.minute) ended(a, 'expired', 'expired')
        else if (a.status === 'approved' && a.startBy <= m.minute) ended(a, 'expired', 'approval_stale')
      }
      return null
    case 'pause':
    case 'resume':
      if (m.agent === 'revoked') return 'agent_revoked'
      m.agent = op.do === 'pause' ? 'paused' : 'active'
      return null
    case 'revoke':
      if (m.agent !== 'revoked') withdrawn(m, 'agent_stopped')
      m.agent = 'revoked'
      return null
    case 'remove_connection':
      if (m.removed) return 'not_found'
      m.removed = true
      m.revision++
      withdrawn(m, 'connection_changed')
      return null
    case 'change_connection':
      if (m.removed) return 'not_found'
      m.revision++
      return null
    case 'demote':
    case 'promote':
      m.approver = op.do === 'promote'
      return null
    case 'allow':
      m.allow ??= { version: 1, on: true }
      return null
    case 'change_allow':
    case 'stop_allow':
      if (m.allow) m.allow = { version: m.allow.version + 1, on: op.do === 'stop_allow' ? false : m.allow.on }
      return null
    case 'deny_rule':
    case 'end_deny_rule':
      m.deny = op.do === 'deny_rule'
      return null
    case 'freeze':
    case 'unfreeze':
      m.frozen = op.do === 'freeze'
      return null
    case 'kill':
      for (const a of m.actions) {
        const due = a.status === 'unknown' && a.due !== null && (late || a.due < m.minute)
        if (a.status === 'executing' || due) recovered(m, a)
      }
      return null
  }
}

function submit(m: Model, { kind, mode, expires }: Op & { do: 'submit' }): string | null {
  if (m.agent !== 'active') return `agent_${m.agent}`
  if (m.frozen) return 'frozen'
  if (m.removed) return 'no_connection'
  const a: ModelAction = {
    kind,
    mode,
    status: 'pending',
    code: null,
    expires: expires ? m.minute + 60 : null,
    startBy: 0,
    startedAt: 0,
    by: null,
    revision: m.revision,
    done: false,
    tries: 1,
    due: null,
  }
  if (denied(m, a)) ended(a, 'denied', 'rule_denied')
  else if (kind === 'bare' && m.allow?.on) approved(m, a, m.allow.version)
  m.actions.push(a)
  return null
}

const approved = (m: Model, a: ModelAction, by: ModelAction['by']) =>
  Object.assign(a, { status: 'approved', by, startBy: m.minute + 5 })

function applyTo(m: Model, a: ModelAction, op: Extract<Op, { on: number }>): string | null {
  switch (op.do) {
    case 'submit_again':
      return op.same ? null : 'idempotency_key_reused'
    case 'approve':
    case 'deny':
      if (a.status !== 'pending') return a.status === 'expired' ? 'action_expired' : 'already_decided'
      if (a.expires !== null && a.expires <= m.minute) return 'action_expired'
      if (op.do === 'deny') {
        ended(a, 'denied', 'denied')
        return null
      }
      if (!op.seen) return 'digest_changed'
      if (op.edit && a.mode !== 'answer') {
        if (denied(m, a)) return 'denied_by_rule'
        a.mode = 'answer'
      }
      approved(m, a, op.by)
      return null
    case 'cancel_by_agent':
    case 'cancel_by_person':
      if (open(a)) ended(a, 'cancelled', 'cancelled')
      if (a.status === 'cancelled') return null
      return a.status === 'expired' ? 'action_expired' : a.status === 'denied' ? 'already_decided' : 'already_started'
    case 'start':
      if (a.status === 'approved' && a.startBy > m.minute) start(m, a)
      return null
    case 'answer':
      if (a.status === 'executing') ended(a, 'succeeded')
      return null
    case 'settle':
      if (a.status !== 'unknown') return 'already_settled'
      ended(a, op.happened ? 'succeeded' : 'failed', op.happened ? null : 'settled_did_not')
      return null
  }
}

function start(m: Model, a: ModelAction): void {
  const changed = m.frozen
    ? 'frozen'
    : m.agent !== 'active'
      ? 'agent_stopped'
      : m.removed || m.revision !== a.revision
        ? 'connection_changed'
        : denied(m, a)
          ? 'rule_denied'
          : typeof a.by === 'number' && !(m.allow?.on && m.allow.version === a.by)
            ? 'rule_changed'
            : a.by === 'approver' && !m.approver
              ? 'voter_changed'
              : null
  if (changed) return void ended(a, 'cancelled', changed)
  a.startedAt = m.minute
  a.done = a.kind !== 'look' && (a.mode === 'answer' || a.mode === 'hold')
  if (a.mode === 'answer') ended(a, 'succeeded')
  else if (a.mode === 'refuse') ended(a, 'failed', 'service_refused')
  else a.status = 'executing'
}

/** After a kill in the middle: by reading again, by the key, by the probe, or not at all. */
function recovered(m: Model, a: ModelAction): void {
  const same = !m.frozen && !m.removed && m.revision === a.revision && m.agent === 'active' && !denied(m, a)
  if (same && a.kind === 'look') ended(a, 'succeeded')
  else if (same && a.kind === 'keyed' && m.minute < a.startedAt + 54) {
    ended(a, 'succeeded')
    a.done = true
  } else if (same && a.kind === 'probed') ended(a, a.done ? 'succeeded' : 'failed', a.done ? null : 'not_sent')
  else {
    a.tries++
    const seconds = a.status === 'executing' ? 10 : Math.min(10 * 4 ** a.tries, 3600)
    a.due = a.status === 'unknown' && a.kind === 'bare' ? null : m.minute + seconds / 60
    ended(a, 'unknown', 'outcome_unknown')
  }
}
