import { page } from '@permission-slip/protocol/action.ts'
import { newToken } from '@permission-slip/protocol/agent.ts'
import { newPersonalToken, personalToken } from '@permission-slip/protocol/person.ts'
import type { PeopleContext } from '../../people/parts.ts'
import { createToken, listTokens, revokeToken } from '../../people/personal-tokens.ts'
import { nothing, ok, type Route, route } from '../route.ts'

/** Personal tokens: what scripts of people use. */
export const tokenRoutes = (ctx: PeopleContext): Route[] => [
  route({
    method: 'GET',
    path: '/api/v1/tokens',
    summary: 'Personal tokens that hold, newest first.',
    who: ['owner'],
    scope: 'read',
    logs: { none: 'reads' },
    answers: { 200: page(personalToken) },
    handler: async () => ok({ items: await listTokens(ctx), next_cursor: null }),
  }),
  route({
    method: 'POST',
    path: '/api/v1/tokens',
    summary: 'Make a personal token with scopes and an end; the token is answered once.',
    who: ['owner'],
    scope: 'manage',
    fresh: true,
    logs: ['person.token_made'],
    body: newPersonalToken,
    answers: { 201: newToken },
    handler: async ({ caller, body }) => ok(await createToken(ctx, caller, body), 201),
  }),
  route({
    method: 'DELETE',
    path: '/api/v1/tokens/{id}',
    summary: 'Revoke a personal token, at once.',
    who: ['owner'],
    scope: 'manage',
    logs: ['person.token_revoked'],
    answers: { 204: null },
    async handler({ caller, path }) {
      await revokeToken(ctx, caller, path['id'] ?? '')
      return nothing
    },
  }),
]
