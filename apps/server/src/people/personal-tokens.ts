import { Refusal } from '@permission-slip/protocol/errors.ts'
import { newId } from '@permission-slip/protocol/ids.ts'
import type { Actor } from '@permission-slip/protocol/log.ts'
import {
  type newPersonalToken,
  type personalToken,
  type Role,
  type Scope,
  scopes,
} from '@permission-slip/protocol/person.ts'
import type { z } from 'zod'
import { iso, isoOrNull } from '../clock.ts'
import type { PersonalTokenRow } from '../db/schema/people.ts'
import type { Db, Tx } from '../db/writer-types.ts'
import { actorOf, type PersonCaller } from '../http/caller.ts'
import { hashToken, makeToken } from '../tokens.ts'
import type { PeopleContext } from './parts.ts'
import { mustGrant } from './roles.ts'

const prefix = 'psp_'
/** Last use is written down at most this often. */
const coarse = 60_000

const parseScopes = (text: string): Scope[] => {
  const listed: unknown = JSON.parse(text)
  return scopes.filter((scope) => Array.isArray(listed) && listed.includes(scope))
}
const shown = (row: PersonalTokenRow): z.input<typeof personalToken> => ({
  id: row.id as z.input<typeof personalToken>['id'],
  person: row.person as z.input<typeof personalToken>['person'],
  name: row.name,
  scopes: parseScopes(row.scopes),
  created_at: iso(row.created_at),
  expires_at: isoOrNull(row.expires_at),
  last_used_at: isoOrNull(row.last_used_at),
})

/** Who a personal token stands for, or null if it does not hold. */
export async function findToken(
  db: Db,
  token: string,
  now: number,
): Promise<{ caller: PersonCaller; lastUsedAt: number | null } | null> {
  if (!token.startsWith(prefix)) return null
  const row = await db
    .selectFrom('personal_tokens as t')
    .innerJoin('people as p', 'p.id', 't.person')
    .leftJoin('auth_accounts as a', 'a.id', 'p.account')
    .where('t.hash', '=', hashToken(token))
    .where('t.revoked_at', 'is', null)
    .where('p.removed', '=', 0)
    .where((q) => q.or([q('t.expires_at', 'is', null), q('t.expires_at', '>', now)]))
    .select(['t.id', 't.person', 't.scopes', 't.from_setup', 't.last_used_at', 'p.name', 'p.email', 'p.role', 'a.totp'])
    .executeTakeFirst()
  if (!row) return null
  const fromSetup = row.from_setup === 1
  return {
    caller: {
      kind: 'person',
      id: row.person,
      name: row.name,
      email: row.email,
      role: row.role as Role,
      via: 'token',
      scopes: parseScopes(row.scopes),
      fresh: fromSetup,
      fromSetup,
      totp: row.totp !== null,
      credential: row.id,
    },
    lastUsedAt: row.last_used_at,
  }
}

export const tokenHolds = async (db: Db, id: string, now: number): Promise<boolean> =>
  (await db
    .selectFrom('personal_tokens')
    .select('id')
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .where((q) => q.or([q('expires_at', 'is', null), q('expires_at', '>', now)]))
    .executeTakeFirst()) !== undefined

export async function noteTokenUse(signIn: Db, id: string, lastUsedAt: number | null, now: number): Promise<void> {
  if (lastUsedAt !== null && now - lastUsedAt < coarse) return
  await signIn.updateTable('personal_tokens').set({ last_used_at: now }).where('id', '=', id).execute()
}

/** Makes a token in the transaction of its entry. The token itself is answered once and kept nowhere. */
export async function addToken(
  tx: Tx,
  made: {
    person: string
    name: string
    scopes: readonly Scope[]
    expiresAt: number | null
    fromSetup: boolean
    actor: Actor
  },
): Promise<{ id: string; token: string }> {
  const id = newId('tok', tx.now)
  const token = makeToken('psp')
  const held = scopes.filter((scope) => made.scopes.includes(scope))
  await tx.db
    .insertInto('personal_tokens')
    .values({
      id,
      person: made.person,
      name: made.name,
      hash: hashToken(token),
      scopes: JSON.stringify(held),
      from_setup: made.fromSetup ? 1 : 0,
      created_at: tx.now,
      expires_at: made.expiresAt,
      last_used_at: null,
      revoked_at: null,
    })
    .execute()
  await tx.append({
    type: 'person.token_made',
    actor: made.actor,
    subject: made.person,
    data: { token: id },
    content: { name: made.name, scopes: held, expires_at: isoOrNull(made.expiresAt) },
  })
  return { id, token }
}

export async function listTokens(ctx: PeopleContext): Promise<z.input<typeof personalToken>[]> {
  const rows = await ctx.db
    .selectFrom('personal_tokens')
    .selectAll()
    .where('revoked_at', 'is', null)
    .orderBy('id', 'desc')
    .execute()
  return rows.map(shown)
}

export async function createToken(
  ctx: PeopleContext,
  caller: PersonCaller,
  body: z.output<typeof newPersonalToken>,
): Promise<{ id: string; token: string }> {
  mustGrant(caller)
  return ctx.writer.write((tx) =>
    addToken(tx, {
      person: caller.id,
      name: body.name,
      scopes: body.scopes,
      expiresAt: body.expires_in === null ? null : tx.now + body.expires_in * 1000,
      fromSetup: false,
      actor: actorOf(caller),
    }),
  )
}

export async function revokeToken(ctx: PeopleContext, caller: PersonCaller, id: string): Promise<void> {
  await ctx.writer.write(async (tx) => {
    const row = await tx.db
      .selectFrom('personal_tokens')
      .select('person')
      .where('id', '=', id)
      .where('revoked_at', 'is', null)
      .executeTakeFirst()
    if (!row) throw new Refusal('not_found', 'There is no such token.')
    await tx.db.updateTable('personal_tokens').set({ revoked_at: tx.now }).where('id', '=', id).execute()
    await tx.append({ type: 'person.token_revoked', actor: actorOf(caller), subject: row.person, data: { token: id } })
  })
}
