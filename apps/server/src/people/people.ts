import type { Me } from '@permission-slip/protocol/agent.ts'
import type { setupBody } from '@permission-slip/protocol/person.ts'
import type { z } from 'zod'
import type { PersonCaller } from '../http/caller.ts'
import { hashToken, sameText } from '../tokens.ts'
import { sweepAccounts } from './accounts.ts'
import { makeAttempts } from './attempts.ts'
import { browserGuard, changes, foreignPage } from './browser-guard.ts'
import { readCookie } from './cookies.ts'
import { changePassword, confirmTotp, removeTotp, startTotp, sweepPending } from './credentials.ts'
import { overTls, ownOrigins } from './own-origins.ts'
import type { Parts, PeopleDeps } from './parts.ts'
import { makePasswords } from './passwords.ts'
import { findToken, noteTokenUse, tokenHolds } from './personal-tokens.ts'
import { makeRefusals } from './refusals.ts'
import { findSession, type NewSession, noteUse, sweepSessions } from './sessions.ts'
import { ownerExists, renewSetupToken, type SetUp, type SetupToken, setUp } from './setup.ts'
import { freshSignIn, type Proof, signIn, signOut } from './sign-in.ts'

/** What of a request says who sends it. */
export interface PersonRequest {
  method: string
  /** Lower-case names. */
  headers: Record<string, string>
  /** Stands on what is logged of it. */
  requestId?: string
}
export const secretHeader = 'x-permission-slip-session'

export interface People {
  /**
   * The person who sends a request, by token or by cookie; null: nobody we know. Throws `cross_site` when a change
   * comes with our cookie from another page.
   */
  authenticate(request: PersonRequest): Promise<PersonCaller | null>
  /** Whether a stream may go on: same session or token, same role, still here. */
  stillValid(caller: PersonCaller): Promise<boolean>
  setupNeeded(): Promise<boolean>
  /** A new set-up token while there is no owner; null afterwards. Asked at start, and again when it expires. */
  setupToken(): Promise<SetupToken | null>
  /** `from` is the request, so that no other page signs its own account in here. */
  setUp(body: z.output<typeof setupBody>, from: PersonRequest): Promise<SetUp>
  signIn(
    typed: Proof & { email: string },
    from: PersonRequest & { remote: string },
  ): Promise<{ session: NewSession; caller: PersonCaller }>
  signOut(caller: PersonCaller): Promise<void>
  /** Makes the caller's session fresh. */
  prove(caller: PersonCaller, proof: Proof): Promise<PersonCaller>
  changePassword(caller: PersonCaller, current: string, next: string): Promise<void>
  startTotp(caller: PersonCaller): Promise<{ uri: string; secret: string }>
  /** Answers the backup codes, once. */
  confirmTotp(caller: PersonCaller, code: string): Promise<string[]>
  removeTotp(caller: PersonCaller, code: string): Promise<void>
  /** Whether the request came by the https name: which cookie it has. */
  overTls(headers: Record<string, string>): boolean
  /** For a job, each minute: counted refusals are logged, what has ended is destroyed. */
  sweep(): Promise<void>
  /** Before the writer closes: logs what is counted. */
  close(): Promise<void>
}

/** A person for `GET /me` and the session endpoints. */
export const meOf = (caller: PersonCaller): Extract<Me, { kind: 'person' }> => ({
  kind: 'person',
  person: caller.id as Extract<Me, { kind: 'person' }>['person'],
  name: caller.name,
  email: caller.email,
  role: caller.role,
  via: caller.via,
  scopes: [...caller.scopes],
  fresh: caller.fresh,
  totp: caller.totp,
})

