import { Refusal } from '@permission-slip/protocol/errors.ts'
import { signatureSkew } from '@permission-slip/protocol/http-signature.ts'
import { accessOf, limitsOf } from '../agents/row.ts'
import type { Context } from '../context.ts'
import type { AgentRow } from '../db/schema/agents.ts'
import { hashToken } from '../tokens.ts'
import type { AgentCaller, Caller } from './caller.ts'
import type { RawRequest } from './route.ts'
import { isSigned, verifySignature } from './signatures/verify.ts'

/** Who sends this: an agent by signature or token, a person by token or cookie, or nobody we know (null). */
export async function authenticate(ctx: Context, raw: RawRequest): Promise<Caller | null> {
  if (isSigned(raw.headers)) return bySignature(ctx, raw)
  const token = /^bearer +(psa_[A-Za-z0-9_-]+)$/i.exec(raw.headerMap['authorization'] ?? '')?.[1]
  if (token !== undefined) return byAgentToken(ctx, token, raw.requestId)
  return ctx.people.authenticate({ method: raw.method, headers: raw.headerMap, requestId: raw.requestId })
}

const callerOf = (agent: AgentRow, key: string | null, nonce: AgentCaller['nonce']): AgentCaller => ({
  kind: 'agent',
  id: agent.id,
  key,
  nonce,
  status: agent.status as AgentCaller['status'],
  name: agent.name,
  limits: limitsOf(agent),
  access: accessOf(agent),
  defaultExpiry: agent.default_expiry,
})

async function bySignature(ctx: Context, raw: RawRequest): Promise<AgentCaller | null> {
  // An enrolment is signed by the key it brings: its own route checks that.
  if (raw.method === 'POST' && raw.target.split('?')[0] === '/api/v1/enrollments') return null
  const verified = await verifySignature(
    {
      method: raw.method,
      url: raw.target,
      authority: raw.authority,
      headers: raw.headers,
      body: raw.streamed ? 'streamed' : raw.body,
      names: raw.names,
      now: ctx.clock.now(),
    },
    async (keyid) => {
      const key = await ctx.db
        .selectFrom('agent_keys')
        .selectAll()
        .where('id', '=', keyid)
        .where('status', '!=', 'revoked')
        .executeTakeFirst()
      return key ? { publicKey: key.public_key, ...key } : null
    },
  )
  const agent = await ctx.db.selectFrom('agents').selectAll().where('id', '=', verified.key.agent).executeTakeFirst()
  if (!agent) return null
  // A further key that nobody confirmed may look, but what it is for must wait.
  const status = verified.key.status === 'active' ? agent.status : 'unconfirmed'
  noteUse(ctx, raw.requestId, { table: 'agent_keys', id: verified.keyid, last: verified.key.last_used_at })
  raw.contentSha256 = verified.contentSha256
  const nonce =
    raw.method === 'GET' || raw.method === 'HEAD'
      ? null
      : { key: verified.keyid, nonce: verified.nonce, expiresAt: verified.created + 2 * signatureSkew * 1000 }
  return callerOf({ ...agent, status }, verified.keyid, nonce)
}

/** Written down at most once a minute, outside the log's transaction; failing to must not stop anybody. */
function noteUse(
  ctx: Context,
  request: string,
  { table, id, last }: { table: 'agent_keys' | 'agent_tokens'; id: string; last: number | null },
): void {
  const now = ctx.clock.now()
  if (last !== null && now - last < 60_000) return
  const write = ctx.database.signIn.updateTable(table).set({ last_used_at: now }).where('id', '=', id).execute()
  write.catch((err: unknown) => ctx.logger.warn({ err, request }, 'a last use could not be written'))
}

async function byAgentToken(ctx: Context, token: string, request: string): Promise<AgentCaller> {
  const row = await ctx.db
    .selectFrom('agent_tokens')
    .select(['id', 'agent', 'last_used_at'])
    .where('hash', '=', hashToken(token))
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  const agent = row && (await ctx.db.selectFrom('agents').selectAll().where('id', '=', row.agent).executeTakeFirst())
  if (!row || !agent) throw new Refusal('unauthenticated', 'This token is not known, or was revoked.')
  noteUse(ctx, request, { table: 'agent_tokens', id: row.id, last: row.last_used_at })
  return { ...callerOf(agent, null, null), token: row.id }
}
