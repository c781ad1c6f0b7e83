import type { Decision } from '@permission-slip/protocol/action.ts'
import type { Actor } from '@permission-slip/protocol/log.ts'
import type { Selectable } from 'kysely'
import { iso } from '../clock.ts'
import type { ActionRow } from '../db/schema/actions.ts'
import type { Db, Tx } from '../db/writer-types.ts'
import { serverActor } from '../http/caller.ts'
import type { Match } from '../rules/match.ts'
import { move } from './move.ts'
import { type ProvenEntry, type TrustedKeys, trustedEntries } from './proven-entries.ts'
import { actionError, askedContent, decidedOver, digestOf } from './row.ts'

const decisionOf = (of: Partial<Decision>): string =>
  JSON.stringify({
    effect: null,
    by: null,
    rule: null,
    rule_version: null,
    person: null,
    edited: false,
    reason: null,
    at: null,
    required: 1,
    votes: [],
    ...of,
  } satisfies Decision)

/** A row that is not stored yet: everything but its state and what follows from it. */
export type NewAction = Omit<Selectable<ActionRow>, 'status' | 'decision' | 'start_by' | 'seq' | 'error' | 'ended_at'>

/**
 * Records a submission and settles it by the rules, in the caller's transaction: `approved`, `denied`, or `pending`.
 * `mayAllow` is false while the clock is in doubt: then an allow rule asks.
 */
export async function open(
  tx: Tx,
  made: NewAction,
  actor: Actor,
  match: Match,
  may: { mayAllow: boolean; startWithinMs: number },
): Promise<ActionRow> {
  const outcome = match.outcome === 'allow' && !may.mayAllow ? 'ask' : match.outcome
  const to = outcome === 'allow' ? 'approved' : outcome === 'deny' ? 'denied' : 'pending'
  const row: ActionRow = {
    ...made,
    status: to,
    decision: null,
    start_by: null,
    seq: 0,
    error: null,
    ended_at: null,
  }
  const { agent, connector, action, connection, connection_revision, digest, retry_of } = row
  const effect = row.effect as 'read'
  const risk = row.risk as 'low'
  let last = await tx.append({
    type: 'action.submitted',
    actor,
    subject: row.id,
    data: { agent, connector, action, connection, connection_revision, digest, effect, risk, retry_of },
    content: askedContent(row),
  })
  if (to !== 'pending' && match.by) {
    const by = { by: 'rule' as const, rule: match.by.rule, rule_version: match.by.version, person: null, via: null }
    const known = {
      by: 'rule' as const,
      rule: match.by.rule as Decision['rule'],
      rule_version: match.by.version,
      at: iso(tx.now),
    }
    if (to === 'approved') {
      row.start_by = tx.now + may.startWithinMs
      last = await tx.append({
        type: 'action.approved',
        actor: serverActor,
        subject: row.id,
        data: { digest, ...by, required: 0, start_by: row.start_by },
      })
      row.decision = decisionOf({ effect: 'approve', required: 0, ...known })
    } else {
      last = await tx.append({ type: 'action.denied', actor: serverActor, subject: row.id, data: { digest, ...by } })
      row.decision = decisionOf({ effect: 'deny', required: 0, reason: match.say, ...known })
      row.error = actionError('rule_denied', match.say)
      row.ended_at = tx.now
    }
  } else
    row.decision = decisionOf({
      rule: (match.by?.rule as Decision['rule'] | undefined) ?? null,
      rule_version: match.by?.version ?? null,
    })
  row.seq = last.seq
  await tx.db.insertInto('actions').values(row).execute()
  tx.changed({ connector, from: null, to, by: 'submit', ageMs: 0 })
  return row
}

/** A person's vote: the decision with it, in place of their earlier one, and its own entry. */
function castVote(
  tx: Tx,
  row: ActionRow,
  vote: { person: string; via: 'session' | 'token' | 'device' },
  effect: 'approve' | 'deny',
) {
  const { digest } = row
  const { via } = vote
  const before = JSON.parse(row.decision ?? decisionOf({})) as Decision
  const actor: Actor = { kind: 'person', id: vote.person, via }
  const person = vote.person as Decision['person'] & string
  const at = iso(tx.now)
  const votes = [...before.votes.filter((v) => v.person !== person), { person, effect, digest, via, at }]
  const by: Decision = { ...before, effect, by: 'person', person, at, votes }
  const data = { digest, person: vote.person, effect, via }
  const record = () => tx.append({ type: 'action.voted', actor, subject: row.id, data })
  return { before, actor, by, record }
}

