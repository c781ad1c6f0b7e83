import type { Risk } from '@permission-slip/protocol/action.ts'
import { Refusal } from '@permission-slip/protocol/errors.ts'
import { type Role, roles, type Scope } from '@permission-slip/protocol/person.ts'
import type { AgentCaller, Caller, PersonCaller } from '../http/caller.ts'
import type { Route, Who } from '../http/route.ts'

/** What of a route decides who may call it. */
export type Guarded = Pick<Route, 'who' | 'scope' | 'fresh'>

const isRole = (who: Who): who is Role => roles.some((role) => role === who)
const atLeast = (has: Role, needed: Role): boolean => roles.indexOf(has) >= roles.indexOf(needed)

/** The lowest role that may call; null: no person may. */
export function lowestRole(route: Pick<Route, 'who'>): Role | null {
  const named = route.who.filter(isRole)
  return roles.find((role) => named.includes(role)) ?? null
}

/**
 * Whether this caller may call this route: null, or why not. The one place where roles, scopes and freshness are
 * judged; agents come through only where a route names them.
 */
export function mayCall(route: Guarded, caller: Caller | null): Refusal | null {
  if (route.who.includes('public')) return null
  if (caller === null) return new Refusal('unauthenticated')
  return caller.kind === 'agent' ? mayAgent(route, caller) : mayPerson(route, caller)
}

function mayAgent(route: Guarded, caller: AgentCaller): Refusal | null {
  const anyAgent = route.who.includes('unconfirmed-agent')
  if (!anyAgent && !route.who.includes('agent')) return new Refusal('forbidden', 'An agent may not do this.')
  if (caller.status === 'revoked') return new Refusal('agent_revoked')
  if (caller.status === 'unconfirmed' && !anyAgent) return new Refusal('agent_unconfirmed')
  // A paused agent still reads and cancels its own; what else it may not, its actions say.
  return null
}

function mayPerson(route: Guarded, caller: PersonCaller): Refusal | null {
  const needed = lowestRole(route)
  if (needed === null) return new Refusal('forbidden', 'This is for agents.')
  if (!atLeast(caller.role, needed))
    return new Refusal('forbidden', `This needs the role ${needed}; yours is ${caller.role}.`)
  if (caller.via === 'token') {
    return route.scope !== null && !caller.scopes.includes(route.scope)
      ? new Refusal('forbidden', `This token lacks the scope ${route.scope}.`)
      : null
  }
  return route.fresh === true && !caller.fresh ? new Refusal('fresh_sign_in_required') : null
}

/** High risk is not decided by a token, except the one from set-up, unless an owner switched that on. */
export const mayDecideRisk = (caller: PersonCaller, risk: Risk, tokensDecideHigh: boolean): Refusal | null =>
  risk !== 'high' || caller.via !== 'token' || caller.fromSetup || tokensDecideHigh
    ? null
    : new Refusal(
        'forbidden',
        'A token may not decide high risk here. Decide in the browser, or ask an owner for the setting.',
      )

/** What hands out rights (a token, a role) needs a person who is there, or the token from set-up: no token begets another. */
export const mayGrant = (caller: PersonCaller): Refusal | null =>
  caller.via !== 'token' || caller.fromSetup
    ? null
    : new Refusal('forbidden', 'A token may not do this. Sign in, or use the token from set-up.')

/** The same, as a guard. */
export function mustGrant(caller: PersonCaller): void {
  const refused = mayGrant(caller)
  if (refused) throw refused
}

/** What concerns one's own sign-in is done signed in, by no token. */
export const mustBeSignedIn = (caller: PersonCaller): Refusal | null =>
  caller.via === 'session' ? null : new Refusal('forbidden', 'A token may not do this. Sign in in the browser.')

export interface RoleRow {
  method: Route['method']
  path: string
  agents: 'none' | 'confirmed' | 'all'
  /** null: no person; `public`: anybody. */
  role: Role | 'public' | null
  scope: Scope | null
  fresh: boolean
}
/** The table itself, role by endpoint, as documents and tests read it. */
export const roleTable = (routes: readonly Route[]): RoleRow[] =>
  routes.map(({ method, path, who, scope, fresh }) => ({
    method,
    path,
    agents: who.includes('unconfirmed-agent') ? 'all' : who.includes('agent') ? 'confirmed' : 'none',
    role: who.includes('public') ? 'public' : lowestRole({ who }),
    scope,
    fresh: fresh === true,
  }))
