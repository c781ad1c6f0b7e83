import type { ConnectorDescription } from '@permission-slip/protocol/connector.ts'
import type { Json, JsonObject } from '@permission-slip/protocol/json.ts'
import type { Condition, NewRule, Rule } from '@permission-slip/protocol/rule.ts'
import type { Looked } from '../../queries.ts'

export type Effect = NewRule['effect']
/** What a rule says of one parameter: exactly a value, anything, or nothing at all. */
export type Choice = 'exactly' | 'anything' | 'unnamed'
export interface ParamDraft {
  choice: Choice
  value: Json
}
export interface Draft {
  name: string
  effect: Effect
  agents: string[]
  connector: string
  action: string
  connections: string[]
  params: Record<string, ParamDraft>
  note: string
  /** Local date and time of the form's field, empty for never. */
  until: string
}

const isObject = (v: Json | undefined): v is JsonObject => typeof v === 'object' && v !== null && !Array.isArray(v)

export function paramNames(description: ConnectorDescription | undefined, action: string): string[] {
  const properties = description?.actions.find((a) => a.id === action)?.params['properties']
  return isObject(properties) ? Object.keys(properties) : []
}

export const emptyDraft = (): Draft => ({
  name: '',
  effect: 'ask',
  agents: [],
  connector: '',
  action: '',
  connections: [],
  params: {},
  note: '',
  until: '',
})

/** The narrowest rule that lets this very action through: this agent, this account, exactly these values. */
export function draftFrom(a: Looked): Draft {
  return {
    ...emptyDraft(),
    name: `${a.title} for ${a.agent_name}`.slice(0, 120),
    effect: 'allow',
    agents: [a.agent],
    connector: a.connector,
    action: a.action,
    connections: a.connection ? [a.connection] : [],
    params: Object.fromEntries(Object.entries(a.params).map(([name, value]) => [name, { choice: 'exactly', value }])),
  }
}

const two = (n: number) => String(n).padStart(2, '0')
function asLocal(instant: string | null): string {
  if (instant === null) return ''
  const d = new Date(instant)
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}T${two(d.getHours())}:${two(d.getMinutes())}`
}

export const draftOf = (rule: Rule): Draft => ({
  name: rule.name,
  effect: rule.effect,
  agents: rule.agents ?? [],
  connector: rule.connector,
  action: rule.action,
  connections: rule.connections ?? [],
  params: Object.fromEntries(
    Object.entries(rule.params).map(([name, c]) => [
      name,
      'equals' in c ? { choice: 'exactly', value: c.equals } : { choice: 'anything', value: null },
    ]),
  ),
  note: rule.note,
  until: asLocal(rule.expires_at),
})

/** The draft as the server takes it. */
export function ruleBody(draft: Draft) {
  const params: Record<string, Condition> = {}
  for (const [name, { choice, value }] of Object.entries(draft.params)) {
    if (choice === 'exactly') params[name] = { equals: value }
    if (choice === 'anything') params[name] = { anything: true }
  }
  return {
    name: draft.name.trim(),
    effect: draft.effect,
    agents: draft.agents.length > 0 ? draft.agents : null,
    connector: draft.connector,
    action: draft.action,
    connections: draft.connections.length > 0 ? draft.connections : null,
    params,
    note: draft.note,
    expires_at: draft.until === '' ? null : new Date(draft.until).toISOString(),
  }
}
