import type { Auth, Connector } from '@permission-slip/connectors/kit/types.ts'
import type { Connection, patchConnection } from '@permission-slip/protocol/connection.ts'
import { Refusal } from '@permission-slip/protocol/errors.ts'
import type { JsonObject } from '@permission-slip/protocol/json.ts'
import type { z } from 'zod'
import type { Context } from '../context.ts'
import type { ConnectionRow } from '../db/schema/connections.ts'
import { actorOf, type PersonCaller } from '../http/caller.ts'
import { holdFresh, logAllowed } from './add.ts'
import { authOf, type Form, readForm, wrongFields } from './form.ts'
import { readConnection } from './list.ts'
import { allowedPlaces } from './places.ts'
import { present } from './present.ts'
import { destinationOf } from './vault.ts'

type Asked = z.output<typeof patchConnection>

/** What a change of the form comes to. */
interface Fresh {
  readonly form: Form
  /** It points elsewhere, or to somebody else. */
  readonly moved: boolean
  /** Secrets to drop: set before, and not part of the form any more. */
  readonly dropped: string[]
}

/**
 * An owner changes a connection. Whatever decides where a request goes, or as whom, makes a new revision: what was
 * approved for the old one does not start. A secret is sealed to its destination, so a new one needs it entered again.
 */
export async function changeConnection(
  ctx: Context,
  caller: PersonCaller,
  id: string,
  asked: Asked,
): Promise<Connection> {
  const before = await readConnection(ctx.db, id)
  const connector = await ctx.connectors.load(before.connector)
  if (!connector) throw new Refusal('unknown_connector')
  holdActions(connector, asked.actions_off)
  const fresh = asked.fields === undefined ? null : await readChange(ctx, connector, before, asked.fields)
  const fields = fresh?.form.fields ?? (JSON.parse(before.fields) as Record<string, string>)
  const allowedBefore = JSON.parse(before.egress_allowed) as string[]
  const added = (asked.allow_private ?? []).filter((one) => !allowedBefore.includes(one))
  if (added.length > 0) holdFresh(caller)
  const allowed =
    fresh || asked.allow_private
      ? await allowedPlaces(
          ctx,
          connector,
          before.auth,
          fields,
          asked.allow_private ?? (fresh?.moved ? [] : allowedBefore),
        )
      : allowedBefore
  const revise = fresh !== null

  return ctx.writer.write(async (tx) => {
    const now = await readConnection(tx.db, id)
    if (now.revision !== before.revision)
      throw new Refusal('unavailable', 'Somebody else changed this connection just now; look again.')
    const row: ConnectionRow = {
      ...now,
      label: asked.label ?? now.label,
      status: asked.status ?? (revise && now.status === 'needs_attention' ? 'active' : now.status),
      actions_off: asked.actions_off ? JSON.stringify([...new Set(asked.actions_off)].sort()) : now.actions_off,
      concurrency: asked.concurrency ?? now.concurrency,
      rate_per_minute: asked.rate_per_minute === undefined ? now.rate_per_minute : asked.rate_per_minute,
      fields: JSON.stringify(fields),
      egress_allowed: JSON.stringify(allowed),
      revision: now.revision + (revise ? 1 : 0),
      ...(fresh?.moved ? { account_id: null, account_label: null } : {}),
      ...(revise ? { check_result: null } : {}),
    }
    const { id: _id, ...set } = row
    await tx.db.updateTable('connections').set(set).where('id', '=', id).execute()
    if (fresh) {
      await ctx.vault.destroy(tx, id, fresh.dropped)
      await ctx.vault.seal(tx, { id, connector, fields }, fresh.form.secrets)
    }
    const { fields: _fields, allow_private: _allow, ...plain } = asked
    const content: JsonObject = {
      ...(JSON.parse(JSON.stringify(plain)) as JsonObject),
      ...(fresh ? { fields, secrets: [...fresh.form.secrets.keys()] } : {}),
    }
    await tx.append({
      type: 'connection.changed',
      actor: actorOf(caller),
      subject: id,
      data: { revision: row.revision },
      content,
    })
    if (added.length > 0) await logAllowed(tx, caller, id, allowed)
    return present(row, await ctx.vault.names(tx.db, id))
  })
}

function holdActions(connector: Connector, off: readonly string[] | undefined): void {
  const unknown = (off ?? []).filter((one) => !Object.hasOwn(connector.actions, one))
  if (unknown.length > 0)
    throw wrongFields([
      { field: 'actions_off', expected: `actions of ${connector.id}`, got: unknown.join(', ').slice(0, 80) },
    ])
}

async function readChange(
  ctx: Context,
  connector: Connector,
  before: ConnectionRow,
  entered: Readonly<Record<string, string>>,
): Promise<Fresh> {
  const auth = authOf(connector, before.auth)
  const set = await ctx.vault.names(ctx.db, before.id)
  const old = JSON.parse(before.fields) as Record<string, string>
  const form = merged(
    [
      () => readForm(connector, auth, { ...old, ...entered }, set),
      () => withKept(connector, auth, { ...old, ...entered }, set),
      () => readForm(connector, auth, entered, set),
    ],
    entered,
  )
  const from = destinationOf(connector, old)
  const to = destinationOf(connector, form.fields)
  const changed = connector.destination.filter((name) => from[name] !== to[name])
  // An empty entry takes an optional secret away.
  const emptied = set.filter((name) => entered[name]?.trim() === '')
  const required = auth.fields.filter((one) => one.required && emptied.includes(one.name))
  if (required.length > 0)
    throw wrongFields(required.map((one) => ({ field: `fields.${one.name}`, expected: one.label, got: 'nothing' })))
  const missing = changed.length === 0 ? [] : set.filter((name) => !form.secrets.has(name) && !emptied.includes(name))
  if (missing.length > 0)
    throw wrongFields(
      missing.map((name) => ({
        field: `fields.${name}`,
        expected: `the secret again, since ${changed.join(', ')} changes`,
        got: 'nothing',
      })),
    )
  return { form, moved: changed.length > 0, dropped: emptied.filter((name) => !form.secrets.has(name)) }
}

/** A form may want a secret beside a field (a user's password): one that is set stands in, and is left as it is. */
function withKept(
  connector: Connector,
  auth: Auth,
  entered: Readonly<Record<string, string>>,
  set: readonly string[],
): Form {
  const kept = set.filter((name) => entered[name] === undefined)
  const form = readForm(connector, auth, { ...entered, ...Object.fromEntries(kept.map((name) => [name, 'kept'])) })
  for (const name of kept) form.secrets.delete(name)
  return form
}

/**
 * A change names single fields, or is a whole address pasted anew (a database URL), which does not go with the fields
 * that stand. Of several refusals the one about what was entered is the useful one.
 */
function merged(ways: readonly (() => Form)[], entered: Readonly<Record<string, string>>): Form {
  const refusals: Refusal[] = []
  for (const way of ways) {
    try {
      return way()
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      refusals.push(error)
    }
  }
  const useful = refusals.findLast((one) => one.fields.every((field) => field.field.slice('fields.'.length) in entered))
  throw useful ?? refusals[0] ?? new Refusal('invalid_request')
}
