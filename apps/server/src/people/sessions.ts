import { type Role, scopes } from '@permission-slip/protocol/person.ts'
import type { Db } from '../db/writer-types.ts'
import type { PersonCaller } from '../http/caller.ts'
import { hashToken } from '../tokens.ts'
import { randomText } from './random-text.ts'

const day = 86_400_000
/** A remembered device stays signed in for 90 days of use, and 400 days at most. */
const idle = 90 * day
const longest = 400 * day
/** How long a sign-in counts as fresh. */
export const freshFor = 5 * 60_000
/** A session's last use is written down at most this often. */
const coarse = 10 * 60_000

export interface NewSession {
  /** The cookie's value. */
  token: string
  /** What the page sends beside the cookie. */
  secret: string
}

/** Opens a session. Its sign-in is in the log already. */
export async function openSession(signIn: Db, account: string, tls: boolean, now: number): Promise<NewSession> {
  const made = { token: randomText(32), secret: randomText(16) }
  await signIn
    .insertInto('auth_sessions')
    .values({
      hash: hashToken(made.token),
      account,
      secret_hash: hashToken(made.secret),
      tls: tls ? 1 : 0,
      created_at: now,
      proved_at: now,
      used_at: now,
    })
    .execute()
  return made
}

/** A session of a person who is still here, by the cookie's hash. */
const live = (db: Db, hash: string, now: number) =>
  db
    .selectFrom('auth_sessions as s')
    .innerJoin('people as p', 'p.account', 's.account')
    .innerJoin('auth_accounts as a', 'a.id', 's.account')
    .where('s.hash', '=', hash)
    .where('p.removed', '=', 0)
    .where('s.used_at', '>', now - idle)
    .where('s.created_at', '>', now - longest)
    .select([
      'p.id',
      'p.name',
      'p.email',
      'p.role',
      'a.totp',
      's.account',
      's.secret_hash',
      's.tls',
      's.proved_at',
      's.used_at',
    ])
    .executeTakeFirst()

export interface LiveSession {
  caller: PersonCaller
  account: string
  secretHash: string
  tls: boolean
  usedAt: number
}

export async function findSession(db: Db, hash: string, now: number): Promise<LiveSession | null> {
  const row = await live(db, hash, now)
  if (!row) return null
  const age = now - row.proved_at
  return {
    caller: {
      kind: 'person',
      id: row.id,
      name: row.name,
      email: row.email,
      role: row.role as Role,
      via: 'session',
      scopes,
      fresh: age >= 0 && age <= freshFor,
      fromSetup: false,
      totp: row.totp !== null,
      credential: hash,
    },
    account: row.account,
    secretHash: row.secret_hash,
    tls: row.tls === 1,
    usedAt: row.used_at,
  }
}

export async function noteUse(signIn: Db, hash: string, usedAt: number, now: number): Promise<void> {
  if (now - usedAt < coarse) return
  await signIn
    .updateTable('auth_sessions')
    .set({ used_at: now })
    .where('hash', '=', hash)
    .where('used_at', '<', now)
    .execute()
}
export const proveAgain = (signIn: Db, hash: string, now: number): Promise<unknown> =>
  signIn.updateTable('auth_sessions').set({ proved_at: now, used_at: now }).where('hash', '=', hash).execute()
export const endSession = (signIn: Db, hash: string): Promise<unknown> =>
  signIn.deleteFrom('auth_sessions').where('hash', '=', hash).execute()

export async function sweepSessions(signIn: Db, now: number): Promise<void> {
  await signIn
    .deleteFrom('auth_sessions')
    .where((q) => q.or([q('used_at', '<=', now - idle), q('created_at', '<=', now - longest)]))
    .execute()
}
