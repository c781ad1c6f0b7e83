import { drive, driveIo, newProgress, type Progress } from '@permission-slip/connectors/kit/drive.ts'
import { BadAnswer, NotSent, ServiceFault, Unanswered } from '@permission-slip/connectors/kit/faults.ts'
import { probe } from '@permission-slip/connectors/kit/probe.ts'
import type { Action, Connector, Context as KitContext, Send } from '@permission-slip/connectors/kit/types.ts'
import type { ErrorCode } from '@permission-slip/protocol/errors.ts'
import type { Json, JsonObject } from '@permission-slip/protocol/json.ts'
import type { Context } from '../context.ts'
import type { ActionRow } from '../db/schema/actions.ts'
import type { ConnectionRow } from '../db/schema/connections.ts'
import type { Tx } from '../db/writer-types.ts'
import { accountOf } from '../egress/account.ts'
import type { Account } from '../egress/egress.ts'
import { loggedError } from '../egress/logged-error.ts'
import { findsSecret, scrub } from '../egress/redact.ts'
import { loadFiles } from '../files/load.ts'
import { serverActor } from '../http/caller.ts'
import { findAction } from './parse.ts'
import { Approved } from './settle.ts'

/** One answer: 30 seconds and 8 MiB. */
const answerLimits = { timeoutMs: 30_000, maxBytes: 8 * 1024 * 1024 }

/** It happened, and the service said our own credential back: nobody gets that. */
const withheld = { code: 'credential_in_result', message: 'The answer held a credential and is withheld.' } as const

export type By = 'executor' | 'key' | 'probe'
/** What became of an execution. `leaked`: an answer held our own credential, and is counted against the agent. */
export type Outcome = { leaked?: true } & (
  | { to: 'succeeded'; by: By; result: Json; error: { code: ErrorCode; message: string } | null }
  | { to: 'failed'; by: By; code: ErrorCode; message: string; partial: boolean }
  | { to: 'unknown'; code: ErrorCode; message: string }
)

/** One execution under way: what it needs, made once the log has proved its approval. */
export interface Execution {
  readonly row: ActionRow
  readonly approved: Approved
  readonly connector: Connector
  readonly action: Action
  readonly params: JsonObject
  readonly kit: KitContext
  /** Where it goes, with the credential that the approval opened. */
  readonly account: Account
  /** Ends at the hard limit: nothing is sent after it. */
  readonly signal: AbortSignal
  /** The same limit by the monotonic clock: after a standstill of the process it is over before any timer fires. */
  readonly until: number
}

/** Gathers what an execution needs, or says why the log does not prove it. */
export async function prepare(
  ctx: Context,
  row: ActionRow,
  connection: ConnectionRow | null,
  limit: Pick<Execution, 'signal' | 'until'>,
): Promise<Execution | null> {
  const approved = await Approved.prove(ctx.db, ctx.trustedKeys(), row, ctx.copy)
  if (!approved) return null
  const { connector, action } = await findAction(ctx, row.connector, row.action)
  const fields = connection ? (JSON.parse(connection.fields) as Record<string, string>) : {}
  const params = JSON.parse(approved.params) as JsonObject
  const kit: KitContext = {
    fields,
    account: connection?.account_id ?? null,
    key: row.id,
    now: row.started_at ?? 0,
    ...(connection ? { auth: connection.auth } : {}),
    ...(await loadFiles(ctx, action, params)),
  }
  const secrets = connection ? await ctx.vault.open(approved, connection.id, fields) : new Map<string, never>()
  return { row, approved, connector, action, params, kit, account: accountOf(connector, connection, secrets), ...limit }
}

/** What was sent so far, and whether all of it may be sent again with the same key. */
interface Sent {
  progress: Progress
  allKeyed: boolean
  leaked: boolean
}

/** Sends the requests of an action, or runs its statements, once. `attempt` above 1 is a send again, recorded as such. */
export async function performOnce(
  ctx: Context,
  x: Execution,
  attempt: number,
): Promise<Outcome & { maySendAgain: boolean }> {
  const sent: Sent = { progress: newProgress(), allKeyed: true, leaked: false }
  const by: By = attempt > 1 && x.action.effect !== 'read' ? 'key' : 'executor'
  try {
    const result = x.action.run
      ? await runDriver(ctx, x, attempt, sent)
      : await drive(x.connector, x.action, x.params, x.kit, sender(ctx, x, attempt, sent), {
          origins: ctx.config.origins,
          progress: sent.progress,
        })
    if (sent.leaked) return { to: 'succeeded', by, result: null, error: withheld, leaked: true, maySendAgain: false }
    return { to: 'succeeded', by, result, error: null, maySendAgain: false }
  } catch (error) {
    return sentBefore(x, attempt, withholding(x, error, sent, outcomeOf(ctx, x, error, sent, by)))
  }
}