export function makePeople(deps: PeopleDeps): People {
  const { clock, config, read } = deps
  const parts: Parts = {
    ...deps,
    passwords: makePasswords(),
    attempts: makeAttempts(deps.signIn, clock),
    refusals: makeRefusals(deps),
  }
  const tls = (headers: Record<string, string>) => overTls(config.publicUrl, headers)
  // Writing down a last use must not stop a person: on a full disk deny and pause still work.
  const unlessItFails = (work: Promise<unknown>, request: string | undefined) =>
    work.catch((err: unknown) => deps.logger.warn({ err, request }, 'a last use could not be written'))
  const current = async (hash: string): Promise<PersonCaller> => {
    const session = await findSession(read, hash, clock.now())
    if (!session) throw new Error('a session that was just opened is gone')
    return session.caller
  }
  let hasOwner = false

  async function byToken(token: string, request: string | undefined): Promise<PersonCaller | null> {
    const found = await findToken(read, token, clock.now())
    if (!found) return null
    await unlessItFails(noteTokenUse(parts.signIn, found.caller.credential, found.lastUsedAt, clock.now()), request)
    return found.caller
  }

  async function byCookie(request: PersonRequest): Promise<PersonCaller | null> {
    const secure = tls(request.headers)
    const cookie = readCookie(request.headers['cookie'], secure)
    if (cookie === null) return null
    const refused = browserGuard(request, ownOrigins(config))
    if (refused) throw refused
    const hash = hashToken(cookie)
    const session = await findSession(read, hash, clock.now())
    // A cookie of plain http, which others on this host may have seen, is none of the https name's.
    if (!session || session.tls !== secure) return null
    // On plain http every program on this host shares the cookie, so a change proves that our page's storage is there.
    const secret = request.headers[secretHeader] ?? ''
    if (changes(request.method) && !secure && !sameText(hashToken(secret), session.secretHash)) return null
    await unlessItFails(noteUse(parts.signIn, hash, session.usedAt, clock.now()), request.requestId)
    return session.caller
  }

  return {
    async authenticate(request) {
      const authorization = request.headers['authorization']
      if (authorization === undefined) return byCookie(request)
      const token = /^bearer +(psp_[A-Za-z0-9_-]+)$/i.exec(authorization)?.[1]
      return token === undefined ? null : byToken(token, request.requestId)
    },
    async stillValid(caller) {
      const now = clock.now()
      const session = caller.via === 'session' ? await findSession(read, caller.credential, now) : null
      if (caller.via === 'session') return session?.caller.role === caller.role
      if (!(await tokenHolds(read, caller.credential, now))) return false
      const row = await read
        .selectFrom('people')
        .select(['role', 'removed'])
        .where('id', '=', caller.id)
        .executeTakeFirst()
      return row?.removed === 0 && row.role === caller.role
    },
    async setupNeeded() {
      hasOwner ||= await ownerExists(read)
      return !hasOwner
    },
    setupToken: () => renewSetupToken(parts),
    async setUp(body, from) {
      const refused = foreignPage(from, ownOrigins(config))
      if (refused) throw refused
      return setUp(parts, body, tls(from.headers))
    },
    async signIn(typed, from) {
      const refused = foreignPage(from, ownOrigins(config))
      if (refused) throw refused
      const { session } = await signIn(parts, typed, { remote: from.remote, tls: tls(from.headers) })
      return { session, caller: await current(hashToken(session.token)) }
    },
    signOut: (caller) => signOut(parts, caller),
    async prove(caller, proof) {
      await freshSignIn(parts, caller, proof)
      return current(caller.credential)
    },
    changePassword: (caller, now, next) => changePassword(parts, caller, now, next),
    startTotp: (caller) => startTotp(parts, caller),
    confirmTotp: (caller, code) => confirmTotp(parts, caller, code),
    removeTotp: (caller, code) => removeTotp(parts, caller, code),
    overTls: tls,
    async sweep() {
      await parts.refusals.flush()
      await parts.attempts.sweep()
      await sweepSessions(parts.signIn, clock.now())
      await sweepPending(parts)
      await sweepAccounts(parts.signIn, clock.now())
    },
    close: () => parts.refusals.flush(true),
  }
}
