import type { Access } from '@permission-slip/protocol/agent.ts'
import { Refusal } from '@permission-slip/protocol/errors.ts'
import type { ConnectionRow } from '../db/schema/connections.ts'
import type { Db } from '../db/writer-types.ts'

/** What an agent may ask for on which connection. No entry of `access` means every action that is switched on. */
export function mayAsk(
  access: Access,
  connector: string,
  action: string,
  connection: Pick<ConnectionRow, 'id' | 'status' | 'actions_off'> | null,
): boolean {
  if (connection) {
    if (connection.status !== 'active' && connection.status !== 'needs_attention') return false
    if ((JSON.parse(connection.actions_off) as string[]).includes(action)) return false
  }
  if (access === null) return true
  return access.some(
    (a) =>
      a.connector === connector &&
      (a.actions === null || a.actions.includes(action)) &&
      (a.connections === null || (connection !== null && a.connections.some((id) => id === connection.id))),
  )
}

/**
 * The connection a submission is for: the one it names, or the only one that fits.
 * @throws Refusal `connection_required` with those that fit, `no_connection`, or `not_allowed`.
 */
export async function pickConnection(
  db: Db,
  access: Access,
  asked: { connector: string; needsAccount: boolean; action: string; connection: string | undefined },
): Promise<ConnectionRow | null> {
  const { connector, action } = asked
  const refuse = () => new Refusal('not_allowed', `This agent may not ask for ${connector}.${action}.`)
  if (!asked.needsAccount) {
    if (asked.connection !== undefined) {
      const field = { field: 'connection', expected: `none: ${connector} needs no account`, got: asked.connection }
      throw new Refusal('invalid_request', `connection: expected ${field.expected}.`, { fields: [field] })
    }
    if (!mayAsk(access, connector, action, null)) throw refuse()
    return null
  }
  const all = await db
    .selectFrom('connections')
    .selectAll()
    .where('connector', '=', connector)
    .where('status', '!=', 'removed')
    .orderBy('id')
    .execute()
  const fit = all.filter((c) => mayAsk(access, connector, action, c))
  if (asked.connection !== undefined) {
    const named = fit.find((c) => c.id === asked.connection)
    if (named) return named
    // Whether another connection is there is none of an agent's business.
    throw new Refusal(
      'no_connection',
      `There is no connection ${asked.connection} that this agent may use for ${connector}.${action}.`,
    )
  }
  const [first, second] = fit
  if (first && !second) return first
  if (first) {
    const connections = fit.map((c) => ({ id: c.id, label: c.label }))
    throw new Refusal(
      'connection_required',
      `Several connections fit: ${connections.map((c) => `${c.id} (${c.label})`).join(', ')}.`,
      {
        fields: [
          { field: 'connection', expected: `one of ${connections.map((c) => c.id).join(', ')}`, got: 'nothing' },
        ],
        more: { connections },
      },
    )
  }
  throw all.length > 0 && access !== null
    ? refuse()
    : new Refusal('no_connection', `No connection of ${connector} can be used for ${action}.`)
}
