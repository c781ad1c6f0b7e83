import { page } from '@permission-slip/protocol/action.ts'
import {
  agent,
  confirmAgent as confirmBody,
  enrollment,
  enrollmentAnswer,
  invitation,
  me,
  newToken,
  patchAgent,
  publicKey,
} from '@permission-slip/protocol/agent.ts'
import { Refusal } from '@permission-slip/protocol/errors.ts'
import { z } from 'zod'
import { enroll } from '../../agents/enroll.ts'
import { invite } from '../../agents/invite.ts'
import {
  addKey,
  changeAgent,
  confirmAgent,
  makeAgentToken,
  revokeAgentToken,
  revokeKey,
  switchAgent,
} from '../../agents/manage.ts'
import { presentAgents, presentOne } from '../../agents/row.ts'
import type { Context } from '../../context.ts'
import { thumbprint } from '../../log/public-key.ts'
import { meOf } from '../../people/people.ts'
import { paged, pageQuery } from '../query.ts'
import { nothing, ok, type Route, route } from '../route.ts'
import { verifySignature } from '../signatures/verify.ts'

export function agentRoutes(ctx: Context): Route[] {
  const shown = async (id: string) => ok(await presentOne(ctx.db, id))
  const switching = (verb: 'pause' | 'resume' | 'revoke', to: 'paused' | 'active' | 'revoked', says: string) =>
    route({
      method: 'POST',
      path: `/api/v1/agents/{id}/${verb}`,
      summary: says,
      who: ['owner'],
      scope: 'manage',
      logs: [
        verb === 'pause' ? 'agent.paused' : verb === 'resume' ? 'agent.resumed' : 'agent.revoked',
        'action.cancelled',
      ],
      answers: { 200: agent },
      async handler({ caller, path }) {
        await switchAgent(ctx, caller, path['id'] ?? '', to)
        return shown(path['id'] ?? '')
      },
    })
  return [
    route({
      method: 'POST',
      path: '/api/v1/enrollments',
      summary: 'Bring a key with an invite code. Signed by that key. Asks for nothing until an owner confirms it.',
      who: ['public'],
      scope: null,
      logs: ['agent.enrolled', 'agent.held'],
      body: enrollment,
      answers: { 201: enrollmentAnswer },
      async handler({ body, raw }) {
        const key = thumbprint(body.public_key)
        const signed = await verifySignature(
          {
            method: raw.method,
            url: raw.target,
            authority: raw.authority,
            headers: raw.headers,
            body: raw.body,
            names: raw.names,
            now: ctx.clock.now(),
          },
          async (keyid) => (keyid === key ? { publicKey: body.public_key } : null),
        )
        const made = await enroll(ctx, body, signed)
        const say = 'The owner has to confirm this key: tell them the six words. GET /api/v1/me says when they did.'
        return ok(
          { ...made, next: { do: 'ask_owner', say, url: `${ctx.config.publicUrl}/agents/${made.agent}`, after_s: 2 } },
          201,
        )
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/me',
      summary: 'Who the caller is, and what it may do.',
      who: ['unconfirmed-agent', 'viewer'],
      scope: null,
      logs: { none: 'reads' },
      answers: { 200: me },
      handler: async ({ caller }) =>
        ok(caller.kind === 'agent' ? { kind: 'agent', agent: await presentOne(ctx.db, caller.id) } : meOf(caller)),
    }),
    route({
      method: 'POST',
      path: '/api/v1/agents/invitations',
      summary: 'A code for one enrolment, good for 15 minutes.',
      who: ['owner'],
      scope: 'manage',
      logs: ['agent.invited'],
      answers: { 201: invitation },
      handler: async ({ caller }) => ok(await invite(ctx, caller), 201),
    }),
    route({
      method: 'GET',
      path: '/api/v1/agents',
      summary: 'Agents, newest first.',
      who: ['viewer'],
      scope: 'read',
      logs: { none: 'reads' },
      query: z.strictObject(pageQuery),
      answers: { 200: page(agent) },
      async handler({ query }) {
        let q = ctx.db
          .selectFrom('agents')
          .select('id')
          .orderBy('id', 'desc')
          .limit(query.limit + 1)
        if (query.cursor !== undefined) q = q.where('id', '<', query.cursor)
        const { items, next_cursor } = paged(await q.execute(), query.limit, (row) => row.id)
        return ok({ items: await presentAgents(ctx.db, items), next_cursor })
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/agents/{id}',
      summary: 'One agent.',
      who: ['viewer'],
      scope: 'read',
      logs: { none: 'reads' },
      answers: { 200: agent },
      handler: ({ path }) => shown(path['id'] ?? ''),
    }),
    route({
      method: 'PATCH',
      path: '/api/v1/agents/{id}',
      summary: 'Change its name, limits, access or default expiry.',
      who: ['owner'],
      scope: 'manage',
      logs: ['agent.changed'],
      body: patchAgent,
      answers: { 200: agent },
      async handler({ caller, path, body }) {
        await changeAgent(ctx, caller, path['id'] ?? '', body)
        return shown(path['id'] ?? '')
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/agents/{id}/confirm',
      summary: 'Say that its key is its own: with two of the six words, or by a token, which gets all six to compare.',
      who: ['owner'],
      scope: 'manage',
      logs: ['agent.confirmed'],
      body: confirmBody,
      answers: { 200: agent.extend({ words: z.array(z.string()) }) },
      async handler({ caller, path, body }) {
        const words = await confirmAgent(ctx, caller, path['id'] ?? '', body)
        return ok({ ...(await presentOne(ctx.db, path['id'] ?? '')), words })
      },
    }),
    switching(
      'pause',
      'paused',
      'Stop it for now: what it asked for and was not started is withdrawn when its turn comes.',
    ),
    switching('resume', 'active', 'Let it ask again.'),
    switching('revoke', 'revoked', 'Stop it for ever.'),
    route({
      method: 'POST',
      path: '/api/v1/agents/{id}/keys',
      summary: "A further key. An owner's is in force at once; one that the agent adds waits to be confirmed.",
      who: ['owner', 'agent'],
      scope: 'manage',
      fresh: true,
      logs: ['agent.key_added'],
      body: z.strictObject({ public_key: publicKey }),
      answers: { 201: z.strictObject({ key: z.string(), status: z.string() }) },
      async handler({ caller, path, body }) {
        const id = path['id'] ?? ''
        if (caller.kind === 'agent' && caller.id !== id)
          throw new Refusal('forbidden', 'An agent adds keys to itself only.')
        return ok(await addKey(ctx, caller, id, body.public_key), 201)
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/agents/{id}/keys/{key}',
      summary: 'Revoke a key.',
      who: ['owner', 'agent'],
      scope: 'manage',
      logs: ['agent.key_revoked'],
      answers: { 204: null },
      async handler({ caller, path }) {
        const id = path['id'] ?? ''
        if (caller.kind === 'agent' && caller.id !== id)
          throw new Refusal('forbidden', 'An agent revokes its own keys only.')
        await revokeKey(ctx, caller, id, path['key'] ?? '')
        return nothing
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/agents/{id}/tokens',
      summary: 'A bearer token for an agent that can not sign. Shown once.',
      who: ['owner'],
      scope: 'manage',
      fresh: true,
      logs: ['agent.token_made'],
      body: z.strictObject({ name: z.string().trim().min(1).max(80).default('token') }),
      answers: { 201: newToken },
      handler: async ({ caller, path, body }) =>
        ok(await makeAgentToken(ctx, caller, path['id'] ?? '', body.name), 201),
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/agents/{id}/tokens/{token}',
      summary: 'Revoke a token.',
      who: ['owner'],
      scope: 'manage',
      logs: ['agent.token_revoked'],
      answers: { 204: null },
      async handler({ caller, path }) {
        await revokeAgentToken(ctx, caller, path['id'] ?? '', path['token'] ?? '')
        return nothing
      },
    }),
  ]
}
