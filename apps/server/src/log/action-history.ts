import type { Status } from '@permission-slip/protocol/states.ts'
import { isEnd, type Mover, mayMove } from '@permission-slip/protocol/states.ts'
import type { KnownEntry } from './read-entry.ts'

/** An action as far as the log has told it. */
interface Told {
  status: Status
  /** Nothing came since its submission: only now may a rule decide. */
  fresh: boolean
  agent: string | null
  connector: string | null
  action: string | null
  effect: string | null
  /** What a decision must be over; null for an action of the epoch before a restore. */
  digest: string | null
  /** People whose vote for this digest stands. */
  votes: Set<string>
  /** Digest of the approving entry's leaf, and until when it may start. */
  approval: { leaf: string; startBy: number } | null
  attempt: number
  /** What a person found, until the outcome's entry says the same. */
  settled: boolean | null
}

/** What the content of an `action.submitted` must agree with. */
export type Asked = Pick<Told, 'agent' | 'connector' | 'action'>

/**
 * Follows every action of a log through the closed table of states. An entry that the table, the decision rules or the
 * actor forbid is refused by a sentence. Memory: the live actions, and the ids of those that ended.
 */
export class ActionHistory {
  readonly #live = new Map<string, Told>()
  readonly #ended = new Set<string>()
  /** After a restore, actions and rules of the epoch before it may appear without their beginning. */
  #restored = false
  /** The version in force of every rule; null: it was removed. */
  readonly #rules = new Map<string, number | null>()
  readonly #whole: boolean

  /** @param told `action`: only the entries of one action will come, so what rules there were can't be known. */
  constructor(told: 'all' | 'action') {
    this.#whole = told === 'all'
  }

  /** Facts of a live action, for its content. */
  asked(id: string | null): Asked | undefined {
    return id === null ? undefined : this.#live.get(id)
  }

  /** @param leaf `sha256:` of the entry's leaf. */
  apply(entry: KnownEntry, leaf: string): string | null {
    if (entry.type === 'log.restored') this.#restored = true
    if (entry.type === 'rule.created' || entry.type === 'rule.changed' || entry.type === 'rule.removed')
      return this.#rule(entry)
    if (!entry.type.startsWith('action.')) return null
    const id = entry.subject
    if (id === null || !id.startsWith('act_')) return `its subject is no action: ${id}`
    if (this.#ended.has(id)) return isForgery(entry) ? null : `${id} has ended; nothing may follow`
    if (entry.type === 'action.submitted') return this.#submitted(id, entry)
    const told = this.#live.get(id) ?? this.#carried(id, entry)
    if (told === null) return `${id} was never submitted`
    const fault = step(told, entry, leaf, this.#restored) ?? this.#byKnownRule(entry)
    told.fresh = false
    if (isEnd(told.status)) {
      this.#live.delete(id)
      this.#ended.add(id)
    }
    return fault
  }

  #submitted(id: string, entry: KnownEntry & { type: 'action.submitted' }): string | null {
    if (this.#live.has(id)) return `${id} was submitted before`
    const { agent, connector, action, effect, digest } = entry.data
    this.#live.set(id, { ...unheard, fresh: true, agent, connector, action, effect, digest, votes: new Set() })
    if (entry.actor.kind === 'server') return 'only an agent, or a person for it, submits an action'
    if (entry.actor.kind === 'agent' && entry.actor.id !== agent)
      return `${entry.actor.id} submitted it in the name of ${agent}`
    return null
  }

  #rule(entry: KnownEntry & { type: 'rule.created' | 'rule.changed' | 'rule.removed' }): string | null {
    const id = entry.subject
    if (id === null || !id.startsWith('rul_')) return `its subject is no rule: ${id}`
    const before = this.#rules.get(id)
    this.#rules.set(id, entry.type === 'rule.removed' ? null : entry.data.version)
    if (before === null) return `${id} was removed; nothing may follow`
    if (entry.type === 'rule.created') return before === undefined ? null : `${id} was created before`
    return before !== undefined || this.#restored ? null : `${id} was never created`
  }

  /** What a rule decided, it decided in the version that people had given it, before it was removed. */
  #byKnownRule(entry: KnownEntry): string | null {
    if ((entry.type !== 'action.approved' && entry.type !== 'action.denied') || entry.data.by !== 'rule') return null
    const { rule, rule_version } = entry.data
    if (!this.#whole || rule === null) return null
    const version = this.#rules.get(rule)
    if (version === undefined) return this.#restored ? null : `${rule} was never created`
    if (version === null) return `${rule} was removed before`
    return version === rule_version ? null : `${rule} had version ${version}, not ${rule_version}`
  }

  #carried(id: string, entry: KnownEntry): Told | null {
    if (
      !this.#restored ||
      !['action.unknown', 'action.rebound', 'action.cancelled', 'action.expired'].includes(entry.type)
    )
      return null
    const status = entry.type === 'action.unknown' ? 'executing' : 'pending'
    const told: Told = { ...unheard, status, votes: new Set() }
    this.#live.set(id, told)
    return told
  }
}

