import { page } from '@permission-slip/protocol/action.ts'
import { connection, connectionCheck, newConnection, patchConnection } from '@permission-slip/protocol/connection.ts'
import { connectionId } from '@permission-slip/protocol/ids.ts'
import { z } from 'zod'
import { addConnection } from '../../connections/add.ts'
import { changeConnection } from '../../connections/change.ts'
import { listConnections, showConnection } from '../../connections/list.ts'
import { removeConnection } from '../../connections/remove.ts'
import { testConnection } from '../../connections/test.ts'
import type { Context } from '../../context.ts'
import { actorOf } from '../caller.ts'
import { nothing, ok, type Route, route } from '../route.ts'

const query = z.strictObject({
  connector: z.string().optional(),
  cursor: connectionId.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})

/** The accounts of services. Secrets go in and never come out. */
export const connectionRoutes = (ctx: Context): Route[] => [
  route({
    method: 'GET',
    path: '/api/v1/connections',
    summary: 'The connected accounts, newest first.',
    who: ['viewer'],
    scope: 'read',
    logs: { none: 'reads' },
    query,
    answers: { 200: page(connection) },
    handler: async (input) => ok(await listConnections(ctx, input.query)),
  }),
  route({
    method: 'POST',
    path: '/api/v1/connections',
    summary: 'Connect an account. A private address is refused with `addresses` until repeated in `allow_private`.',
    who: ['owner'],
    scope: 'manage',
    logs: ['connection.added', 'settings.changed'],
    body: newConnection,
    answers: { 201: connection },
    handler: async ({ caller, body }) => {
      const made = await addConnection(ctx, caller, body)
      return { ...ok(made, 201), headers: { location: `/api/v1/connections/${made.id}` } }
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/connections/{id}',
    summary: 'One connection.',
    who: ['viewer'],
    scope: 'read',
    logs: { none: 'reads' },
    answers: { 200: connection },
    handler: async ({ path }) => ok(await showConnection(ctx, path['id'] ?? '')),
  }),
  route({
    method: 'PATCH',
    path: '/api/v1/connections/{id}',
    summary: 'Change a connection; where it points to, only with its secrets entered again.',
    who: ['owner'],
    scope: 'manage',
    logs: ['connection.changed', 'settings.changed'],
    body: patchConnection,
    answers: { 200: connection },
    handler: async ({ caller, body, path }) => ok(await changeConnection(ctx, caller, path['id'] ?? '', body)),
  }),
  route({
    method: 'DELETE',
    path: '/api/v1/connections/{id}',
    summary: 'Remove a connection: its keys are destroyed, what waited for it is withdrawn.',
    who: ['owner'],
    scope: 'manage',
    logs: ['connection.removed', 'action.cancelled'],
    answers: { 204: null },
    handler: async ({ caller, path }) => {
      await removeConnection(ctx, caller, path['id'] ?? '')
      return nothing
    },
  }),
  route({
    method: 'POST',
    path: '/api/v1/connections/{id}/test',
    summary: 'Ask the service, with one read, whether the credential works and whose account it is.',
    who: ['owner'],
    scope: 'manage',
    logs: ['connection.tested'],
    answers: { 200: connectionCheck },
    handler: async ({ caller, path, signal, requestId }) =>
      ok(await testConnection(ctx, actorOf(caller), path['id'] ?? '', { signal, requestId })),
  }),
]
