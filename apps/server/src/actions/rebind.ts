import { parseParams } from '@permission-slip/connectors/kit/params.ts'
import { canonical } from '@permission-slip/protocol/canonical.ts'
import type { Json, JsonObject } from '@permission-slip/protocol/json.ts'
import type { Context } from '../context.ts'
import type { ActionRow } from '../db/schema/actions.ts'
import { serverActor } from '../http/caller.ts'
import { renderedHash } from './rendered.ts'
import { askedContent, decidedOver, digestOf } from './row.ts'

/**
 * After an upgrade every pending action is parsed and rendered again. The same parameters, sentence and requests: it
 * stays, under the new version and a new digest. What reads otherwise now stays too, with a note that says so, and whoever
 * had it on the screen must look again. What can't be read any more stays as it is: it is shown as stale,
 * and even an approval does not start it.
 */
export async function rebindPending(ctx: Context): Promise<void> {
  const pending = await ctx.db.selectFrom('actions').selectAll().where('status', '=', 'pending').execute()
  for (const row of pending)
    if (ctx.connectors.entry(row.connector)?.version !== row.connector_version) await rebind(ctx, row)
}

async function rebind(ctx: Context, row: ActionRow): Promise<void> {
  const version = ctx.connectors.entry(row.connector)?.version
  const connector = await ctx.connectors.load(row.connector)
  const action = connector && Object.hasOwn(connector.actions, row.action) ? connector.actions[row.action] : undefined
  const params = action && reparsed(action, JSON.parse(row.params) as JsonObject)
  const rendered = connector && action && params ? await renderedHash(ctx, connector, action, params) : null
  await ctx.writer.write(async (tx) => {
    const now = await tx.db.selectFrom('actions').selectAll().where('id', '=', row.id).executeTakeFirst()
    if (now?.status !== 'pending' || now.digest !== row.digest) return
    if (!version || !action || !params) return
    const same =
      canonical(params) === canonical(JSON.parse(row.params) as Json) && rendered !== null && rendered === row.rendered
    const next: ActionRow = {
      ...now,
      connector_version: version,
      effect: action.effect,
      risk: action.risk,
      summary: JSON.stringify(action.summary(params)),
      params: JSON.stringify(params),
      rendered,
    }
    next.digest = digestOf(decidedOver(next), next.salt)
    const { digest, effect, risk, summary } = next
    const { seq } = await tx.append({
      type: 'action.rebound',
      actor: serverActor,
      subject: row.id,
      data: { digest },
      content: askedContent(next),
    })
    await tx.db
      .updateTable('actions')
      .set({
        connector_version: version,
        digest,
        effect,
        risk,
        summary,
        params: next.params,
        rendered,
        upgraded: Number(!(same && summary === row.summary)),
        seq,
      })
      .where('id', '=', row.id)
      .execute()
  })
}

function reparsed(action: Parameters<typeof parseParams>[0], params: JsonObject): JsonObject | null {
  try {
    return parseParams(action, params)
  } catch {
    return null
  }
}
