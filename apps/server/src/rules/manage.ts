import { Refusal } from '@permission-slip/protocol/errors.ts'
import { newId } from '@permission-slip/protocol/ids.ts'
import type { Json } from '@permission-slip/protocol/json.ts'
import { type NewRule, newRule, type Rule, rule as ruleShape } from '@permission-slip/protocol/rule.ts'
import { iso } from '../clock.ts'
import type { Context } from '../context.ts'
import type { RuleRow } from '../db/schema/rules.ts'
import type { Tx } from '../db/writer-types.ts'
import { actorOf, type PersonCaller } from '../http/caller.ts'

const wrong = (field: string, expected: string, got: string): Refusal =>
  new Refusal('invalid_request', `${field}: expected ${expected}.`, { fields: [{ field, expected, got }] })

/** The rule names an action that exists, and every parameter it speaks of is one; code is exact or anything by form. */
async function checkAgainstAction(ctx: Context, body: NewRule): Promise<void> {
  const described = await ctx.connectors.describe(body.connector)
  if (!described) throw wrong('connector', 'a connector of the catalogue', body.connector)
  const action = described.actions.find((a) => a.id === body.action)
  if (!action) throw wrong('action', `an action of ${body.connector}`, body.action)
  const properties = action.params['properties'] as Record<string, Json> | undefined
  const known = Object.keys(properties ?? {})
  for (const name of Object.keys(body.params))
    if (!known.includes(name)) throw wrong(`params.${name}`, `one of ${known.join(', ') || 'no parameters'}`, name)
  if (body.effect !== 'allow') return
  for (const name of known)
    if (!Object.hasOwn(body.params, name))
      throw wrong(`params.${name}`, 'a condition on every parameter: {"equals": …} or {"anything": true}', 'nothing')
}

export const presentRule = (row: Pick<RuleRow, 'body' | 'id'>): Rule | null => {
  try {
    return ruleShape.parse(JSON.parse(row.body))
  } catch {
    return null
  }
}

async function store(tx: Tx, rule: Rule): Promise<void> {
  const body = JSON.stringify(rule)
  const row = { version: rule.version, effect: rule.effect, body, enabled: Number(rule.enabled), updated_at: tx.now }
  const { id, connector, action } = rule
  const fresh = { id, connector, action, removed: 0, created_by: rule.created_by, created_at: tx.now, ...row }
  await tx.db
    .insertInto('rules')
    .values(fresh)
    .onConflict((c) => c.column('id').doUpdateSet(row))
    .execute()
  await tx.db
    .insertInto('rule_versions')
    .values({ rule: id, version: rule.version, body, enabled: row.enabled, at: tx.now })
    .execute()
}

export async function addRule(ctx: Context, caller: PersonCaller, asked: NewRule): Promise<Rule> {
  await checkAgainstAction(ctx, asked)
  return ctx.writer.write(async (tx) => {
    const at = iso(tx.now)
    const id = newId('rul', tx.now)
    const rule: Rule = {
      ...asked,
      id,
      version: 1,
      enabled: true,
      created_by: caller.id as Rule['created_by'],
      created_at: at,
      updated_at: at,
    }
    await store(tx, rule)
    await tx.append({
      type: 'rule.created',
      actor: actorOf(caller),
      subject: id,
      data: { version: 1 },
      content: rule as Json,
    })
    return rule
  })
}

/** An edit is a new version: a decision keeps naming the one that made it. */
export async function changeRule(
  ctx: Context,
  caller: PersonCaller,
  id: string,
  change: Record<string, unknown>,
): Promise<Rule> {
  const before = await readRule(ctx, id)
  const { version: _v, enabled: _e, created_by: _b, created_at: _c, updated_at: _u, id: _i, ...body } = before
  const { enabled, ...rest } = change
  const next = newRule.parse({ ...body, ...rest })
  await checkAgainstAction(ctx, next)
  return ctx.writer.write(async (tx) => {
    const row = await tx.db
      .selectFrom('rules')
      .select('version')
      .where('id', '=', id)
      .where('removed', '=', 0)
      .executeTakeFirst()
    if (!row) throw new Refusal('not_found', `There is no rule ${id}.`)
    if (row.version !== before.version)
      throw new Refusal('digest_changed', 'The rule was changed meanwhile; look at it again.')
    const rule: Rule = {
      ...before,
      ...next,
      enabled: typeof enabled === 'boolean' ? enabled : before.enabled,
      version: before.version + 1,
      updated_at: iso(tx.now),
    }
    await store(tx, rule)
    await tx.append({
      type: 'rule.changed',
      actor: actorOf(caller),
      subject: id,
      data: { version: rule.version },
      content: rule as Json,
    })
    return rule
  })
}

export async function readRule(ctx: Context, id: string): Promise<Rule> {
  const row = await ctx.db
    .selectFrom('rules')
    .selectAll()
    .where('id', '=', id)
    .where('removed', '=', 0)
    .executeTakeFirst()
  const rule = row ? presentRule(row) : null
  if (!rule)
    throw new Refusal('not_found', row ? `The rule ${id} can not be read; remove it.` : `There is no rule ${id}.`)
  return rule
}

export async function removeRule(ctx: Context, caller: PersonCaller, id: string): Promise<void> {
  await ctx.writer.write(async (tx) => {
    const row = await tx.db
      .selectFrom('rules')
      .select('version')
      .where('id', '=', id)
      .where('removed', '=', 0)
      .executeTakeFirst()
    if (!row) throw new Refusal('not_found', `There is no rule ${id}.`)
    await tx.db.updateTable('rules').set({ removed: 1, enabled: 0, updated_at: tx.now }).where('id', '=', id).execute()
    await tx.append({ type: 'rule.removed', actor: actorOf(caller), subject: id, data: { version: row.version } })
  })
}
