import { Refusal } from '@permission-slip/protocol/errors.ts'
import { type Route, type RouteSpec, route } from '../route.ts'

/** Addresses that this version keeps free and does not serve yet: they say so. */
const addresses: readonly [RouteSpec<'owner', undefined, undefined>['method'], string, string][] = [
  ['POST', '/api/v1/approvals/batch', 'Deciding several at once'],
  ['POST', '/api/v1/rules/test', 'Testing rules over past actions'],
  ['GET', '/api/v1/insights', 'Insights'],
  ['GET', '/api/v1/devices', 'Devices'],
  ['POST', '/api/v1/devices', 'Devices'],
  ['POST', '/api/v1/backup', 'Backup'],
]

export const laterRoutes = (): Route[] =>
  addresses.map(([method, path, what]) =>
    route({
      method,
      path,
      summary: `${what}: not in this version.`,
      who: ['owner'],
      scope: 'manage',
      logs: { none: 'does nothing' },
      answers: {},
      handler: async () => {
        throw new Refusal('not_available', `${what}: not in this version.`)
      },
    }),
  )