/** A person's vote that completes an approval. The vote is an entry of its own before it. */
export async function approveByPerson(
  tx: Tx,
  row: ActionRow,
  vote: { person: string; via: 'session' | 'token' | 'device'; edited: boolean },
  startWithinMs: number,
): Promise<ActionRow> {
  const { digest } = row
  const { before, actor, by, record } = castVote(tx, row, vote, 'approve')
  const start_by = tx.now + startWithinMs
  const decision = decisionOf({ ...by, edited: before.edited || vote.edited })
  return move(tx, row, 'approved', 'person', { decision, start_by }, async () => {
    await record()
    return tx.append({
      type: 'action.approved',
      actor,
      subject: row.id,
      data: {
        digest,
        by: 'person',
        rule: before.rule,
        rule_version: before.rule_version,
        person: vote.person,
        via: vote.via,
        required: before.required,
        start_by,
      },
    })
  })
}

export async function denyByPerson(
  tx: Tx,
  row: ActionRow,
  vote: { person: string; via: 'session' | 'token' | 'device'; reason: string | null },
): Promise<ActionRow> {
  const { digest } = row
  const { actor, by, record } = castVote(tx, row, vote, 'deny')
  const decision = decisionOf({ ...by, reason: vote.reason })
  return move(
    tx,
    row,
    'denied',
    'person',
    { decision, error: actionError('denied', vote.reason ?? undefined), ended_at: tx.now },
    async () => {
      await record()
      return tx.append({
        type: 'action.denied',
        actor,
        subject: row.id,
        data: { digest, by: 'person', rule: null, rule_version: null, person: vote.person, via: vote.via },
        ...(vote.reason === null ? {} : { content: { reason: vote.reason } }),
      })
    },
  )
}

/** The entry that approved this row as it stands, by entries whose signatures hold; null if they do not prove it. */
export function approvalIn(entries: readonly ProvenEntry[], row: ActionRow): ProvenEntry | null {
  const digest = digestOf(decidedOver(row), row.salt)
  if (digest !== row.digest) return null
  const bound = entries.findLast((e) => ['action.submitted', 'action.edited', 'action.rebound'].includes(e.type))
  const approved = entries.findLast((e) => e.type === 'action.approved')
  if (!bound || !approved || bound.seq > approved.seq) return null
  if (bound.data['digest'] !== digest || approved.data['digest'] !== digest) return null
  if (
    entries.some(
      (e) =>
        e.seq > approved.seq &&
        ['action.cancelled', 'action.expired', 'action.denied', 'action.edited'].includes(e.type),
    )
  )
    return null
  if (approved.data['by'] === 'person') {
    const voters = votersIn(entries, digest)
    if (voters.length === 0 || voters.length < Number(approved.data['required'])) return null
  }
  return approved
}

/** Whether the log knows it as started, or more: then an approval is spent, whatever a row says. */
export const isSpent = (entries: readonly ProvenEntry[], approved: ProvenEntry): boolean =>
  entries.some((e) => e.seq > approved.seq && ['action.started', ...outcomes].includes(e.type))
const outcomes = ['action.succeeded', 'action.failed', 'action.unknown']

/** The people whose approval of this digest counts: since it was last bound, and not taken back. */
export function votersIn(entries: readonly ProvenEntry[], digest: string): string[] {
  const voters = new Set<string>()
  for (const { type, data } of entries) {
    if (['action.submitted', 'action.edited', 'action.rebound'].includes(type)) voters.clear()
    if (type !== 'action.voted' || data['digest'] !== digest) continue
    if (data['effect'] === 'approve') voters.add(String(data['person']))
    else voters.delete(String(data['person']))
  }
  return [...voters]
}

/**
 * Proof that an action may run. Nothing opens a credential or reaches the network in an action's name without one, and
 * there is no other way to get one than `prove`: from entries of the log whose signatures hold. A cast does not make one.
 */
export class Approved {
  readonly #row: ActionRow
  private constructor(row: ActionRow) {
    this.#row = row
  }
  static is(x: unknown): x is Approved {
    return typeof x === 'object' && x !== null && #row in x
  }
  get action(): string {
    return this.#row.id
  }
  get connector(): string {
    return this.#row.connector
  }
  get connection(): string | null {
    return this.#row.connection
  }
  /** What was approved, to the byte. */
  get params(): string {
    return this.#row.params
  }

  /** Null if the log does not prove that this row, started by this copy, was approved as it stands. */
  static async prove(db: Db, keys: TrustedKeys, row: ActionRow, copy: string): Promise<Approved | null> {
    const entries = await trustedEntries(db, keys, row.id)
    const approved = entries && approvalIn(entries, row)
    if (!entries || !approved) return null
    const started = entries.findLast((e) => e.type === 'action.started')
    if (!started || started.data['decision'] !== approved.digest || started.data['digest'] !== row.digest) return null
    // An unknown outcome may still be found out; one that is known is not run again.
    if (entries.some((e) => e.seq > started.seq && ['action.succeeded', 'action.failed'].includes(e.type))) return null
    if (row.copy !== copy || !['executing', 'unknown'].includes(row.status)) return null
    return new Approved(row)
  }
}
