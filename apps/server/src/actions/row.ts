import type { Action, ActionError, Decision, Summary } from '@permission-slip/protocol/action.ts'
import { actionPreimage, type DecidedOver } from '@permission-slip/protocol/digest.ts'
import { type ErrorCode, errors, Refusal } from '@permission-slip/protocol/errors.ts'
import type { Json, JsonObject } from '@permission-slip/protocol/json.ts'
import type { Status } from '@permission-slip/protocol/states.ts'
import { iso, isoOrNull } from '../clock.ts'
import type { ActionRow } from '../db/schema/actions.ts'
import type { Db } from '../db/writer-types.ts'
import { sha256 } from '../log/seal.ts'
import { nextFor } from './next.ts'

const parsed = <T>(text: string | null): T | null => (text === null ? null : (JSON.parse(text) as T))

/** What the digest of this row is over. */
export const decidedOver = (row: ActionRow): DecidedOver => ({
  id: row.id,
  agent: row.agent,
  connector: row.connector,
  connector_version: row.connector_version,
  action: row.action,
  connection: row.connection,
  connection_revision: row.connection_revision,
  params: JSON.parse(row.params) as JsonObject,
  expires_at: isoOrNull(row.expires_at),
})
/** `sha256:<hex>` of everything that decides what will happen. */
export const digestOf = (over: DecidedOver, salt: string): string =>
  sha256(actionPreimage(over, new Uint8Array(Buffer.from(salt, 'base64url'))))

/** What is kept beside the entries that carry an action's digest. */
export const askedContent = (row: ActionRow): Json => ({
  action: { ...decidedOver(row) },
  salt: row.salt,
  summary: JSON.parse(row.summary) as Json,
  reason: row.reason,
})

export function presentAction(row: ActionRow, publicUrl: string): Action {
  const error = parsed<ActionError>(row.error)
  const decision = parsed<Decision>(row.decision)
  const status = row.status as Status
  return {
    id: row.id as Action['id'],
    status,
    agent: row.agent as Action['agent'],
    connector: row.connector,
    connector_version: row.connector_version,
    action: row.action,
    connection: row.connection as Action['connection'],
    connection_revision: row.connection_revision,
    params: JSON.parse(row.params) as JsonObject,
    digest: row.digest,
    salt: row.salt,
    summary: JSON.parse(row.summary) as Summary,
    effect: row.effect as Action['effect'],
    risk: row.risk as Action['risk'],
    reason: row.reason,
    created_at: iso(row.created_at),
    expires_at: isoOrNull(row.expires_at),
    decision,
    executed_params: parsed<JsonObject>(row.executed_params),
    result: parsed<Json>(row.result),
    partial: row.partial === 1,
    retry_of: row.retry_of as Action['retry_of'],
    error,
    next: nextFor({ id: row.id, status, error, reason: decision?.reason ?? null }, publicUrl),
  }
}

export async function readAction(db: Db, id: string, agent: string | null): Promise<ActionRow> {
  const row = await db.selectFrom('actions').selectAll().where('id', '=', id).executeTakeFirst()
  // Another agent's action is not there, so that ids tell nothing.
  if (!row || (agent !== null && row.agent !== agent)) throw new Refusal('not_found', `There is no action ${id}.`)
  return row
}

/** An error as it stands on an action. `message` defaults to the code's own sentence. */
export const actionError = (code: ErrorCode, message?: string): string => {
  const known: { title: string; retryable?: boolean } = errors[code]
  const error: ActionError = { code, message: message ?? known.title, retryable: known.retryable ?? false }
  return JSON.stringify(error)
}
