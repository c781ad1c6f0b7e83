import type { ConnectorDescription, ConnectorEntry } from '@permission-slip/protocol/connector.ts'
import type { JsonObject } from '@permission-slip/protocol/json.ts'
import { z } from 'zod'
import type { Action, Connector } from './types.ts'

/** JSON Schema of what an agent sends. Throws if something in it has no JSON Schema. */
export const paramsSchema = (action: Action): JsonObject => toJson(action.params, 'input')
/** JSON Schema of what an agent gets. */
export const resultSchema = (action: Action): JsonObject => toJson(action.result, 'output')

const toJson = (schema: z.ZodType, io: 'input' | 'output'): JsonObject =>
  JSON.parse(JSON.stringify(z.toJSONSchema(schema, { io, target: 'draft-2020-12' }))) as JsonObject

/** Sentences that a person must know before approving: what can still change, and what can't be taken back. */
export function notes(action: Action): string[] {
  const open = Object.values(action.pins).flatMap((pin) => ('unpinned' in pin ? [pin.unpinned] : []))
  return [...new Set(open), ...(action.undo === 'irreversible' ? ['This can not be undone.'] : [])]
}

/** How an action is reversed: the id of the action that does, `irreversible`, or null where that makes no sense. */
export const undoOf = (action: Action): string | null =>
  action.undo === null || action.undo === 'irreversible' ? action.undo : action.undo.action

export const entry = (connector: Connector, version: string): ConnectorEntry => ({
  id: connector.id,
  name: connector.name,
  family: connector.family,
  description: connector.description,
  docs: connector.docs,
  version,
  auth: connector.auth.map(({ name, title, kind, fields }) => ({ name, title, kind, fields })),
  actions: Object.values(connector.actions).map((a) => ({
    id: a.id,
    title: a.title,
    effect: a.effect,
    risk: a.risk,
    scopes: [...a.scopes],
  })),
})

export const describeAction = (a: Action): ConnectorDescription['actions'][number] => ({
  id: a.id,
  title: a.title,
  effect: a.effect,
  risk: a.risk,
  scopes: [...a.scopes],
  description: a.description,
  params: paramsSchema(a),
  result: resultSchema(a),
  example: a.example.params,
  code: [...a.code],
  undo: undoOf(a),
  notes: notes(a),
})

/** A connector in full; the server adds the connections that the asker may use. */
export const describe = (connector: Connector, version: string): ConnectorDescription => ({
  ...entry(connector, version),
  actions: Object.values(connector.actions).map(describeAction),
  connections: [],
})
