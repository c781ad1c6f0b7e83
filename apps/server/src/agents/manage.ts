import {
  access as accessShape,
  confirmPositions,
  fingerprintWords,
  limits as limitsShape,
} from '@permission-slip/protocol/agent.ts'
import { Refusal } from '@permission-slip/protocol/errors.ts'
import { newId } from '@permission-slip/protocol/ids.ts'
import type { Json } from '@permission-slip/protocol/json.ts'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { spendNonce } from '../actions/once.ts'
import { withdrawAll } from '../actions/withdraw.ts'
import type { Context } from '../context.ts'
import type { Tx } from '../db/writer-types.ts'
import { actorOf, type Caller, type PersonCaller } from '../http/caller.ts'
import { thumbprint } from '../log/public-key.ts'
import { mustGrant } from '../people/roles.ts'
import { hashToken, makeToken } from '../tokens.ts'
import { foldName } from './fold.ts'
import { limitsOf, readAgent } from './row.ts'

const wordsOf = (key: string): string[] => fingerprintWords(Buffer.from(key, 'base64url'), wordlist)

async function rename(tx: Tx, id: string, name: string): Promise<void> {
  const name_folded = foldName(name)
  const other = await tx.db
    .selectFrom('agents')
    .select('name')
    .where('name_folded', '=', name_folded)
    .where('id', '!=', id)
    .executeTakeFirst()
  if (other) {
    const field = { field: 'name', expected: `a name that is not easily mistaken for "${other.name}"`, got: name }
    throw new Refusal('invalid_request', `name: expected ${field.expected}.`, { fields: [field] })
  }
  await tx.db.updateTable('agents').set({ name, name_folded }).where('id', '=', id).execute()
}

/**
 * An owner says that a key is the agent's: it may ask from now on. The browser must give two of the six words, so that
 * somebody looked; a token with `manage` may leave them out and gets all six to compare.
 */
export async function confirmAgent(
  ctx: Context,
  caller: PersonCaller,
  id: string,
  asked: { words?: string[] | undefined; name?: string | undefined },
): Promise<string[]> {
  return ctx.writer.write(async (tx) => {
    const agent = await readAgent(tx.db, id)
    if (agent.status === 'revoked') throw new Refusal('agent_revoked')
    const key = await tx.db
      .selectFrom('agent_keys')
      .selectAll()
      .where('agent', '=', id)
      .where('status', '=', 'unconfirmed')
      .orderBy('created_at')
      .executeTakeFirst()
    if (!key) throw new Refusal('already_decided', 'This agent has no key that waits for a confirmation.')
    const words = wordsOf(key.id)
    if (asked.words === undefined && (caller.via !== 'token' || agent.held === 1))
      throw new Refusal(
        'wrong_words',
        agent.held === 1
          ? 'Its invite code was used twice: give the two words asked for.'
          : 'Give the two words that the page asks for.',
      )
    if (asked.words !== undefined) {
      const wanted = confirmPositions(Buffer.from(key.id, 'base64url')).map((n) => words[n - 1])
      const given = asked.words.map((word) => word.trim().toLowerCase())
      if (wanted.some((word, i) => word !== given[i])) throw new Refusal('wrong_words')
    }
    if (asked.name !== undefined) await rename(tx, id, asked.name)
    await tx.db.updateTable('agent_keys').set({ status: 'active' }).where('id', '=', key.id).execute()
    await tx.db
      .updateTable('agents')
      .set({
        status: agent.status === 'unconfirmed' ? 'active' : agent.status,
        held: 0,
        confirmed_at: agent.confirmed_at ?? tx.now,
      })
      .where('id', '=', id)
      .execute()
    await tx.append({
      type: 'agent.confirmed',
      actor: actorOf(caller),
      subject: id,
      data: { key: key.id },
      content: { name: asked.name ?? agent.name },
    })
    return words
  })
}

export async function changeAgent(
  ctx: Context,
  caller: PersonCaller,
  id: string,
  asked: {
    name?: string | undefined
    limits?: Record<string, number> | undefined
    access?: Json | undefined
    default_expiry?: number | null | undefined
  },
): Promise<void> {
  await ctx.writer.write(async (tx) => {
    const agent = await readAgent(tx.db, id)
    const limits = limitsShape.safeParse({ ...limitsOf(agent), ...asked.limits })
    if (!limits.success) {
      const issue = limits.error.issues[0]
      const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined
      const name = unknown ?? issue?.path.join('.') ?? ''
      const expected = unknown ? `one of ${Object.keys(limitsShape.shape).join(', ')}` : (issue?.message ?? 'a number')
      const field = { field: `limits.${name}`, expected, got: JSON.stringify(asked.limits?.[name] ?? null) }
      throw new Refusal('invalid_request', `${field.field}: expected ${expected}.`, { fields: [field] })
    }
    if (asked.name !== undefined) await rename(tx, id, asked.name)
    const set = {
      limits: JSON.stringify(limits.data),
      ...(asked.access === undefined ? {} : { access: JSON.stringify(accessShape.parse(asked.access)) }),
      ...(asked.default_expiry === undefined ? {} : { default_expiry: asked.default_expiry }),
    }
    await tx.db.updateTable('agents').set(set).where('id', '=', id).execute()
    const content = JSON.parse(JSON.stringify({ ...asked })) as Json
    await tx.append({ type: 'agent.changed', actor: actorOf(caller), subject: id, data: {}, content })
  })
}

