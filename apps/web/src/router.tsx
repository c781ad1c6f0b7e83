import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet } from '@tanstack/react-router'
import { Gatekeeper } from './features/session/gatekeeper.tsx'
import { Lost } from './pages/lost.tsx'
import { Broken } from './ui/broken.tsx'

const text = (search: Record<string, unknown>, name: string): string | undefined => {
  const value = search[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}

const root = createRootRoute({ component: Outlet, notFoundComponent: Lost, errorComponent: Broken })

const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  validateSearch: (search: Record<string, unknown>): { token?: string } => {
    const token = text(search, 'token')
    return token ? { token } : {}
  },
  component: lazyRouteComponent(() => import('./pages/setup.tsx'), 'SetupPage'),
})

/** Everything else is for people who are signed in; the address stays while they do that. */
const inside = createRoute({ getParentRoute: () => root, id: 'inside', component: Gatekeeper })

const inbox = createRoute({
  getParentRoute: () => inside,
  id: 'inbox',
  component: lazyRouteComponent(() => import('./pages/inbox.tsx'), 'InboxPage'),
})
const inboxHome = createRoute({ getParentRoute: () => inbox, path: '/' })
const inboxAction = createRoute({
  getParentRoute: () => inbox,
  path: '/a/$id',
  component: lazyRouteComponent(() => import('./pages/inbox-action.tsx'), 'InboxAction'),
})
const activity = createRoute({
  getParentRoute: () => inside,
  path: '/activity',
  validateSearch: (search: Record<string, unknown>): { status?: string } => {
    const status = text(search, 'status')
    return status ? { status } : {}
  },
  component: lazyRouteComponent(() => import('./pages/activity.tsx'), 'ActivityPage'),
})
const activityAction = createRoute({
  getParentRoute: () => inside,
  path: '/activity/$id',
  component: lazyRouteComponent(() => import('./pages/activity-action.tsx'), 'ActivityAction'),
})
const agents = createRoute({
  getParentRoute: () => inside,
  path: '/agents',
  component: lazyRouteComponent(() => import('./pages/agents.tsx'), 'AgentsPage'),
})
const agent = createRoute({
  getParentRoute: () => inside,
  path: '/agents/$id',
  component: lazyRouteComponent(() => import('./pages/agent.tsx'), 'AgentPage'),
})
const connections = createRoute({
  getParentRoute: () => inside,
  path: '/connections',
  component: lazyRouteComponent(() => import('./pages/connections.tsx'), 'ConnectionsPage'),
})
const connect = createRoute({
  getParentRoute: () => inside,
  path: '/connections/new/$connector',
  component: lazyRouteComponent(() => import('./pages/connect.tsx'), 'ConnectPage'),
})
const connection = createRoute({
  getParentRoute: () => inside,
  path: '/connections/$id',
  component: lazyRouteComponent(() => import('./pages/connection.tsx'), 'ConnectionPage'),
})
const rules = createRoute({
  getParentRoute: () => inside,
  path: '/rules',
  component: lazyRouteComponent(() => import('./pages/rules.tsx'), 'RulesPage'),
})
const newRule = createRoute({
  getParentRoute: () => inside,
  path: '/rules/new',
  validateSearch: (search: Record<string, unknown>): { from?: string } => {
    const from = text(search, 'from')
    return from ? { from } : {}
  },
  component: lazyRouteComponent(() => import('./pages/new-rule.tsx'), 'NewRulePage'),
})
const editRule = createRoute({
  getParentRoute: () => inside,
  path: '/rules/$id',
  component: lazyRouteComponent(() => import('./pages/edit-rule.tsx'), 'EditRulePage'),
})
const notebook = createRoute({
  getParentRoute: () => inside,
  path: '/notebook',
  component: lazyRouteComponent(() => import('./pages/notebook.tsx'), 'NotebookPage'),
})
const log = createRoute({
  getParentRoute: () => inside,
  path: '/log',
  component: lazyRouteComponent(() => import('./pages/log.tsx'), 'LogPage'),
})
const settings = createRoute({
  getParentRoute: () => inside,
  path: '/settings',
  component: lazyRouteComponent(() => import('./pages/settings.tsx'), 'SettingsPage'),
})
const welcome = createRoute({
  getParentRoute: () => inside,
  path: '/welcome',
  component: lazyRouteComponent(() => import('./pages/welcome.tsx'), 'WelcomePage'),
})

const routeTree = root.addChildren([
  setup,
  inside.addChildren([
    inbox.addChildren([inboxHome, inboxAction]),
    activity,
    activityAction,
    agents,
    agent,
    connections,
    connect,
    connection,
    rules,
    newRule,
    editRule,
    notebook,
    log,
    settings,
    welcome,
  ]),
])

export const createAppRouter = () =>
  createRouter({
    routeTree,
    defaultPreload: 'intent',
    scrollRestoration: true,
    scrollToTopSelectors: ['#content'],
    defaultNotFoundComponent: Lost,
  })

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>
  }
}
