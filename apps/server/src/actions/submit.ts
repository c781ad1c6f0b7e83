import { randomBytes } from 'node:crypto'
import type { Submission } from '@permission-slip/protocol/action.ts'
import type { Limits } from '@permission-slip/protocol/agent.ts'
import { Refusal } from '@permission-slip/protocol/errors.ts'
import { newId } from '@permission-slip/protocol/ids.ts'
import type { Actor } from '@permission-slip/protocol/log.ts'
import { pickConnection } from '../agents/may-ask.ts'
import { accessOf, limitsOf, mustBeActive, readAgent } from '../agents/row.ts'
import { isoOrNull } from '../clock.ts'
import type { Context } from '../context.ts'
import type { ActionRow } from '../db/schema/actions.ts'
import type { Tx } from '../db/writer-types.ts'
import { storeFiles } from '../files/params.ts'
import { type AgentCaller, actorOf } from '../http/caller.ts'
import { judge } from '../rules/judge.ts'
import { isFrozen } from '../settings.ts'
import { withinLimits } from './limits.ts'
import { rememberKey, requestHash, sameAgain, spendNonce } from './once.ts'
import { knownParams, type Parsed, parse } from './parse.ts'
import { renderedHash } from './rendered.ts'
import { digestOf } from './row.ts'
import { type NewAction, open } from './settle.ts'

/**
 * START HERE. An agent asks for an action:
 *
 *   parse   every parameter against the connector's schema, or a refusal that names the field
 *   record  the action and its log entry, in one transaction with the agent's limits and its idempotency key
 *   match   the rules: deny, then ask, then allow; no rule asks
 *   settle  approved -> the executor starts it; denied -> the end; pending -> a person is asked
 *
 * @returns the action as it stands; the same one for the same Idempotency-Key.
 * @throws Refusal for whatever keeps it from being recorded: then nothing was.
 */
export async function submit(
  ctx: Context,
  caller: AgentCaller,
  asked: Submission,
  key: string | null,
  retryOf: Retry | null = null,
): Promise<ActionRow> {
  const found = await parse(ctx, asked)
  const hash = requestHash({ ...asked, params: found.params })
  // A repeat is known by what was sent, before files written out in it are kept a second time.
  const repeated = await sameAgain(ctx.db, caller, key, hash)
  if (key === null && caller.key !== null && found.action.effect !== 'read')
    throw new Refusal('idempotency_key_required')
  const known = await knownParams(ctx, found.connector.id, found.action.id)
  const files = repeated ? null : await storeFiles(ctx, caller.id, found.action, found.params)
  const parsed = { ...found, params: files?.params ?? found.params }
  const rendered = await renderedHash(ctx, parsed.connector, parsed.action, parsed.params)
  const work = async (tx: Tx): Promise<ActionRow> => {
    await spendNonce(tx, caller)
    const again = await sameAgain(tx.db, caller, key, hash)
    if (again) return again
    // What it repeated ended meanwhile, and its files were not stored again.
    if (!files) throw new Refusal('unavailable', 'What this repeats was ending just now; send it again.')
    const made = { ...(await record(tx, caller, parsed, asked, retryOf?.action ?? null)), rendered }
    await files.keep(tx, retryOf?.by ?? actorOf(caller))
    await rememberKey(tx, caller, key, hash, made.id)
    const match = await judge(tx.db, made, known, tx.now)
    return open(tx, made, retryOf?.by ?? actorOf(caller), match, {
      mayAllow: ctx.clockGuard.problem() === null,
      startWithinMs: startsWithin(parsed.action, caller.limits),
    })
  }
  const row = await (files ? files.during(() => ctx.writer.write(work)) : ctx.writer.write(work))
  if (row.status === 'approved') ctx.executor.kick(row.id)
  return row
}

/** How long after its approval an action may start, in milliseconds: the agent's limit, or less if the action says so. */
export const startsWithin = (action: Parsed['action'], limits: Limits): number =>
  1000 * Math.min(limits.start_within_s, action.start_within_s ?? Number.POSITIVE_INFINITY)

/** What a person asks for again, in the agent's name. */
export interface Retry {
  action: string
  by: Actor
}

/** Everything about the action that does not depend on the rules. Read in the transaction: nothing is stale. */
async function record(
  tx: Tx,
  caller: AgentCaller,
  parsed: Parsed,
  asked: Submission,
  retryOf: string | null,
): Promise<Omit<NewAction, 'rendered'>> {
  const agent = await readAgent(tx.db, caller.id)
  mustBeActive(agent)
  if (await isFrozen(tx.db)) throw new Refusal('frozen')
  const connection = await pickConnection(tx.db, accessOf(agent), {
    connector: parsed.connector.id,
    needsAccount: parsed.connector.account,
    action: parsed.action.id,
    connection: asked.connection,
  })
  const params = JSON.stringify(parsed.params)
  const reason = asked.reason ?? null
  const bytes = Buffer.byteLength(params) + Buffer.byteLength(reason ?? '')
  const limits = limitsOf(agent)
  if (Buffer.byteLength(params) > limits.params_bytes)
    throw new Refusal('payload_too_large', `Parameters may have ${limits.params_bytes} bytes.`, {
      more: { limit: 'params_bytes' },
    })
  await withinLimits(tx, { id: agent.id, limits, stored: agent.stored }, bytes)
  await tx.db.updateTable('agents').set({ last_seen_at: tx.now }).where('id', '=', agent.id).execute()

  const seconds = asked.expires_in === undefined ? agent.default_expiry : asked.expires_in
  const expires_at = seconds === null ? null : tx.now + seconds * 1000
  const id = newId('act', tx.now)
  const salt = randomBytes(32).toString('base64url')
  const over = {
    id,
    agent: agent.id,
    connector: parsed.connector.id,
    connector_version: parsed.version,
    action: parsed.action.id,
    connection: connection?.id ?? null,
    connection_revision: connection?.revision ?? null,
  }
  return {
    ...over,
    digest: digestOf({ ...over, params: parsed.params, expires_at: isoOrNull(expires_at) }, salt),
    salt,
    params,
    effect: parsed.action.effect,
    risk: parsed.action.risk,
    summary: JSON.stringify(parsed.action.summary(parsed.params)),
    upgraded: 0,
    reason,
    created_at: tx.now,
    expires_at,
    executed_params: null,
    result: null,
    partial: 0,
    retry_of: retryOf,
    copy: null,
    lease_until: null,
    attempt: 0,
    started_at: null,
    bytes,
  }
}