/** Pauses, resumes or revokes. What it asked for and nobody decided is withdrawn by a revocation, not by a pause. */
export async function switchAgent(
  ctx: Context,
  caller: PersonCaller,
  id: string,
  to: 'paused' | 'active' | 'revoked',
): Promise<void> {
  await ctx.writer.write(async (tx) => {
    const agent = await readAgent(tx.db, id)
    if (agent.status === to) return
    if (agent.status === 'revoked') throw new Refusal('agent_revoked')
    if (agent.status === 'unconfirmed' && to !== 'revoked')
      throw new Refusal('agent_unconfirmed', 'Confirm the agent first.')
    await tx.db
      .updateTable('agents')
      .set({ status: to, ...(to === 'active' ? { leaks: 0 } : {}) })
      .where('id', '=', id)
      .execute()
    const actor = actorOf(caller)
    if (to === 'paused') await tx.append({ type: 'agent.paused', actor, subject: id, data: { code: 'person' } })
    else if (to === 'active') await tx.append({ type: 'agent.resumed', actor, subject: id, data: {} })
    else {
      await tx.append({ type: 'agent.revoked', actor, subject: id, data: {} })
      await tx.db.updateTable('agent_keys').set({ status: 'revoked' }).where('agent', '=', id).execute()
      await tx.db
        .updateTable('agent_tokens')
        .set({ revoked_at: tx.now })
        .where('agent', '=', id)
        .where('revoked_at', 'is', null)
        .execute()
      await withdrawAll(tx, { agent: id }, 'agent_stopped', actor)
    }
  })
}

/** A second key: an owner's is in force at once, an agent's own waits for an owner. */
export async function addKey(
  ctx: Context,
  caller: Caller,
  id: string,
  publicKey: string,
): Promise<{ key: string; status: string }> {
  if (caller.kind === 'person') mustGrant(caller)
  const key = thumbprint(publicKey)
  const status = caller.kind === 'person' ? 'active' : 'unconfirmed'
  await ctx.writer.write(async (tx) => {
    if (caller.kind === 'agent') await spendNonce(tx, caller)
    const agent = await readAgent(tx.db, id)
    if (agent.status !== 'active' && agent.status !== 'paused')
      throw new Refusal(agent.status === 'revoked' ? 'agent_revoked' : 'agent_unconfirmed')
    const known = await tx.db.selectFrom('agent_keys').selectAll().where('id', '=', key).executeTakeFirst()
    if (known) throw new Refusal('key_known')
    await tx.db
      .insertInto('agent_keys')
      .values({ id: key, agent: id, public_key: publicKey, status, created_at: tx.now, last_used_at: null })
      .execute()
    await tx.append({ type: 'agent.key_added', actor: actorOf(caller), subject: id, data: { key } })
  })
  return { key, status }
}

export async function revokeKey(ctx: Context, caller: Caller, id: string, key: string): Promise<void> {
  await ctx.writer.write(async (tx) => {
    if (caller.kind === 'agent') await spendNonce(tx, caller)
    const done = await tx.db
      .updateTable('agent_keys')
      .set({ status: 'revoked' })
      .where('id', '=', key)
      .where('agent', '=', id)
      .where('status', '!=', 'revoked')
      .executeTakeFirst()
    if (done.numUpdatedRows === 0n) throw new Refusal('not_found', 'This agent has no such key in force.')
    await tx.append({ type: 'agent.key_revoked', actor: actorOf(caller), subject: id, data: { key } })
  })
}

/** A bearer token for agents that can't sign. Shown once; kept as a hash. */
export async function makeAgentToken(
  ctx: Context,
  caller: PersonCaller,
  id: string,
  name: string,
): Promise<{ id: string; token: string }> {
  mustGrant(caller)
  const token = makeToken('psa')
  const made = await ctx.writer.write(async (tx) => {
    const agent = await readAgent(tx.db, id)
    if (agent.status === 'revoked') throw new Refusal('agent_revoked')
    if (agent.status === 'unconfirmed') throw new Refusal('agent_unconfirmed')
    const made = newId('tok', tx.now)
    await tx.db
      .insertInto('agent_tokens')
      .values({
        id: made,
        agent: id,
        name,
        hash: hashToken(token),
        created_at: tx.now,
        last_used_at: null,
        revoked_at: null,
      })
      .execute()
    await tx.append({ type: 'agent.token_made', actor: actorOf(caller), subject: id, data: { token: made } })
    return made
  })
  return { id: made, token }
}

export async function revokeAgentToken(ctx: Context, caller: PersonCaller, id: string, token: string): Promise<void> {
  await ctx.writer.write(async (tx) => {
    const done = await tx.db
      .updateTable('agent_tokens')
      .set({ revoked_at: tx.now })
      .where('id', '=', token)
      .where('agent', '=', id)
      .where('revoked_at', 'is', null)
      .executeTakeFirst()
    if (done.numUpdatedRows === 0n) throw new Refusal('not_found', 'This agent has no such token in force.')
    await tx.append({ type: 'agent.token_revoked', actor: actorOf(caller), subject: id, data: { token } })
  })
}
