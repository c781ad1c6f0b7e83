import { page } from '@permission-slip/protocol/action.ts'
import { newRule, patchRule, rule } from '@permission-slip/protocol/rule.ts'
import { z } from 'zod'
import type { Context } from '../../context.ts'
import { addRule, changeRule, presentRule, readRule, removeRule } from '../../rules/manage.ts'
import { paged, pageQuery } from '../query.ts'
import { nothing, ok, type Route, route } from '../route.ts'

export const ruleRoutes = (ctx: Context): Route[] => [
  route({
    method: 'GET',
    path: '/api/v1/rules',
    summary: 'Rules, newest first.',
    who: ['viewer'],
    scope: 'read',
    logs: { none: 'reads' },
    query: z.strictObject({
      connector: z.string().max(64).optional(),
      action: z.string().max(64).optional(),
      ...pageQuery,
    }),
    answers: { 200: page(rule) },
    async handler({ query }) {
      let q = ctx.db
        .selectFrom('rules')
        .selectAll()
        .where('removed', '=', 0)
        .orderBy('id', 'desc')
        .limit(query.limit + 1)
      if (query.connector !== undefined) q = q.where('connector', '=', query.connector)
      if (query.action !== undefined) q = q.where('action', '=', query.action)
      if (query.cursor !== undefined) q = q.where('id', '<', query.cursor)
      const { items, next_cursor } = paged(await q.execute(), query.limit, presentRule)
      return ok({ items: items.filter((r) => r !== null), next_cursor })
    },
  }),
  route({
    method: 'POST',
    path: '/api/v1/rules',
    summary: 'A new rule.',
    who: ['owner'],
    scope: 'manage',
    logs: ['rule.created'],
    body: newRule,
    answers: { 201: rule },
    handler: async ({ caller, body }) => ok(await addRule(ctx, caller, body), 201),
  }),
  route({
    method: 'GET',
    path: '/api/v1/rules/{id}',
    summary: 'One rule.',
    who: ['viewer'],
    scope: 'read',
    logs: { none: 'reads' },
    answers: { 200: rule },
    handler: async ({ path }) => ok(await readRule(ctx, path['id'] ?? '')),
  }),
  route({
    method: 'PATCH',
    path: '/api/v1/rules/{id}',
    summary: 'Change a rule: a new version.',
    who: ['owner'],
    scope: 'manage',
    logs: ['rule.changed'],
    body: patchRule,
    answers: { 200: rule },
    handler: async ({ caller, path, body }) => ok(await changeRule(ctx, caller, path['id'] ?? '', body)),
  }),
  route({
    method: 'DELETE',
    path: '/api/v1/rules/{id}',
    summary: 'Remove a rule.',
    who: ['owner'],
    scope: 'manage',
    logs: ['rule.removed'],
    answers: { 204: null },
    async handler({ caller, path }) {
      await removeRule(ctx, caller, path['id'] ?? '')
      return nothing
    },
  }),
]