const unheard: Told = {
  status: 'pending',
  fresh: false,
  agent: null,
  connector: null,
  action: null,
  effect: null,
  digest: null,
  votes: new Set(),
  approval: null,
  attempt: 0,
  settled: null,
}

/** Moves the action; what stands in the way is returned, and it is moved all the same, so that one fault is one problem. */
function step(told: Told, entry: KnownEntry, leaf: string, restored: boolean): string | null {
  const from = told.status
  const to = (status: Status, by: Mover): string | null => {
    told.status = status
    return mayMove(from, status, by) ? null : `an action that is ${from} does not become ${status}`
  }
  const same = (digest: string): string | null =>
    told.digest === null || told.digest === digest
      ? null
      : `it is over ${digest}, the action's digest is ${told.digest}`
  switch (entry.type) {
    case 'action.edited':
    case 'action.rebound': {
      told.digest = entry.data.digest
      told.votes = new Set()
      return (
        to('pending', 'person') ?? (entry.type === 'action.edited' ? byPerson(entry, entry.data) : notByAgent(entry))
      )
    }
    case 'action.voted': {
      if (entry.data.effect === 'approve') told.votes.add(entry.data.person)
      else told.votes.delete(entry.data.person)
      return to('pending', 'person') ?? same(entry.data.digest) ?? byPerson(entry, entry.data)
    }
    case 'action.approved': {
      told.approval = { leaf, startBy: entry.data.start_by }
      return same(entry.data.digest) ?? decided(told, entry, 'approved', to) ?? enough(told, entry)
    }
    case 'action.denied':
      return same(entry.data.digest) ?? decided(told, entry, 'denied', to)
    case 'action.cancelled': {
      const kind = entry.data.by === 'executor' ? 'server' : entry.data.by
      const moved = to('cancelled', entry.data.by)
      // A row that was forged is withdrawn from where the log knows the action: nothing had approved it.
      const fault = entry.data.code === 'approval_unproved' ? null : moved
      if (entry.actor.kind !== kind)
        return `it says it was cancelled by the ${entry.data.by}, its actor is a ${entry.actor.kind}`
      const another = entry.actor.kind === 'agent' && told.agent !== null && entry.actor.id !== told.agent
      return fault ?? (another ? `${told.agent}'s action was cancelled by another agent` : null)
    }
    case 'action.expired': {
      const code = from === 'approved' ? 'approval_stale' : 'expired'
      return to('expired', 'clock') ?? (entry.data.code === code ? null : `its code is not ${code}`)
    }
    case 'action.started':
      return started(told, entry, from) ?? same(entry.data.digest) ?? notByAgent(entry)
    case 'action.step': {
      if (from !== 'executing' && from !== 'unknown') return `an action that is ${from} sends nothing`
      // What got no answer is sent, or asked after, in further attempts of the same start.
      return entry.data.attempt >= told.attempt ? null : `attempt ${entry.data.attempt} is before the one that started`
    }
    case 'action.succeeded':
    case 'action.failed': {
      const status = entry.type === 'action.succeeded' ? 'succeeded' : 'failed'
      return outcome(told, entry, from, status, to) ?? same(entry.data.digest)
    }
    case 'action.unknown':
      return to('unknown', restored ? 'restore' : 'executor') ?? same(entry.data.digest) ?? notByAgent(entry)
    case 'action.settled': {
      told.settled = entry.data.happened
      if (from !== 'unknown') return `an action that is ${from} has nothing to settle`
      return byPerson(entry, entry.data)
    }
    default:
      return null
  }
}

