import {
  codeBody,
  passwordBody,
  proofBody,
  provedAgain,
  sessionState,
  signedIn,
  signInBody,
  totpConfirmed,
  totpStarted,
} from '@permission-slip/protocol/person.ts'
import { endedCookie, sessionCookie } from '../../people/cookies.ts'
import type { PeopleContext } from '../../people/parts.ts'
import { meOf } from '../../people/people.ts'
import { mustBeSignedIn } from '../../people/roles.ts'
import type { PersonCaller } from '../caller.ts'
import { nothing, ok, type Route, route } from '../route.ts'

function signedInOnly(caller: PersonCaller): void {
  const refused = mustBeSignedIn(caller)
  if (refused) throw refused
}
const refusals = 'person.sign_in_refused'

/** Signing in and out, and what one signs in by. No token and no agent does any of it. */
export const sessionRoutes = (ctx: PeopleContext): Route[] => [
  route({
    method: 'GET',
    path: '/api/v1/session',
    summary: 'Whether this browser is signed in, and whether the server still waits for its first owner.',
    who: ['public'],
    scope: null,
    logs: { none: 'reads' },
    answers: { 200: sessionState },
    async handler({ caller }) {
      const me = caller?.kind === 'person' ? meOf(caller) : null
      return ok({ signed_in: me !== null, setup_needed: me === null && (await ctx.people.setupNeeded()), me })
    },
  }),
  route({
    method: 'POST',
    path: '/api/v1/session',
    summary: 'Sign in with e-mail address, password and, where it is on, a code. `totp_required` asks for the code.',
    who: ['public'],
    scope: null,
    logs: ['person.signed_in', refusals],
    body: signInBody,
    answers: { 200: signedIn },
    async handler({ body, headers, remote }) {
      const { session, caller } = await ctx.people.signIn(body, { method: 'POST', headers, remote })
      return {
        ...ok({ me: meOf(caller), session_secret: session.secret }),
        cookies: [sessionCookie(ctx.people.overTls(headers), session.token)],
      }
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/v1/session',
    summary: 'Sign out: this session ends at once.',
    who: ['viewer'],
    scope: null,
    logs: ['person.signed_out'],
    answers: { 204: null },
    async handler({ caller, headers }) {
      signedInOnly(caller)
      await ctx.people.signOut(caller)
      return { ...nothing, cookies: [endedCookie(ctx.people.overTls(headers))] }
    },
  }),
  route({
    method: 'POST',
    path: '/api/v1/session/fresh',
    summary: 'Give the password (and code) again, for what needs a sign-in within the last five minutes.',
    who: ['viewer'],
    scope: null,
    logs: ['person.signed_in', refusals],
    body: proofBody,
    answers: { 200: provedAgain },
    async handler({ caller, body }) {
      signedInOnly(caller)
      return ok({ me: meOf(await ctx.people.prove(caller, body)) })
    },
  }),
  route({
    method: 'POST',
    path: '/api/v1/password',
    summary: 'Change the password; all other sessions of this person end.',
    who: ['viewer'],
    scope: null,
    logs: ['person.changed', refusals],
    body: passwordBody,
    answers: { 204: null },
    async handler({ caller, body }) {
      signedInOnly(caller)
      await ctx.people.changePassword(caller, body.current, body.next)
      return nothing
    },
  }),
  route({
    method: 'POST',
    path: '/api/v1/totp/start',
    summary: 'A new second factor to put into an authenticator app. It counts once it is confirmed.',
    who: ['viewer'],
    scope: null,
    fresh: true,
    logs: { none: 'nothing counts before `person.changed` of the confirmation' },
    answers: { 200: totpStarted },
    async handler({ caller }) {
      signedInOnly(caller)
      return ok(await ctx.people.startTotp(caller))
    },
  }),
  route({
    method: 'POST',
    path: '/api/v1/totp/confirm',
    summary: 'Switch the second factor on with a first code; answers the backup codes, once. Other sessions end.',
    who: ['viewer'],
    scope: null,
    fresh: true,
    logs: ['person.changed'],
    body: codeBody,
    answers: { 200: totpConfirmed },
    async handler({ caller, body }) {
      signedInOnly(caller)
      return ok({ backup_codes: await ctx.people.confirmTotp(caller, body.code) })
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/v1/totp',
    summary: 'Switch the second factor off, with a code. Other sessions end.',
    who: ['viewer'],
    scope: null,
    fresh: true,
    logs: ['person.changed', refusals],
    body: codeBody,
    answers: { 204: null },
    async handler({ caller, body }) {
      signedInOnly(caller)
      await ctx.people.removeTotp(caller, body.code)
      return nothing
    },
  }),
]
