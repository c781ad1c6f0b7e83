import { z } from 'zod'
import { instant, json } from './action.ts'
import { agentId, connectionId, personId, ruleId } from './ids.ts'

/** A condition on one parameter: exactly this value, or anything (chosen, not forgotten). */
export const condition = z.union([z.strictObject({ equals: json }), z.strictObject({ anything: z.literal(true) })])
export type Condition = z.infer<typeof condition>

/** No defaults here: in a change, what is not said stays; and a stored rule that lacks a part can't be read. */
const body = {
  name: z.string().trim().min(1).max(120),
  effect: z.enum(['allow', 'deny', 'ask']),
  /** null: every agent. */
  agents: z.array(agentId).min(1).nullable(),
  connector: z.string().min(1),
  action: z.string().min(1),
  /** null: every connection of the connector. */
  connections: z.array(connectionId).min(1).nullable(),
  /** An allow rule says something of every parameter; one that it does not name must be absent or at its default. */
  params: z.record(z.string(), condition),
  note: z.string().max(2000),
  expires_at: instant.nullable(),
}
export const newRule = z.strictObject({
  ...body,
  agents: body.agents.default(null),
  connections: body.connections.default(null),
  note: body.note.default(''),
  expires_at: body.expires_at.default(null),
})
export type NewRule = z.infer<typeof newRule>
export const patchRule = z
  .strictObject({ ...body, enabled: z.boolean() })
  .omit({ connector: true, action: true })
  .partial()
/** A rule as it stands. An edit is a new version. */
export const rule = z.strictObject({
  ...body,
  id: ruleId,
  version: z.number().int(),
  enabled: z.boolean(),
  created_by: personId,
  created_at: instant,
  updated_at: instant,
})
export type Rule = z.infer<typeof rule>

/** Why a rule did or did not match. */
export const looked = z.strictObject({
  rule: ruleId,
  version: z.number().int(),
  name: z.string(),
  effect: z.enum(['allow', 'deny', 'ask']),
  matched: z.boolean(),
  why: z.string(),
})
export const explanation = z.strictObject({
  outcome: z.enum(['allow', 'deny', 'ask']),
  say: z.string(),
  rules: z.array(looked),
})
export type Explanation = z.infer<typeof explanation>