/**
 * Where the service said our credential, nothing of its words is told, and it counts, whatever the outcome: which error
 * comes would tell an agent whether it guessed right. Our own words name the connection's own fields, and a short
 * secret may be one of them by chance: there it is only cut out.
 */
function withholding(
  x: Execution,
  error: unknown,
  sent: Sent,
  outcome: Outcome & { maySendAgain: boolean },
): Outcome & { maySendAgain: boolean } {
  const { secrets } = x.account
  const said = error instanceof ServiceFault || error instanceof BadAnswer ? error.message : ''
  if (sent.leaked || scrub(said, secrets) !== said) {
    const held = { leaked: true, maySendAgain: false } as const
    return outcome.to === 'succeeded'
      ? { ...outcome, ...held, result: null, error: withheld }
      : { ...outcome, ...held, message: withheld.message }
  }
  return outcome.to === 'succeeded' ? outcome : { ...outcome, message: scrub(outcome.message, secrets) }
}

/**
 * A further send that fails says nothing of the one before it, whose answer never came: that one may have happened.
 * Only a success, which is the service's answer to the same key, settles it.
 */
function sentBefore(
  x: Execution,
  attempt: number,
  outcome: Outcome & { maySendAgain: boolean },
): Outcome & { maySendAgain: boolean } {
  if (attempt === 1 || x.action.effect === 'read' || outcome.to !== 'failed') return outcome
  return {
    to: 'unknown',
    code: 'outcome_unknown',
    message: `An earlier send got no answer; a further one failed: ${outcome.message}`,
    maySendAgain: outcome.code === 'not_sent' && !outcome.leaked,
    ...(outcome.leaked ? { leaked: true } : {}),
  }
}

function outcomeOf(
  ctx: Context,
  x: Execution,
  error: unknown,
  sent: Sent,
  by: By,
): Outcome & { maySendAgain: boolean } {
  const partial = sent.progress.effects > 0
  const message = error instanceof Error ? error.message.slice(0, 2000) : 'unknown'
  if (error instanceof BadAnswer)
    return { to: 'succeeded', by, result: null, error: { code: error.code, message }, maySendAgain: false }
  if (error instanceof ServiceFault)
    return { to: 'failed', by, code: error.code, message, partial, maySendAgain: false }
  if (error instanceof NotSent) return { to: 'failed', by, code: error.code, message, partial, maySendAgain: false }
  if (error instanceof Unanswered) {
    // A read that got no answer did nothing: it may be asked again, and failing it is the truth.
    if (x.action.effect === 'read')
      return { to: 'failed', by, code: 'service_failed', message, partial: false, maySendAgain: true }
    return {
      to: 'unknown',
      code: 'outcome_unknown',
      message,
      maySendAgain: sent.allKeyed && x.action.idempotency !== null,
    }
  }
  const err = loggedError(error, x.account.secrets)
  ctx.logger.error({ err, action: x.row.id }, 'an execution failed in our own code')
  if (sent.progress.sent === 0)
    return {
      to: 'failed',
      by,
      code: 'internal',
      message: 'Something went wrong here before anything was sent.',
      partial: false,
      maySendAgain: false,
    }
  return {
    to: 'unknown',
    code: 'outcome_unknown',
    message: 'Something went wrong here after it was sent.',
    maySendAgain: false,
  }
}

/** Records each send before it leaves; a single first request is covered by `action.started`. */
function sender(ctx: Context, x: Execution, attempt: number, sent: Sent): Send {
  const many = attempt > 1 || isGenerator(x)
  return async (wire) => {
    holdTime(ctx, x)
    if (many) {
      const { step, method, key } = wire
      await recordStep(ctx, x, { attempt, step, method, host: new URL(wire.url).host, key })
      // Recording waits its turn, and the time may have ended meanwhile.
      holdTime(ctx, x)
    }
    if (wire.key === null && wire.method !== 'GET' && wire.method !== 'HEAD') sent.allKeyed = false
    const answer = await ctx.egress.http(x.approved, x.account, wire, { ...answerLimits, signal: x.signal })
    if (findsSecret(answer.body, x.account.secrets) || findsSecret(JSON.stringify(answer.headers), x.account.secrets))
      sent.leaked = true
    return answer
  }
}

