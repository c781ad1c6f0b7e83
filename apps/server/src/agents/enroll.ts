import { limits } from '@permission-slip/protocol/agent.ts'
import { Refusal } from '@permission-slip/protocol/errors.ts'
import { signatureSkew } from '@permission-slip/protocol/http-signature.ts'
import { newId } from '@permission-slip/protocol/ids.ts'
import { spendNonce } from '../actions/once.ts'
import type { Context } from '../context.ts'
import type { AgentRow, InvitationRow } from '../db/schema/agents.ts'
import type { Db, Tx } from '../db/writer-types.ts'
import { thumbprint } from '../log/public-key.ts'
import { hashToken } from '../tokens.ts'
import { foldName } from './fold.ts'

const mostWrong = 10
const perMs = 60_000

/** Wrong codes in the last minute, over all copies: at ten, invitations pause for everyone. */
async function wrongTries(db: Db, now: number): Promise<number> {
  const row = await db
    .selectFrom('attempts')
    .select((e) => e.fn.countAll<number>().as('n'))
    .where('scope', '=', 'invitation')
    .where('at', '>', now - perMs)
    .executeTakeFirst()
  return Number(row?.n ?? 0)
}

/** A name that no other agent's could be mistaken for: the claim itself, or with a number. */
export async function freeName(db: Db, wanted: string): Promise<{ name: string; name_folded: string }> {
  for (let n = 1; ; n++) {
    const name = n === 1 ? wanted : `${wanted} (${n})`
    const name_folded = foldName(name)
    const taken = await db.selectFrom('agents').select('id').where('name_folded', '=', name_folded).executeTakeFirst()
    if (!taken) return { name, name_folded }
  }
}

type Enrolled = { agent: string; key: string; status: AgentRow['status'] }

/**
 * Makes an agent of a code and the key that signed the request. The agent may ask for nothing until an owner confirmed
 * that this key is the one its author sees. The same key and code again answer as before.
 */
export async function enroll(
  ctx: Context,
  asked: { code: string; public_key: string; name: string },
  signed: { nonce: string; created: number },
): Promise<Enrolled> {
  const key = thumbprint(asked.public_key)
  const outcome = await ctx.writer.write(async (tx) => {
    const answer = await judge(tx)
    if (!(answer instanceof Refusal))
      await spendNonce(tx, {
        nonce: { key, nonce: signed.nonce, expiresAt: signed.created + 2 * signatureSkew * 1000 },
      })
    return answer
  })
  // A refusal is thrown only here: its row (a wrong try, a held agent) must stay.
  if (outcome instanceof Refusal) throw outcome
  return outcome

  async function judge(tx: Tx): Promise<Enrolled | Refusal> {
    if ((await wrongTries(tx.db, tx.now)) >= mostWrong) return new Refusal('invitations_paused')
    const invitation = await tx.db
      .selectFrom('invitations')
      .selectAll()
      .where('code', '=', hashToken(asked.code))
      .executeTakeFirst()
    if (!invitation || invitation.expires_at <= tx.now) return wrong(tx)
    if (invitation.used_by !== null) return usedTwice(tx, invitation, key)
    if (await tx.db.selectFrom('agent_keys').select('id').where('id', '=', key).executeTakeFirst())
      return new Refusal('key_known')
    return make(tx, invitation, asked, key)
  }
}

async function wrong(tx: Tx): Promise<Refusal> {
  await tx.db
    .insertInto('attempts')
    .values({ id: newId('inv', tx.now), scope: 'invitation', at: tx.now })
    .execute()
  return new Refusal('invalid_code')
}

async function usedTwice(tx: Tx, invitation: InvitationRow, key: string): Promise<Enrolled | Refusal> {
  const first = await tx.db
    .selectFrom('agent_keys')
    .innerJoin('agents', 'agents.id', 'agent_keys.agent')
    .select(['agents.id', 'agents.status', 'agents.held', 'agent_keys.id as key'])
    .where('agents.invitation', '=', invitation.id)
    .executeTakeFirst()
  if (first && first.key === key) return { agent: first.id, key, status: first.status }
  if (first && first.status !== 'revoked' && first.held === 0) {
    // One of the two is not the owner's: whichever came first asks for nothing until the owner looked.
    const paused = first.status === 'active'
    const set = { held: 1, ...(paused ? { status: 'paused' } : {}) }
    await tx.db.updateTable('agents').set(set).where('id', '=', first.id).execute()
    await tx.append({
      type: 'agent.held',
      actor: { kind: 'server' },
      subject: first.id,
      data: { invitation: invitation.id },
    })
    if (paused)
      await tx.append({
        type: 'agent.paused',
        actor: { kind: 'server' },
        subject: first.id,
        data: { code: 'code_used_twice' },
      })
  }
  return wrong(tx)
}

async function make(
  tx: Tx,
  invitation: InvitationRow,
  asked: { public_key: string; name: string },
  key: string,
): Promise<Enrolled> {
  const id = newId('agt', tx.now)
  const named = await freeName(tx.db, asked.name)
  await tx.db
    .insertInto('agents')
    .values({
      id,
      ...named,
      claimed_name: asked.name,
      status: 'unconfirmed',
      owner: invitation.created_by,
      limits: JSON.stringify(limits.parse({})),
      access: 'null',
      default_expiry: 86_400,
      held: 0,
      invitation: invitation.id,
      leaks: 0,
      stored: 0,
      created_at: tx.now,
      confirmed_at: null,
      last_seen_at: tx.now,
    })
    .execute()
  await tx.db
    .insertInto('agent_keys')
    .values({
      id: key,
      agent: id,
      public_key: asked.public_key,
      status: 'unconfirmed',
      created_at: tx.now,
      last_used_at: null,
    })
    .execute()
  await tx.db.updateTable('invitations').set({ used_by: id }).where('id', '=', invitation.id).execute()
  await tx.append({
    type: 'agent.enrolled',
    actor: { kind: 'agent', id, key },
    subject: id,
    data: { key, invitation: invitation.id },
    content: { name: asked.name },
  })
  return { agent: id, key, status: 'unconfirmed' }
}
