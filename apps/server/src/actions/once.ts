import { canonical } from '@permission-slip/protocol/canonical.ts'
import { Refusal } from '@permission-slip/protocol/errors.ts'
import type { Json } from '@permission-slip/protocol/json.ts'
import type { ActionRow } from '../db/schema/actions.ts'
import type { Db, Tx } from '../db/writer-types.ts'
import type { AgentCaller } from '../http/caller.ts'
import { hashToken } from '../tokens.ts'

/** What makes two submissions the same request. */
export const requestHash = (asked: {
  connector: string
  action: string
  params: Json
  connection?: string | undefined
  expires_in?: number | null | undefined
}): string =>
  hashToken(
    canonical({
      connector: asked.connector,
      action: asked.action,
      params: asked.params,
      connection: asked.connection ?? null,
      expires_in: asked.expires_in === undefined ? 'default' : asked.expires_in,
    }),
  )

/** Without a key, an agent that can't sign gets its identical, still pending action. A space is in no key an agent sends. */
const unkeyed = (hash: string): string => ` ${hash}`

/**
 * The action that this key or request stands for already, or null. Same key and another request: refused. What counts
 * is the answer in the transaction that makes the action: there, of two at once, one finds the other's.
 */
export async function sameAgain(
  db: Db,
  caller: AgentCaller,
  key: string | null,
  hash: string,
): Promise<ActionRow | null> {
  const known = await db
    .selectFrom('idempotency_keys')
    .selectAll()
    .where('agent', '=', caller.id)
    .where('key', '=', key ?? unkeyed(hash))
    .executeTakeFirst()
  if (!known) return null
  if (known.request !== hash) throw new Refusal('idempotency_key_reused')
  const row = await db.selectFrom('actions').selectAll().where('id', '=', known.action).executeTakeFirst()
  if (key === null) return caller.key === null && row?.status === 'pending' ? row : null
  if (!row) throw new Refusal('idempotency_key_reused', 'The action of this key is not kept any more.')
  return row
}

export async function rememberKey(
  tx: Tx,
  caller: AgentCaller,
  key: string | null,
  hash: string,
  action: string,
): Promise<void> {
  const row = { agent: caller.id, key: key ?? unkeyed(hash), action, request: hash, created_at: tx.now }
  const insert = tx.db.insertInto('idempotency_keys').values(row)
  await (key === null
    ? insert.onConflict((c) => c.columns(['agent', 'key']).doUpdateSet({ action, created_at: tx.now }))
    : insert
  ).execute()
}

/** A signature's nonce, spent together with what the request changes. */
export async function spendNonce(tx: Tx, caller: Pick<AgentCaller, 'nonce'>): Promise<void> {
  if (!caller.nonce) return
  const { key, nonce, expiresAt } = caller.nonce
  const spent = await tx.db
    .insertInto('nonces')
    .values({ key, nonce, expires_at: expiresAt })
    .onConflict((c) => c.doNothing())
    .executeTakeFirst()
  if (spent.numInsertedOrUpdatedRows !== 1n) throw new Refusal('replayed')
}
