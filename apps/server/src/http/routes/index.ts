import type { Context } from '../../context.ts'
import type { Route } from '../route.ts'
import { actionRoutes } from './actions.ts'
import { agentRoutes } from './agents.ts'
import { approvalRoutes } from './approvals.ts'
import { connectionRoutes } from './connections.ts'
import { connectorRoutes } from './connectors.ts'
import { eventRoutes } from './events.ts'
import { laterRoutes } from './later.ts'
import { logRoutes } from './log.ts'
import { metricsRoutes } from './metrics.ts'
import { notebookRoutes } from './notebook.ts'
import { peopleRoutes } from './people.ts'
import { ruleRoutes } from './rules.ts'
import { serverRoutes } from './server.ts'
import { sessionRoutes } from './session.ts'
import { setupRoutes } from './setup.ts'
import { tokenRoutes } from './tokens.ts'

/** Every route of the API. */
export const routesOf = (ctx: Context): Route[] => [
  ...setupRoutes(ctx),
  ...sessionRoutes(ctx),
  ...actionRoutes(ctx),
  ...approvalRoutes(ctx),
  ...ruleRoutes(ctx),
  ...agentRoutes(ctx),
  ...connectorRoutes(ctx),
  ...connectionRoutes(ctx),
  ...notebookRoutes(ctx),
  ...peopleRoutes(ctx),
  ...tokenRoutes(ctx),
  ...eventRoutes(ctx),
  ...logRoutes(ctx),
  ...serverRoutes(ctx),
  ...metricsRoutes(ctx),
  ...laterRoutes(),
]
