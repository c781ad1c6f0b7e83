import { page } from '@permission-slip/protocol/action.ts'
import { connectorDescription, connectorEntry } from '@permission-slip/protocol/connector.ts'
import { Refusal } from '@permission-slip/protocol/errors.ts'
import { mayAsk } from '../../agents/may-ask.ts'
import type { Context } from '../../context.ts'
import type { ConnectionRow } from '../../db/schema/connections.ts'
import type { Caller } from '../caller.ts'
import { ok, type Route, route } from '../route.ts'

/** The connections of a connector with the actions that this caller may ask for on each. */
function usable(caller: Caller, connector: string, actions: readonly string[], connections: readonly ConnectionRow[]) {
  const access = caller.kind === 'agent' ? caller.access : null
  return connections
    .map((c) => ({
      id: c.id as `con_${string}`,
      label: c.label,
      actions: actions.filter((a) => mayAsk(access, connector, a, c)),
    }))
    .filter((c) => c.actions.length > 0)
}

export const connectorRoutes = (ctx: Context): Route[] => {
  const live = () =>
    ctx.db.selectFrom('connections').selectAll().where('status', '!=', 'removed').orderBy('id').execute()
  /** For an agent: only what it may ask for. For a person: all. */
  const open = (
    caller: Caller,
    id: string,
    actions: readonly string[],
    connections: readonly ConnectionRow[],
    account: boolean,
  ): string[] => {
    if (caller.kind === 'person') return [...actions]
    if (!account) return actions.filter((a) => mayAsk(caller.access, id, a, null))
    const on = usable(caller, id, actions, connections)
    return actions.filter((a) => on.some((c) => c.actions.includes(a)))
  }
  return [
    route({
      method: 'GET',
      path: '/api/v1/connectors',
      summary: 'The catalogue: for an agent what it may use, for a person everything.',
      who: ['agent', 'viewer'],
      scope: null,
      logs: { none: 'reads' },
      answers: { 200: page(connectorEntry) },
      async handler({ caller }) {
        const connections = await live()
        const items = ctx.connectors.entries.flatMap((entry) => {
          const own = connections.filter((c) => c.connector === entry.id)
          const allowed = open(
            caller,
            entry.id,
            entry.actions.map((a) => a.id),
            own,
            entry.auth.length > 0,
          )
          if (allowed.length === 0) return []
          return [{ ...entry, actions: entry.actions.filter((a) => allowed.includes(a.id)) }]
        })
        return ok({ items, next_cursor: null })
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/connectors/{id}',
      summary: 'One connector with the JSON Schema of each action, and the connections that may be named.',
      who: ['agent', 'viewer'],
      scope: null,
      logs: { none: 'reads' },
      answers: { 200: connectorDescription },
      async handler({ caller, path }) {
        const id = path['id'] ?? ''
        const described = await ctx.connectors.describe(id)
        if (!described) throw new Refusal('unknown_connector', `There is no connector ${id}.`)
        const own = (await live()).filter((c) => c.connector === id)
        const ids = described.actions.map((a) => a.id)
        const allowed = open(caller, id, ids, own, described.auth.length > 0)
        if (allowed.length === 0) throw new Refusal('not_allowed', `This agent may not use ${id}.`)
        return ok({
          ...described,
          actions: described.actions.filter((a) => allowed.includes(a.id)),
          connections: usable(caller, id, ids, own),
        })
      },
    }),
  ]
}