/** Nothing leaves after the hard limit, nor after the lease, which others read by the wall: one may have taken over. */
function holdTime(ctx: Context, x: Execution): void {
  const { lease_until } = x.row
  const leaseOver = lease_until !== null && ctx.clock.now() >= lease_until
  if (x.signal.aborted || leaseOver || ctx.clock.monotonic() >= x.until)
    throw new NotSent('The time for this execution is over.')
}

const isGenerator = (x: Execution): boolean => {
  const made = x.action.request?.(x.params, x.kit)
  return made !== undefined && Symbol.iterator in made
}

async function runDriver(ctx: Context, x: Execution, attempt: number, sent: Sent): Promise<Json> {
  sent.allKeyed = false
  // A first statement is covered by `action.started`; a read that is asked again is recorded anew.
  const step = async (method: string, host: string) => {
    holdTime(ctx, x)
    if (attempt === 1) return
    await recordStep(ctx, x, { attempt, step: 1, method, host, key: null })
    holdTime(ctx, x)
  }
  const leaked = () => {
    sent.leaked = true
  }
  const bound = ctx.egress.io(x.approved, x.account, { ...answerLimits, signal: x.signal, step, leaked })
  try {
    // Whatever a driver throws that is not one of our faults comes after it had the connection.
    sent.progress.sent = 1
    const result = await driveIo(x.action, x.params, bound.io, x.kit)
    if (findsSecret(JSON.stringify(result), x.account.secrets)) sent.leaked = true
    return result
  } finally {
    await bound.close()
  }
}

interface Step {
  attempt: number
  step: number
  method: string
  host: string
  key: string | null
}

/** The entry that stands before a request of this execution leaves, unless another copy has taken it over. */
async function recordSend(
  ctx: Context,
  { row }: Pick<Execution, 'row'>,
  step: Step,
  more: (tx: Tx) => Promise<unknown>,
): Promise<void> {
  await ctx.writer.write(async (tx) => {
    const mine = await tx.db
      .selectFrom('actions')
      .select('id')
      .where('id', '=', row.id)
      .where('copy', '=', ctx.copy)
      .where('attempt', '=', row.attempt)
      .where('status', '=', row.status)
      .executeTakeFirst()
    if (!mine) throw new NotSent('Another copy has taken this execution over.')
    await more(tx)
    await tx.append({ type: 'action.step', actor: serverActor, subject: row.id, data: { ...step } })
  })
}

/** A request of the action itself: one that may have an effect leaves a row too, so that recovery knows what had no key. */
const recordStep = (ctx: Context, x: Execution, step: Step): Promise<void> =>
  recordSend(ctx, x, step, async (tx) => {
    if (step.method === 'GET' || step.method === 'HEAD') return
    const { attempt, step: number, key } = step
    await tx.db
      .insertInto('action_steps')
      .values({ action: x.row.id, attempt, step: number, key, sent_at: tx.now })
      .onConflict((c) => c.doNothing())
      .execute()
  })

/** Asks the service whether it happened. Null: there is no way to ask, or the answer settles nothing. */
export async function askProbe(ctx: Context, x: Execution): Promise<Outcome | null> {
  const { action, connector, approved } = x
  if (!action.probe) return null
  const now = ctx.clock.now()
  try {
    if ('run' in action.probe) {
      const bound = ctx.egress.io(approved, x.account, { ...answerLimits, signal: x.signal, step: async () => {} })
      try {
        return probed(x, await probe(connector, action, x.params, x.kit, { io: bound.io }, now))
      } finally {
        await bound.close()
      }
    }
    const send: Send = async (wire) => {
      holdTime(ctx, x)
      const { step, method, key } = wire
      await recordSend(
        ctx,
        x,
        { attempt: x.row.attempt, step, method, host: new URL(wire.url).host, key },
        async () => {},
      )
      holdTime(ctx, x)
      return ctx.egress.http(approved, x.account, wire, { ...answerLimits, signal: x.signal })
    }
    return probed(x, await probe(connector, action, x.params, x.kit, { send }, now, { origins: ctx.config.origins }))
  } catch (error) {
    ctx.logger.warn({ err: loggedError(error, x.account.secrets), action: x.row.id }, 'a probe got no answer')
    return null
  }
}

function probed(x: Execution, found: Awaited<ReturnType<typeof probe>>): Outcome | null {
  if (found === null) return null
  if (found.found && findsSecret(JSON.stringify(found.result), x.account.secrets))
    return { to: 'succeeded', by: 'probe', result: null, error: withheld, leaked: true }
  if (found.found) return { to: 'succeeded', by: 'probe', result: found.result, error: null }
  return found.certain
    ? {
        to: 'failed',
        by: 'probe',
        code: 'not_sent',
        message: 'The service says that it did not happen.',
        partial: false,
      }
    : null
}
