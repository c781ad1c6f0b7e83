import { setupAnswer, setupBody } from '@permission-slip/protocol/person.ts'
import { sessionCookie } from '../../people/cookies.ts'
import { currentLogKey } from '../../people/log-key.ts'
import { onePerson } from '../../people/members.ts'
import type { PeopleContext } from '../../people/parts.ts'
import { ok, type Route, route } from '../route.ts'

/** The one-time link becomes the first owner. */
export const setupRoutes = (ctx: PeopleContext): Route[] => [
  route({
    method: 'POST',
    path: '/api/v1/setup',
    summary:
      'Exchange the one-time set-up token for the first owner, signed in, with a personal token and the log key to pin.',
    who: ['public'],
    scope: null,
    logs: ['person.added', 'person.token_made', 'person.signed_in'],
    body: setupBody,
    answers: { 201: setupAnswer },
    async handler({ body, headers }) {
      const made = await ctx.people.setUp(body, { method: 'POST', headers })
      const log = await currentLogKey(ctx.db)
      const answer = {
        person: await onePerson(ctx.db, made.person),
        token: made.token,
        log_key: log.key,
        log_origin: log.origin,
        session_secret: made.session.secret,
      }
      return { ...ok(answer, 201), cookies: [sessionCookie(ctx.people.overTls(headers), made.session.token)] }
    },
  }),
]
