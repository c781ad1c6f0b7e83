import { parseParams } from '@permission-slip/connectors/kit/params.ts'
import type { Action, Connector } from '@permission-slip/connectors/kit/types.ts'
import type { Submission } from '@permission-slip/protocol/action.ts'
import { Refusal } from '@permission-slip/protocol/errors.ts'
import type { JsonObject } from '@permission-slip/protocol/json.ts'
import type { Context } from '../context.ts'

/** What was asked, understood: the connector's action and its parameters with defaults filled in. */
export interface Parsed {
  connector: Connector
  version: string
  action: Action
  params: JsonObject
}

/** A connector and one of its actions, or a refusal that lists what there is. */
export async function findAction(ctx: Context, connectorId: string, actionId: string): Promise<Omit<Parsed, 'params'>> {
  const entry = ctx.connectors.entry(connectorId)
  const connector = entry && (await ctx.connectors.load(connectorId))
  if (!entry || !connector) {
    const known = ctx.connectors.entries.map((e) => e.id).join(', ')
    throw new Refusal('unknown_connector', `There is no connector ${connectorId}.`, {
      fields: [{ field: 'connector', expected: `one of ${known}`, got: connectorId }],
    })
  }
  const action = Object.hasOwn(connector.actions, actionId) ? connector.actions[actionId] : undefined
  if (!action) {
    const known = Object.keys(connector.actions).join(', ')
    throw new Refusal('unknown_action', `${connectorId} has no action ${actionId}.`, {
      fields: [{ field: 'action', expected: `one of ${known}`, got: actionId }],
    })
  }
  return { connector, version: entry.version, action }
}

/** Parses strictly: every unknown, missing or wrong parameter is named. Nothing is stored before this holds. */
export async function parse(ctx: Context, asked: Submission): Promise<Parsed> {
  const found = await findAction(ctx, asked.connector, asked.action)
  return { ...found, params: parseParams(found.action, asked.params) }
}

/** Every parameter the action has, with its default: what rules need to know of it. */
export async function knownParams(
  ctx: Context,
  connector: string,
  action: string,
): Promise<Record<string, { default?: JsonObject[string] }>> {
  const described = await ctx.connectors.describe(connector)
  const properties = described?.actions.find((a) => a.id === action)?.params['properties']
  return (properties ?? {}) as Record<string, { default?: JsonObject[string] }>
}
