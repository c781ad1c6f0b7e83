import { canonical } from '@permission-slip/protocol/canonical.ts'
import type { Json, JsonObject } from '@permission-slip/protocol/json.ts'
import { type Explanation, type Rule, rule as ruleShape } from '@permission-slip/protocol/rule.ts'

/** What rules look at. */
export interface Asked {
  agent: string
  connector: string
  action: string
  connection: string | null
  params: JsonObject
  /** Every parameter the action has, with its default where it has one. */
  known: Readonly<Record<string, { default?: Json }>>
}

/** A stored rule: what its columns say for certain, and a body that may be unreadable. */
export interface StoredRule {
  id: string
  version: number
  effect: string
  connector: string
  action: string
  body: string
  enabled: number
}

export interface Match extends Explanation {
  /** The rule that decided; null when no rule did and a person is asked. */
  by: { rule: string; version: number } | null
}

type Looked = Explanation['rules'][number]
const equal = (a: Json | undefined, b: Json | undefined): boolean =>
  a === undefined || b === undefined ? a === b : canonical(a) === canonical(b)

/** A reason why a readable rule does not match, or null if it does. */
function whyNot(rule: Rule, asked: Asked, now: number): string | null {
  if (!rule.enabled) return 'it is switched off'
  if (rule.expires_at !== null && Date.parse(rule.expires_at) <= now) return 'it has expired'
  if (rule.agents !== null && !rule.agents.some((a) => a === asked.agent)) return 'it is for other agents'
  if (rule.connections !== null && !rule.connections.some((c) => c === asked.connection))
    return 'it is for other connections'
  for (const [name, condition] of Object.entries(rule.params)) {
    if ('anything' in condition) continue
    const value = Object.hasOwn(asked.params, name) ? asked.params[name] : undefined
    if (!equal(value, condition.equals)) return value === undefined ? `${name} is missing` : `${name} has another value`
  }
  if (rule.effect !== 'allow') return null
  // An allow rule says something of every parameter: one it does not name must be absent or at its default, so that a
  // parameter added by an update widens no rule.
  for (const [name, value] of Object.entries(asked.params)) {
    if (Object.hasOwn(rule.params, name)) continue
    if (!equal(value, asked.known[name]?.default)) return `it says nothing of ${name}`
  }
  return null
}

function look(stored: StoredRule, asked: Asked, now: number): Looked {
  const known = { rule: stored.id as Looked['rule'], version: stored.version }
  const effect = (['allow', 'deny', 'ask'] as const).find((e) => e === stored.effect) ?? 'deny'
  let body: unknown
  try {
    body = JSON.parse(stored.body)
  } catch {
    body = null
  }
  const read = ruleShape.safeParse(body)
  if (!read.success || read.data.effect !== stored.effect) {
    // What can't be read allows nothing, and refuses or asks for whatever it might have meant.
    const matched = effect !== 'allow' && stored.enabled === 1
    return { ...known, name: stored.id, effect, matched, why: 'it can not be read' }
  }
  const why = whyNot({ ...read.data, enabled: stored.enabled === 1 }, asked, now)
  return { ...known, name: read.data.name, effect, matched: why === null, why: why ?? 'every condition holds' }
}

/**
 * Deny, then ask, then allow, then ask by default. Pure: the same rules, action and time give the same outcome, and the
 * order of the rules does not matter.
 * @param rules those of the action's connector and action.
 * @param now milliseconds since 1970.
 */
export function matchRules(rules: readonly StoredRule[], asked: Asked, now: number): Match {
  const mine = rules.filter((r) => r.connector === asked.connector && r.action === asked.action)
  const looked = mine.map((r) => look(r, asked, now)).sort((a, b) => (a.rule < b.rule ? -1 : 1))
  for (const outcome of ['deny', 'ask', 'allow'] as const) {
    const by = looked.find((l) => l.matched && l.effect === outcome)
    if (!by) continue
    const say = {
      deny: `The rule "${by.name}" refuses it.`,
      ask: `The rule "${by.name}" asks a person.`,
      allow: `The rule "${by.name}" lets it through.`,
    }
    return { outcome, say: say[outcome], rules: looked, by: { rule: by.rule, version: by.version } }
  }
  return { outcome: 'ask', say: 'No rule matches, so a person is asked.', rules: looked, by: null }
}
