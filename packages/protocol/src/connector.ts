import { z } from 'zod'
import { effects, json, params, risks } from './action.ts'
import { connectionId } from './ids.ts'

/** One field of a connection's form. */
export const authField = z.strictObject({
  name: z.string(),
  label: z.string(),
  /** A secret is sealed when entered and never shown again. */
  secret: z.boolean(),
  required: z.boolean(),
  /** Where to find the value, in a sentence. */
  help: z.string().nullable(),
  options: z.array(z.strictObject({ value: z.string(), label: z.string() })).nullable(),
  default: z.string().nullable(),
  multiline: z.boolean(),
  /** A regular expression (with ^ and $) that the value must match, if any. */
  pattern: z.string().nullable(),
})
export type AuthField = z.infer<typeof authField>

/** One way to connect a service. */
export const authMethod = z.strictObject({
  name: z.string(),
  title: z.string(),
  kind: z.enum(['none', 'fields', 'oauth']),
  fields: z.array(authField),
})
export type AuthMethod = z.infer<typeof authMethod>

/** The small table that search, rules and the catalogue read; made without loading the connector. */
export const actionEntry = z.strictObject({
  id: z.string(),
  title: z.string(),
  effect: z.enum(effects),
  risk: z.enum(risks),
  scopes: z.array(z.string()),
})
export const connectorEntry = z.strictObject({
  id: z.string(),
  name: z.string(),
  family: z.string().nullable(),
  description: z.string(),
  docs: z.string(),
  version: z.string(),
  auth: z.array(authMethod),
  actions: z.array(actionEntry),
})
export type ConnectorEntry = z.infer<typeof connectorEntry>

/** An action in full, as `GET /connectors/{id}` describes it. */
export const actionDescription = actionEntry.extend({
  description: z.string(),
  params: z.record(z.string(), json),
  result: z.record(z.string(), json),
  example: params,
  /** Parameters that hold code (SQL, scripts): rules offer only exactly this, or anything. */
  code: z.array(z.string()),
  undo: z.string().nullable(),
  notes: z.array(z.string()),
})
export const connectorDescription = connectorEntry.extend({
  actions: z.array(actionDescription),
  /** The connections that may be named in a submission; for an agent, only those it may use. */
  connections: z.array(z.strictObject({ id: connectionId, label: z.string(), actions: z.array(z.string()) })),
})
export type ConnectorDescription = z.infer<typeof connectorDescription>
