import { action, approval, page, settleBody, submission } from '@permission-slip/protocol/action.ts'
import { explanation } from '@permission-slip/protocol/rule.ts'
import { statuses } from '@permission-slip/protocol/states.ts'
import { z } from 'zod'
import { explain } from '../../actions/explain.ts'
import { spendNonce } from '../../actions/once.ts'
import { presentAction, readAction } from '../../actions/row.ts'
import { submit } from '../../actions/submit.ts'
import { isSettled, makePolls, waitFor } from '../../actions/wait.ts'
import { cancel } from '../../approvals/decide.ts'
import { retry, settle } from '../../approvals/outcome.ts'
import { presentApprovals } from '../../approvals/present.ts'
import type { Context } from '../../context.ts'
import type { ActionRow } from '../../db/schema/actions.ts'
import { guardSpace } from '../../space.ts'
import type { AgentCaller, Caller } from '../caller.ts'
import { idempotencyKey, paged, pageQuery, waitQuery } from '../query.ts'
import { type Answer, ok, type Route, route } from '../route.ts'
import { stillAllowed } from '../still.ts'

export function actionRoutes(ctx: Context): Route[] {
  const polls = makePolls()
  const present = (row: ActionRow) => presentAction(row, ctx.config.publicUrl)
  const mine = (caller: Caller) => (caller.kind === 'agent' ? caller.id : null)

  async function waited(caller: Caller, row: ActionRow, seconds: number, signal: AbortSignal): Promise<ActionRow> {
    if (seconds === 0 || isSettled(row)) return row
    const leave = caller.kind === 'agent' ? polls.enter(caller.id, caller.limits.long_polls) : () => {}
    const gone = ctx.metrics.longPolls.enter()
    try {
      return await waitFor(ctx, row, seconds, signal, { id: caller.id, still: () => stillAllowed(ctx, caller) })
    } finally {
      gone()
      leave()
    }
  }
  const settledOrNot = (row: ActionRow): Answer =>
    isSettled(row)
      ? ok(present(row))
      : { status: 202, body: present(row), headers: { location: `/api/v1/actions/${row.id}` } }

  return [
    route({
      method: 'POST',
      path: '/api/v1/actions',
      summary: 'Ask for an action. 200 when it is settled within `wait` seconds, else 202.',
      who: ['agent'],
      scope: null,
      logs: ['action.submitted', 'action.approved', 'action.denied'],
      body: submission,
      query: z.strictObject({ wait: waitQuery }),
      answers: { 200: action, 202: action },
      async handler({ caller, body, query, headers, signal }) {
        guardSpace(ctx)
        const row = await submit(ctx, caller as AgentCaller, body, idempotencyKey(headers))
        // It is recorded: whatever goes wrong with the waiting, the answer is the action, never "try again".
        return settledOrNot(await waited(caller, row, query.wait, signal).catch(() => row))
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/actions',
      summary: 'Actions, newest first: an agent its own, a person all.',
      who: ['agent', 'viewer'],
      scope: 'read',
      logs: { none: 'reads' },
      query: z.strictObject({
        status: z.enum(statuses).optional(),
        agent: z.string().max(64).optional(),
        connector: z.string().max(64).optional(),
        ...pageQuery,
      }),
      answers: { 200: page(z.union([action, approval])) },
      async handler({ caller, query }) {
        let q = ctx.db
          .selectFrom('actions')
          .selectAll()
          .orderBy('id', 'desc')
          .limit(query.limit + 1)
        const agent = mine(caller) ?? query.agent
        if (agent !== undefined) q = q.where('agent', '=', agent)
        if (query.status !== undefined) q = q.where('status', '=', query.status)
        if (query.connector !== undefined) q = q.where('connector', '=', query.connector)
        if (query.cursor !== undefined) q = q.where('id', '<', query.cursor)
        const rows = await q.execute()
        if (caller.kind === 'agent') return ok(paged(rows, query.limit, present))
        const items = await presentApprovals(ctx, rows.slice(0, query.limit))
        return ok({ items, next_cursor: rows.length > query.limit ? (items.at(-1)?.id ?? null) : null })
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/actions/{id}',
      summary: 'One action; with `wait`, as soon as it is settled or the seconds are over.',
      who: ['agent', 'viewer'],
      scope: 'read',
      logs: { none: 'reads' },
      query: z.strictObject({ wait: waitQuery }),
      answers: { 200: action },
      async handler({ caller, path, query, signal }) {
        const row = await readAction(ctx.db, path['id'] ?? '', mine(caller))
        return ok(present(await waited(caller, row, query.wait, signal)))
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/actions/{id}/cancel',
      summary: 'Withdraw what has not started.',
      who: ['agent', 'approver'],
      scope: 'decide',
      logs: ['action.cancelled'],
      answers: { 200: action },
      async handler({ caller, path }) {
        return ok(
          present(
            await cancel(ctx, caller, path['id'] ?? '', (tx) =>
              caller.kind === 'agent' ? spendNonce(tx, caller) : Promise.resolve(),
            ),
          ),
        )
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/actions/{id}/explain',
      summary: 'Which rules are looked at, and why each does or does not match.',
      who: ['viewer'],
      scope: 'read',
      logs: { none: 'reads' },
      answers: { 200: explanation },
      handler: async ({ path }) => ok(await explain(ctx, await readAction(ctx.db, path['id'] ?? '', null))),
    }),
    route({
      method: 'POST',
      path: '/api/v1/actions/{id}/settle',
      summary: 'Say what became of an unknown outcome.',
      who: ['approver'],
      scope: 'decide',
      logs: ['action.settled', 'action.succeeded', 'action.failed'],
      body: settleBody,
      answers: { 200: action },
      handler: async ({ caller, path, body }) => ok(present(await settle(ctx, caller, path['id'] ?? '', body))),
    }),
    route({
      method: 'POST',
      path: '/api/v1/actions/{id}/retry',
      summary: 'Ask for the same again: a new action with its own decision.',
      who: ['approver'],
      scope: 'decide',
      logs: ['action.submitted', 'action.approved', 'action.denied'],
      answers: { 201: action },
      async handler({ caller, path }) {
        guardSpace(ctx)
        return ok(present(await retry(ctx, caller, path['id'] ?? '')), 201)
      },
    }),
  ]
}
