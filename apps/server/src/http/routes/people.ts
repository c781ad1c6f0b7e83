import { page } from '@permission-slip/protocol/action.ts'
import { Refusal } from '@permission-slip/protocol/errors.ts'
import { patchPerson, person } from '@permission-slip/protocol/person.ts'
import { changePerson, listPeople, onePerson, removePerson } from '../../people/members.ts'
import type { PeopleContext } from '../../people/parts.ts'
import { nothing, ok, type Route, route } from '../route.ts'

/** Who may look and decide here. */
export const peopleRoutes = (ctx: PeopleContext): Route[] => [
  route({
    method: 'GET',
    path: '/api/v1/people',
    summary: 'The people of this server.',
    who: ['viewer'],
    scope: 'read',
    logs: { none: 'reads' },
    answers: { 200: page(person) },
    handler: async () => ok({ items: await listPeople(ctx.db), next_cursor: null }),
  }),
  route({
    method: 'POST',
    path: '/api/v1/people',
    summary: 'Invite a person: not in this version.',
    who: ['owner'],
    scope: 'manage',
    fresh: true,
    logs: { none: 'always refused in this version' },
    answers: {},
    handler: async () => {
      throw new Refusal('not_available', 'Inviting people is not in this version.')
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/people/{id}',
    summary: 'One person.',
    who: ['viewer'],
    scope: 'read',
    logs: { none: 'reads' },
    answers: { 200: person },
    handler: async ({ path }) => ok(await onePerson(ctx.db, path['id'] ?? '')),
  }),
  route({
    method: 'PATCH',
    path: '/api/v1/people/{id}',
    summary: 'Change a name or role. The last owner stays one.',
    who: ['owner'],
    scope: 'manage',
    fresh: true,
    logs: ['person.changed', 'person.role'],
    body: patchPerson,
    answers: { 200: person },
    handler: async ({ caller, body, path }) => ok(await changePerson(ctx, caller, path['id'] ?? '', body)),
  }),
  route({
    method: 'DELETE',
    path: '/api/v1/people/{id}',
    summary: 'Remove a person: sessions and tokens end at once. The last owner stays.',
    who: ['owner'],
    scope: 'manage',
    fresh: true,
    logs: ['person.removed', 'person.token_revoked'],
    answers: { 204: null },
    async handler({ caller, path }) {
      await removePerson(ctx, caller, path['id'] ?? '')
      return nothing
    },
  }),
]
