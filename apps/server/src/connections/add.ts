import type { Connection, newConnection } from '@permission-slip/protocol/connection.ts'
import { Refusal } from '@permission-slip/protocol/errors.ts'
import { newId } from '@permission-slip/protocol/ids.ts'
import type { z } from 'zod'
import type { Context } from '../context.ts'
import type { ConnectionRow } from '../db/schema/connections.ts'
import type { Tx } from '../db/writer-types.ts'
import { actorOf, type PersonCaller } from '../http/caller.ts'
import { mustGrant } from '../people/roles.ts'
import { authOf, readForm, wrongFields } from './form.ts'
import { allowedPlaces } from './places.ts'
import { present } from './present.ts'

/** An owner connects an account. Nothing is sent: whether the credential works, a test finds out. */
export async function addConnection(
  ctx: Context,
  caller: PersonCaller,
  asked: z.output<typeof newConnection>,
): Promise<Connection> {
  const connector = await ctx.connectors.load(asked.connector)
  if (!connector) throw new Refusal('unknown_connector')
  if (!connector.account)
    throw wrongFields([
      { field: 'connector', expected: 'a service with accounts', got: `${connector.id}, which needs none` },
    ])
  const auth = authOf(connector, asked.auth)
  if (auth.kind === 'oauth') throw new Refusal('not_available', 'Signing in at the service is not in this version.')
  const form = readForm(connector, auth, asked.fields)
  const allow = asked.allow_private ?? []
  if (allow.length > 0) holdFresh(caller)
  const allowed = await allowedPlaces(ctx, connector, auth.name, form.fields, allow)
  return ctx.writer.write(async (tx) => {
    const row: ConnectionRow = {
      id: newId('con', tx.now),
      connector: connector.id,
      label: asked.label,
      auth: auth.name,
      fields: JSON.stringify(form.fields),
      account_id: null,
      account_label: null,
      revision: 1,
      status: 'active',
      actions_off: '[]',
      lookups: 0,
      egress_allowed: JSON.stringify(allowed),
      concurrency: 4,
      rate_per_minute: null,
      check_result: null,
      created_at: tx.now,
      last_used_at: null,
    }
    await tx.db.insertInto('connections').values(row).execute()
    await ctx.vault.seal(tx, { id: row.id, connector, fields: form.fields }, form.secrets)
    await tx.append({
      type: 'connection.added',
      actor: actorOf(caller),
      subject: row.id,
      data: { connector: connector.id, revision: 1, secrets: form.secrets.size },
      content: { label: row.label, auth: auth.name, fields: form.fields },
    })
    if (allowed.length > 0) await logAllowed(tx, caller, row.id, allowed)
    return present(row, [...form.secrets.keys()].sort())
  })
}

/** A private address is allowed by somebody who is there: a sign-in of the last five minutes, or a token. */
export function holdFresh(caller: PersonCaller): void {
  mustGrant(caller)
  if (caller.via !== 'token' && !caller.fresh)
    throw new Refusal('fresh_sign_in_required', 'Allowing a private address needs a fresh sign-in.')
}

export const logAllowed = (tx: Tx, caller: PersonCaller, connection: string, allowed: string[]) =>
  tx.append({
    type: 'settings.changed',
    actor: actorOf(caller),
    subject: connection,
    data: { name: 'egress' },
    content: { connection, allowed },
  })