const notByAgent = (entry: KnownEntry): string | null =>
  entry.actor.kind === 'agent' ? `an agent can't do this: ${entry.actor.id}` : null

/** A person did it, the one that the entry names, and in the way that it names. */
function byPerson(entry: KnownEntry, said: { person: string | null; via: string | null }): string | null {
  const { actor } = entry
  if (actor.kind !== 'person') return `only a person can do this; its actor is a ${actor.kind}`
  return actor.id === said.person && actor.via === said.via
    ? null
    : `it names ${said.person} by ${said.via}, its actor is ${actor.id} by ${actor.via}`
}

type Decided = KnownEntry & { type: 'action.approved' | 'action.denied' }
function decided(
  told: Told,
  entry: Decided,
  status: 'approved' | 'denied',
  to: (status: Status, by: Mover) => string | null,
): string | null {
  const { by, rule, rule_version } = entry.data
  const { status: from, fresh } = told
  const fault = to(status, 'person')
  if (fault !== null) return fault
  if (by === 'person') return byPerson(entry, entry.data)
  if (from !== 'pending' || !fresh) return 'a rule decides when an action is submitted, not later'
  if (rule === null || rule_version === null) return 'it names no rule and version'
  return notByAgent(entry)
}

/** A person's approval stands on votes that were logged before it. */
function enough(told: Told, entry: KnownEntry & { type: 'action.approved' }): string | null {
  const { by, person, required } = entry.data
  if (by === 'rule') return null
  if (person === null || !told.votes.has(person)) return `${person} did not vote for this digest`
  const needed = Math.max(1, required)
  return told.votes.size >= needed ? null : `${told.votes.size} of ${needed} votes stand for this digest`
}

function started(told: Told, entry: KnownEntry & { type: 'action.started' }, from: Status): string | null {
  const { decision, attempt } = entry.data
  told.status = 'executing'
  told.attempt = attempt
  // It starts once: what recovery sends further is a step of the same start.
  if (!mayMove(from, 'executing', 'executor')) return `an action that is ${from} does not start`
  if (told.approval === null) return 'nothing approved it'
  if (decision !== told.approval.leaf) return `it stands on ${decision}, the approving entry is ${told.approval.leaf}`
  if (Date.parse(entry.time) > told.approval.startBy) return 'it started after the approval had gone stale'
  return null
}

function outcome(
  told: Told,
  entry: KnownEntry & { type: 'action.succeeded' | 'action.failed' },
  from: Status,
  status: 'succeeded' | 'failed',
  to: (status: Status, by: Mover) => string | null,
): string | null {
  const { by } = entry.data
  const fault = to(status, by === 'person' ? 'person' : 'recovery')
  if (fault !== null) return fault
  if (by === 'person') {
    return told.settled === (status === 'succeeded') ? null : `no person settled it as ${status}`
  }
  if (from === 'unknown' && by === 'executor' && told.effect !== 'read')
    return 'what is unknown is settled by key, probe or a person'
  return notByAgent(entry)
}

/** A row that was made to look approved is withdrawn, wherever the log knows the action to be: it tells of the forgery. */
const isForgery = (entry: KnownEntry): boolean =>
  entry.type === 'action.cancelled' && entry.data.code === 'approval_unproved' && entry.actor.kind === 'server'
