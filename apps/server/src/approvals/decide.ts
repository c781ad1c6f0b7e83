import { parseParams } from '@permission-slip/connectors/kit/params.ts'
import type { Decision, Risk } from '@permission-slip/protocol/action.ts'
import { canonical } from '@permission-slip/protocol/canonical.ts'
import { type ErrorCode, errors, Refusal } from '@permission-slip/protocol/errors.ts'
import type { Json, JsonObject } from '@permission-slip/protocol/json.ts'
import { findAction, knownParams } from '../actions/parse.ts'
import { renderedHash } from '../actions/rendered.ts'
import { askedContent, decidedOver, digestOf, readAction } from '../actions/row.ts'
import { approveByPerson, denyByPerson } from '../actions/settle.ts'
import { startsWithin } from '../actions/submit.ts'
import { withdraw } from '../actions/withdraw.ts'
import { limitsOf, readAgent } from '../agents/row.ts'
import type { Context } from '../context.ts'
import type { ActionRow } from '../db/schema/actions.ts'
import type { Tx } from '../db/writer-types.ts'
import { storeFiles } from '../files/params.ts'
import { actorOf, type Caller, type PersonCaller } from '../http/caller.ts'
import { mayDecideRisk } from '../people/roles.ts'
import { judge } from '../rules/judge.ts'
import { readSetting } from '../settings.ts'

/** Compare-and-set: pending, not expired by the log's clock, and exactly what was on the screen. */
async function pendingRow(tx: Tx, id: string, digest: string): Promise<ActionRow> {
  const row = await readAction(tx.db, id, null)
  if (row.status !== 'pending')
    throw new Refusal(row.status === 'expired' ? 'action_expired' : 'already_decided', `It is ${row.status}.`, {
      more: { status: row.status },
    })
  if (row.expires_at !== null && row.expires_at <= tx.now) throw new Refusal('action_expired')
  if (row.digest !== digest) throw new Refusal('digest_changed', undefined, { more: { digest: row.digest } })
  return row
}

/**
 * A person approves, perhaps with other parameters. An edit is parsed as strictly as a submission and matched against
 * the deny rules again; it makes a new digest, and what runs is what was approved.
 */
export async function approve(
  ctx: Context,
  caller: PersonCaller,
  id: string,
  asked: { digest: string; params?: JsonObject | undefined; new_digest?: string | undefined },
): Promise<ActionRow> {
  const before = await readAction(ctx.db, id, null)
  const found = await findAction(ctx, before.connector, before.action)
  const known = await knownParams(ctx, before.connector, before.action)
  const files =
    asked.params === undefined
      ? null
      : await storeFiles(ctx, before.agent, found.action, parseParams(found.action, asked.params))
  const edited = files?.params ?? null
  const rendered = edited && (await renderedHash(ctx, found.connector, found.action, edited))

  const work = async (tx: Tx): Promise<ActionRow> => {
    let now = await pendingRow(tx, id, asked.digest)
    const refused = mayDecideRisk(
      caller,
      now.risk as Risk,
      (await readSetting(tx.db, 'tokens_decide_high_risk')) === true,
    )
    if (refused) throw refused
    const isEdit = edited !== null && canonical(edited) !== canonical(JSON.parse(now.params) as Json)
    if (isEdit) {
      await files?.keep(tx, actorOf(caller))
      const match = await judge(tx.db, { ...now, params: JSON.stringify(edited) }, known, tx.now)
      if (match.outcome === 'deny') throw new Refusal('denied_by_rule', match.say, { more: { rule: match.by?.rule } })
      now = await edit(tx, caller, now, edited, { summary: JSON.stringify(found.action.summary(edited)), rendered })
    }
    if (asked.new_digest !== undefined && asked.new_digest !== now.digest)
      throw new Refusal('digest_changed', 'new_digest is not the digest of these parameters.', {
        more: { digest: now.digest },
      })
    const { limits } = await readAgent(tx.db, now.agent)
    const startWithin = startsWithin(found.action, limitsOf({ limits }))
    return approveByPerson(tx, now, { person: caller.id, via: caller.via, edited: isEdit }, startWithin)
  }
  const row = await (files ? files.during(() => ctx.writer.write(work)) : ctx.writer.write(work))
  ctx.executor.kick(row.id)
  return row
}

/** New parameters, new digest, the same salt; votes start again. `pending` stays `pending`. */
async function edit(
  tx: Tx,
  caller: PersonCaller,
  row: ActionRow,
  params: JsonObject,
  shown: Pick<ActionRow, 'summary' | 'rendered'>,
): Promise<ActionRow> {
  const digest = digestOf({ ...decidedOver(row), params }, row.salt)
  const before = JSON.parse(row.decision ?? '{}') as Decision
  const decision = JSON.stringify({ ...before, edited: true, votes: [] })
  const next: ActionRow = { ...row, params: JSON.stringify(params), digest, ...shown, decision }
  const { seq } = await tx.append({
    type: 'action.edited',
    actor: actorOf(caller),
    subject: row.id,
    data: { digest, person: caller.id, via: caller.via },
    content: askedContent(next),
  })
  const set = { params: next.params, digest, ...shown, decision, seq }
  const done = await tx.db
    .updateTable('actions')
    .set(set)
    .where('id', '=', row.id)
    .where('status', '=', 'pending')
    .where('digest', '=', row.digest)
    .executeTakeFirst()
  if (done.numUpdatedRows !== 1n) throw new Refusal('digest_changed')
  return { ...next, seq }
}

/** A person denies. The reason reaches the agent. */
export async function deny(
  ctx: Context,
  caller: PersonCaller,
  id: string,
  asked: { digest: string; reason?: string | undefined },
): Promise<ActionRow> {
  return ctx.writer.write(async (tx) => {
    const row = await pendingRow(tx, id, asked.digest)
    return denyByPerson(tx, row, { person: caller.id, via: caller.via, reason: asked.reason?.trim() || null })
  })
}

/** The agent, or a person, withdraws what has not started. Cancelling twice is no error. */
export async function cancel(
  ctx: Context,
  caller: Caller,
  id: string,
  spend: (tx: Tx) => Promise<void>,
): Promise<ActionRow> {
  return ctx.writer.write(async (tx) => {
    await spend(tx)
    const row = await readAction(tx.db, id, caller.kind === 'agent' ? caller.id : null)
    if (row.status === 'cancelled') return row
    if (row.status === 'pending' || row.status === 'approved') return withdraw(tx, row, 'cancelled', actorOf(caller))
    const started: ErrorCode = ['executing', 'succeeded', 'failed', 'unknown'].includes(row.status)
      ? 'already_started'
      : row.status === 'expired'
        ? 'action_expired'
        : 'already_decided'
    throw new Refusal(started, `${errors[started].title} It is ${row.status}.`, { more: { status: row.status } })
  })
}
