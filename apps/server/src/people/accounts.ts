import { Refusal } from '@permission-slip/protocol/errors.ts'
import type { EntryData } from '@permission-slip/protocol/log.ts'
import type { Db } from '../db/writer-types.ts'
import { actorOf, type PersonCaller } from '../http/caller.ts'
import { backupCodeHash } from './backup-codes.ts'
import type { Parts } from './parts.ts'
import { randomText } from './random-text.ts'
import { totpMatch } from './totp.ts'
import { openTotp } from './totp-seal.ts'

/** One address is one person, however it is typed. */
export const normalEmail = (email: string): string => email.trim().normalize('NFC').toLowerCase()

/** A person with what they sign in by. */
export interface Account {
  person: string
  account: string
  password: string
  totp: string | null
  totp_step: number
}
const joined = (db: Db) =>
  db
    .selectFrom('people as p')
    .innerJoin('auth_accounts as a', 'a.id', 'p.account')
    .where('p.removed', '=', 0)
    .select(['p.id as person', 'a.id as account', 'a.password', 'a.totp', 'a.totp_step'])
export const accountByEmail = (db: Db, email: string): Promise<Account | undefined> =>
  joined(db).where('p.email', '=', normalEmail(email)).executeTakeFirst()

export async function accountOf(db: Db, person: string): Promise<Account> {
  const found = await joined(db).where('p.id', '=', person).executeTakeFirst()
  if (!found) throw new Refusal('unauthenticated')
  return found
}

export const newAccountId = (): string => `acc_${randomText(16)}`

/** Takes a code from the app, or a backup code, once: of two that come with the same one, one is right. */
export async function takeCode(parts: Parts, row: Account, typed: string): Promise<boolean> {
  const now = parts.clock.now()
  const code = typed.trim()
  const backup = backupCodeHash(code)
  if (backup !== null) {
    const used = await parts.signIn
      .updateTable('auth_backup_codes')
      .set({ used_at: now })
      .where('account', '=', row.account)
      .where('hash', '=', backup)
      .where('used_at', 'is', null)
      .executeTakeFirst()
    return used.numUpdatedRows === 1n
  }
  if (row.totp === null) return false
  const step = totpMatch(openTotp(parts.keys, row.totp, row.person), code, now, row.totp_step)
  if (step === null) return false
  const taken = await parts.signIn
    .updateTable('auth_accounts')
    .set({ totp_step: step })
    .where('id', '=', row.account)
    .where('totp_step', '<', step)
    .executeTakeFirst()
  return taken.numUpdatedRows === 1n
}

export interface Replacement {
  password: string
  totp: string | null
  totp_step: number
  /** `keep`: those of the old account. */
  backupCodes: readonly string[] | 'keep'
}

/**
 * Puts another account in the place of the person's: the new one is written first, then the person turns to it in the
 * transaction of the log entry. Only the caller's own session comes along; all others end in that instant. What is left
 * over when the second step fails belongs to nobody and is swept away.
 */
export async function replaceAccount(
  parts: Pick<Parts, 'signIn' | 'writer' | 'clock'>,
  caller: PersonCaller,
  old: Account,
  next: Replacement,
  what: EntryData<'person.changed'>['what'],
): Promise<void> {
  const id = newAccountId()
  await parts.signIn.transaction().execute(async (db) => {
    const { password, totp, totp_step } = next
    await db
      .insertInto('auth_accounts')
      .values({ id, password, totp, totp_step, created_at: parts.clock.now() })
      .execute()
    const codes =
      next.backupCodes === 'keep'
        ? await db
            .selectFrom('auth_backup_codes')
            .select(['hash', 'used_at'])
            .where('account', '=', old.account)
            .execute()
        : next.backupCodes.map((hash) => ({ hash, used_at: null }))
    if (codes.length > 0)
      await db
        .insertInto('auth_backup_codes')
        .values(codes.map((code) => ({ ...code, account: id })))
        .execute()
    const session = await db
      .selectFrom('auth_sessions')
      .selectAll()
      .where('hash', '=', caller.credential)
      .where('account', '=', old.account)
      .executeTakeFirst()
    if (!session) throw new Refusal('unauthenticated')
    await db
      .insertInto('auth_sessions')
      .values({ ...session, account: id })
      .execute()
  })
  await parts.writer.write(async (tx) => {
    const turned = await tx.db
      .updateTable('people')
      .set({ account: id })
      .where('id', '=', old.person)
      .where('account', '=', old.account)
      .where('removed', '=', 0)
      .executeTakeFirst()
    if (turned.numUpdatedRows !== 1n) throw new Refusal('unavailable', 'Your sign-in was changed elsewhere just now.')
    await tx.append({ type: 'person.changed', actor: actorOf(caller), subject: old.person, data: { what } })
  })
  await dropAccounts(parts.signIn, [old.account])
}

/** Destroys what those accounts signed in by. */
export async function dropAccounts(signIn: Db, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  await signIn.transaction().execute(async (db) => {
    await db.deleteFrom('auth_sessions').where('account', 'in', ids).execute()
    await db.deleteFrom('auth_backup_codes').where('account', 'in', ids).execute()
    await db.deleteFrom('auth_accounts').where('id', 'in', ids).execute()
  })
}

const hour = 3_600_000
/** Accounts that nobody turned to within an hour, and those of people who were removed. */
export async function sweepAccounts(signIn: Db, now: number): Promise<void> {
  const left = await signIn
    .selectFrom('auth_accounts as a')
    .select('a.id')
    .where('a.created_at', '<', now - hour)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(selectFrom('people as p').select('p.id').whereRef('p.account', '=', 'a.id').where('p.removed', '=', 0)),
      ),
    )
    .limit(500)
    .execute()
  await dropAccounts(
    signIn,
    left.map((row) => row.id),
  )
}
