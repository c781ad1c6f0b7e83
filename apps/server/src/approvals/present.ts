import { render } from '@permission-slip/connectors/kit/render.ts'
import { notes, paramsSchema, undoOf } from '@permission-slip/connectors/kit/schema.ts'
import type { Approval, ApprovalDetail, RenderedRequest } from '@permission-slip/protocol/action.ts'
import type { JsonObject } from '@permission-slip/protocol/json.ts'
import { actionError, presentAction } from '../actions/row.ts'
import type { Context } from '../context.ts'
import type { ActionRow } from '../db/schema/actions.ts'
import { loadFiles } from '../files/load.ts'

/** Actions with the names that a person reads. */
export async function presentApprovals(ctx: Context, rows: readonly ActionRow[]): Promise<Approval[]> {
  const agents = new Map<string, string>()
  const connections = new Map<string, string>()
  const ids = (of: (row: ActionRow) => string | null) => [...new Set(rows.map(of).filter((id) => id !== null))]
  const agentIds = ids((r) => r.agent)
  const connectionIds = ids((r) => r.connection)
  if (agentIds.length > 0)
    for (const a of await ctx.db.selectFrom('agents').select(['id', 'name']).where('id', 'in', agentIds).execute())
      agents.set(a.id, a.name)
  if (connectionIds.length > 0)
    for (const c of await ctx.db
      .selectFrom('connections')
      .select(['id', 'label'])
      .where('id', 'in', connectionIds)
      .execute())
      connections.set(c.id, c.label)
  return rows.map((row) => {
    const entry = ctx.connectors.entry(row.connector)
    return {
      ...presentAction(row, ctx.config.publicUrl),
      agent_name: agents.get(row.agent) ?? row.agent,
      connection_label: row.connection === null ? null : (connections.get(row.connection) ?? row.connection),
      connector_name: entry?.name ?? row.connector,
      title: entry?.actions.find((a) => a.id === row.action)?.title ?? row.action,
    }
  })
}

/** What an upgrade changed while this waited: what was asked for then, beside what stands now. */
async function upgradeNotes(ctx: Context, row: ActionRow): Promise<string[]> {
  if (row.upgraded === 0) return []
  const first = await ctx.db
    .selectFrom('log_entries as e')
    .innerJoin('log_contents as c', 'c.seq', 'e.seq')
    .select('c.content')
    .where('e.subject', '=', row.id)
    .where('e.type', '=', 'action.submitted')
    .executeTakeFirst()
  const asked = first?.content
    ? (JSON.parse(first.content) as { summary: { text: string }; action: { params: JsonObject } })
    : null
  return [
    `The connector was upgraded after this was asked for: look again. Then it read "${asked?.summary.text ?? 'unknown'}" with ${JSON.stringify(asked?.action.params ?? {})}.`,
  ]
}

/** One action, looked at closely: the exact requests, and what a person must know. */
export async function presentDetail(ctx: Context, row: ActionRow): Promise<ApprovalDetail> {
  const [approval] = await presentApprovals(ctx, [row])
  if (!approval) throw new Error('an approval was presented and is not there')
  const connector = await ctx.connectors.load(row.connector)
  const action = connector && Object.hasOwn(connector.actions, row.action) ? connector.actions[row.action] : undefined
  const nothing = { requests: [], params_schema: {}, notes: [], undo: null, stale: true }
  if (!connector || !action)
    return { ...approval, ...nothing, error: JSON.parse(actionError('unknown_action')) as ApprovalDetail['error'] }
  const connection =
    row.connection === null
      ? undefined
      : await ctx.db.selectFrom('connections').selectAll().where('id', '=', row.connection).executeTakeFirst()
  const fields = connection ? (JSON.parse(connection.fields) as Record<string, string>) : {}
  const kit = {
    fields,
    account: connection?.account_id ?? null,
    key: row.id,
    now: row.started_at ?? ctx.clock.now(),
    ...(connection ? { auth: connection.auth } : {}),
  }
  let requests: RenderedRequest[] = []
  let stale =
    ctx.connectors.entry(row.connector)?.version !== row.connector_version ||
    (row.connection !== null && connection?.revision !== row.connection_revision)
  try {
    const params = JSON.parse(row.params) as JsonObject
    const whole = { ...kit, ...(await loadFiles(ctx, action, params)) }
    requests = await render(connector, action, params, whole, { origins: ctx.config.origins })
  } catch {
    stale = true
  }
  return {
    ...approval,
    requests,
    params_schema: paramsSchema(action),
    notes: [...(await upgradeNotes(ctx, row)), ...notes(action)],
    undo: undoOf(action),
    stale,
  }
}
