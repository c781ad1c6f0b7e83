import { action, approval, approvalDetail, approveBody, denyBody, page } from '@permission-slip/protocol/action.ts'
import { Refusal } from '@permission-slip/protocol/errors.ts'
import { z } from 'zod'
import { presentAction, readAction } from '../../actions/row.ts'
import { approve, deny } from '../../approvals/decide.ts'
import { presentApprovals, presentDetail } from '../../approvals/present.ts'
import type { Context } from '../../context.ts'
import type { ActionRow } from '../../db/schema/actions.ts'
import { pageQuery } from '../query.ts'
import { ok, type Route, route } from '../route.ts'

export function approvalRoutes(ctx: Context): Route[] {
  const present = (row: ActionRow) => presentAction(row, ctx.config.publicUrl)
  return [
    route({
      method: 'GET',
      path: '/api/v1/approvals',
      summary: 'What waits for a person, newest first.',
      who: ['viewer'],
      scope: 'read',
      logs: { none: 'reads' },
      query: z.strictObject(pageQuery),
      answers: { 200: page(approval) },
      async handler({ query }) {
        let q = ctx.db
          .selectFrom('actions')
          .selectAll()
          .where('status', '=', 'pending')
          .orderBy('id', 'desc')
          .limit(query.limit + 1)
        if (query.cursor !== undefined) q = q.where('id', '<', query.cursor)
        const rows = await q.execute()
        const items = await presentApprovals(ctx, rows.slice(0, query.limit))
        return ok({ items, next_cursor: rows.length > query.limit ? (items.at(-1)?.id ?? null) : null })
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/approvals/{id}',
      summary: 'One action looked at closely: the exact requests, its schema, what can change.',
      who: ['viewer'],
      scope: 'read',
      logs: { none: 'reads' },
      answers: { 200: approvalDetail },
      handler: async ({ path }) => ok(await presentDetail(ctx, await readAction(ctx.db, path['id'] ?? '', null))),
    }),
    route({
      method: 'POST',
      path: '/api/v1/approvals/{id}/approve',
      summary: 'Approve exactly what was shown; with `params`, approve that instead.',
      who: ['approver'],
      scope: 'decide',
      logs: ['action.edited', 'action.voted', 'action.approved'],
      body: approveBody,
      answers: { 200: action },
      async handler({ caller, path, body }) {
        if (body.signature !== undefined) throw new Refusal('signature_unsupported')
        return ok(present(await approve(ctx, caller, path['id'] ?? '', body)))
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/approvals/{id}/deny',
      summary: 'Deny, with a reason that reaches the agent.',
      who: ['approver'],
      scope: 'decide',
      logs: ['action.voted', 'action.denied'],
      body: denyBody,
      answers: { 200: action },
      handler: async ({ caller, path, body }) => ok(present(await deny(ctx, caller, path['id'] ?? '', body))),
    }),
  ]
}
