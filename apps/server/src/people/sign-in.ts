import { Refusal } from '@permission-slip/protocol/errors.ts'
import type { Actor } from '@permission-slip/protocol/log.ts'
import { actorOf, type PersonCaller } from '../http/caller.ts'
import { type Account, accountByEmail, accountOf, normalEmail, takeCode } from './accounts.ts'
import { type Attempt, accountScope, personScope, remoteScope } from './attempts.ts'
import type { Parts } from './parts.ts'
import { endSession, type NewSession, openSession, proveAgain } from './sessions.ts'

export interface Proof {
  password: string
  /** From the authenticator app, or a backup code. */
  code?: string | undefined
}
type Method = 'password' | 'totp'

/** Judges what was typed. Throws without saying which part was wrong, except that a code is wanted beside a right password. */
async function prove(parts: Parts, attempt: Attempt, account: Account | undefined, proof: Proof): Promise<Method> {
  const wrong = () => {
    parts.refusals.note(account?.person ?? null)
    return new Refusal('wrong_credentials')
  }
  const right = await parts.passwords.verify(proof.password, account?.password ?? null)
  if (!right || !account) throw wrong()
  if (account.totp === null) return 'password'
  if (proof.code === undefined) {
    await attempt.release()
    throw new Refusal('wrong_credentials', 'Send the code from your authenticator app too.', {
      more: { totp_required: true },
    })
  }
  if (!(await takeCode(parts, account, proof.code))) throw wrong()
  return 'totp'
}

/** A sign-in: limits, proof, entry in the log, and only then a session. */
export async function signIn(
  parts: Parts,
  typed: Proof & { email: string },
  from: { remote: string; tls: boolean },
): Promise<{ session: NewSession; person: string }> {
  const account = accountScope(normalEmail(typed.email))
  const attempt = await parts.attempts.reserve([account, remoteScope(from.remote)])
  const found = await accountByEmail(parts.read, typed.email)
  const method = await prove(parts, attempt, found, typed)
  if (!found) throw new Refusal('wrong_credentials')
  await attempt.release([account])
  await logSignIn(parts, found, method, { kind: 'person', id: found.person, via: 'session' })
  const session = await openSession(parts.signIn, found.account, from.tls, parts.clock.now())
  return { session, person: found.person }
}

/** Password (and code) once more, by a person who is signed in: counted by itself, so that nobody else's guesses stand in the way. */
export async function freshSignIn(parts: Parts, caller: PersonCaller, proof: Proof): Promise<void> {
  const scope = personScope(caller.id)
  const attempt = await parts.attempts.reserve([scope])
  const account = await accountOf(parts.read, caller.id)
  const method = await prove(parts, attempt, account, proof)
  await attempt.release([scope])
  await logSignIn(parts, account, method, actorOf(caller))
  await proveAgain(parts.signIn, caller.credential, parts.clock.now())
}

async function logSignIn(parts: Parts, account: Account, method: Method, actor: Actor): Promise<void> {
  await parts.writer.write(async (tx) => {
    const still = await tx.db
      .selectFrom('people')
      .select('id')
      .where('id', '=', account.person)
      .where('account', '=', account.account)
      .where('removed', '=', 0)
      .executeTakeFirst()
    // The password was changed, or the person removed, while it was being judged.
    if (!still) throw new Refusal('wrong_credentials')
    await tx.append({ type: 'person.signed_in', actor, subject: account.person, data: { method } })
  })
}

/** Ends the session first: should the entry fail, the person is signed out all the same. */
export async function signOut(parts: Parts, caller: PersonCaller): Promise<void> {
  await endSession(parts.signIn, caller.credential)
  await parts.writer.write((tx) =>
    tx.append({ type: 'person.signed_out', actor: actorOf(caller), subject: caller.id, data: {} }),
  )
}
