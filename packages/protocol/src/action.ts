import { z } from 'zod'
import { actionId, agentId, connectionId, personId, ruleId } from './ids.ts'
import type { Json } from './json.ts'
import { statuses } from './states.ts'

/** RFC 3339, UTC, with milliseconds. */
export const instant = z.iso.datetime({ precision: 3 })

export const json: z.ZodType<Json> = z.json() as z.ZodType<Json>
export const params = z.record(z.string(), json)

export const effects = ['read', 'create', 'update', 'delete', 'send', 'pay', 'run'] as const
export type Effect = (typeof effects)[number]
export const risks = ['low', 'medium', 'high'] as const
export type Risk = (typeof risks)[number]

/** Words of the connector and values of the request, kept apart so that every screen can mark the values. */
export const summaryPart = z.union([
  z.strictObject({ text: z.string() }),
  z.strictObject({ value: z.string(), cut: z.boolean().optional() }),
])
export const summary = z.strictObject({ text: z.string(), parts: z.array(summaryPart) })
export type Summary = z.infer<typeof summary>
export type SummaryPart = z.infer<typeof summaryPart>

/** What happened and what to do now: on every action and every problem. */
export const next = z.strictObject({
  do: z.enum(['wait', 'done', 'fix', 'retry', 'ask_owner']),
  say: z.string(),
  url: z.string().nullable(),
  after_s: z.number().nullable(),
})
export type Next = z.infer<typeof next>

export const vote = z.strictObject({
  person: personId,
  effect: z.enum(['approve', 'deny']),
  digest: z.string(),
  via: z.enum(['session', 'token', 'device']),
  at: instant,
})

export const decision = z.strictObject({
  effect: z.enum(['approve', 'deny']).nullable(),
  by: z.enum(['rule', 'person']).nullable(),
  rule: ruleId.nullable(),
  rule_version: z.number().int().nullable(),
  person: personId.nullable(),
  edited: z.boolean(),
  reason: z.string().nullable(),
  at: instant.nullable(),
  required: z.number().int(),
  votes: z.array(vote),
})
export type Decision = z.infer<typeof decision>

export const actionError = z.strictObject({ code: z.string(), message: z.string(), retryable: z.boolean() })
export type ActionError = z.infer<typeof actionError>

/** An action as every caller sees it. */
export const action = z.strictObject({
  id: actionId,
  status: z.enum(statuses),
  agent: agentId,
  connector: z.string(),
  connector_version: z.string(),
  action: z.string(),
  connection: connectionId.nullable(),
  connection_revision: z.number().int().nullable(),
  params,
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  salt: z.string(),
  summary,
  effect: z.enum(effects),
  risk: z.enum(risks),
  reason: z.string().nullable(),
  created_at: instant,
  expires_at: instant.nullable(),
  decision: decision.nullable(),
  executed_params: params.nullable(),
  result: json,
  partial: z.boolean(),
  retry_of: actionId.nullable(),
  error: actionError.nullable(),
  next,
})
export type Action = z.infer<typeof action>

/** What an agent sends. */
export const submission = z.strictObject({
  connector: z.string().min(1).max(64),
  action: z.string().min(1).max(64),
  params: params.default({}),
  connection: connectionId.optional(),
  reason: z.string().max(500).optional(),
  expires_in: z
    .number()
    .int()
    .min(1)
    .max(10 * 365 * 86_400)
    .nullable()
    .optional(),
})
export type Submission = z.infer<typeof submission>

/** One request as it will leave, credential left out. */
export const renderedRequest = z.strictObject({
  connector: z.string(),
  action: z.string(),
  step: z.number().int(),
  method: z.string(),
  url: z.string().nullable(),
  headers: z.record(z.string(), z.string()),
  body: z.string().nullable(),
  body_sha256: z.string().optional(),
  example: z.boolean(),
  handoff: z.boolean(),
})
export type RenderedRequest = z.infer<typeof renderedRequest>

/** An action with the names that a person reads, as the inbox lists it. */
export const approval = action.extend({
  agent_name: z.string(),
  connection_label: z.string().nullable(),
  connector_name: z.string(),
  title: z.string(),
})
export type Approval = z.infer<typeof approval>

/** One approval, looked at closely. */
export const approvalDetail = approval.extend({
  /** The exact requests that would be sent; later steps of several are shown from the action's example. */
  requests: z.array(renderedRequest),
  /** JSON Schema of the parameters, for the edit form. */
  params_schema: z.record(z.string(), json),
  /** Sentences a person must know, such as what can change after the approval. */
  notes: z.array(z.string()),
  /** The action that reverses this one, `irreversible`, or null where that makes no sense. */
  undo: z.string().nullable(),
  /** True if the action can't be shown or run as it stands any more; the reason is `error`. */
  stale: z.boolean(),
})
export type ApprovalDetail = z.infer<typeof approvalDetail>

export const approveBody = z.strictObject({
  digest: z.string(),
  params: params.optional(),
  new_digest: z.string().optional(),
  signature: json.optional(),
})
export const denyBody = z.strictObject({ digest: z.string(), reason: z.string().max(500).optional() })
export const settleBody = z.strictObject({ happened: z.boolean(), note: z.string().max(2000).default('') })

export const page = <T extends z.ZodType>(item: T) =>
  z.strictObject({ items: z.array(item), next_cursor: z.string().nullable() })
