import { Refusal } from '@permission-slip/protocol/errors.ts'
import type { PersonCaller } from '../http/caller.ts'
import { accountOf, replaceAccount, takeCode } from './accounts.ts'
import { personScope } from './attempts.ts'
import { backupCodeHash, newBackupCodes } from './backup-codes.ts'
import type { Parts } from './parts.ts'
import { base32, newTotpSecret, totpMatch, totpUri } from './totp.ts'
import { openTotp, sealTotp } from './totp-seal.ts'

/** How long a shown second factor may wait for its first code. */
const pendingFor = 15 * 60_000

const wrongCode = () =>
  new Refusal('wrong_credentials', 'That code is not right, or was used already.', {
    fields: [{ field: 'code', expected: 'the code that your app shows now', got: 'another' }],
  })

export async function changePassword(parts: Parts, caller: PersonCaller, current: string, next: string): Promise<void> {
  const account = await checkPassword(parts, caller, current)
  if (current === next)
    throw new Refusal('invalid_request', 'The new password is the old one.', {
      fields: [{ field: 'next', expected: 'another password', got: 'the same' }],
    })
  const password = await parts.passwords.hash(next)
  const { totp, totp_step } = account
  await replaceAccount(parts, caller, account, { password, totp, totp_step, backupCodes: 'keep' }, 'password')
}

/** The password alone: the session that asks was signed in with the second factor. */
async function checkPassword(parts: Parts, caller: PersonCaller, password: string) {
  const scope = personScope(caller.id)
  const attempt = await parts.attempts.reserve([scope])
  const account = await accountOf(parts.read, caller.id)
  if (!(await parts.passwords.verify(password, account.password))) {
    parts.refusals.note(caller.id)
    throw new Refusal('wrong_credentials', 'The current password is wrong.')
  }
  await attempt.release([scope])
  return account
}

export async function startTotp(parts: Parts, caller: PersonCaller): Promise<{ uri: string; secret: string }> {
  const account = await accountOf(parts.read, caller.id)
  if (account.totp !== null) throw new Refusal('invalid_request', 'A second factor is on already. Remove it first.')
  const secret = newTotpSecret()
  const row = { totp: sealTotp(parts.keys, secret, caller.id), created_at: parts.clock.now() }
  await parts.signIn
    .insertInto('auth_totp_pending')
    .values({ person: caller.id, ...row })
    .onConflict((c) => c.column('person').doUpdateSet(row))
    .execute()
  return { uri: totpUri(secret, new URL(parts.config.publicUrl).hostname, caller.email), secret: base32(secret) }
}

/** A right code shows that the app has the secret; only then it counts. The backup codes are answered once. */
export async function confirmTotp(parts: Parts, caller: PersonCaller, code: string): Promise<string[]> {
  const scope = personScope(caller.id)
  const attempt = await parts.attempts.reserve([scope])
  const account = await accountOf(parts.read, caller.id)
  const now = parts.clock.now()
  const pending = await parts.read
    .selectFrom('auth_totp_pending')
    .selectAll()
    .where('person', '=', caller.id)
    .where('created_at', '>', now - pendingFor)
    .executeTakeFirst()
  if (!pending || account.totp !== null) {
    await attempt.release()
    throw new Refusal('invalid_request', 'Start a second factor first, and confirm it within 15 minutes.')
  }
  const step = totpMatch(openTotp(parts.keys, pending.totp, caller.id), code.trim(), now, account.totp_step)
  if (step === null) throw wrongCode()
  await attempt.release([scope])
  const codes = newBackupCodes()
  await replaceAccount(
    parts,
    caller,
    account,
    {
      password: account.password,
      totp: pending.totp,
      totp_step: step,
      backupCodes: codes.flatMap((made) => backupCodeHash(made) ?? []),
    },
    'totp_on',
  )
  await parts.signIn.deleteFrom('auth_totp_pending').where('person', '=', caller.id).execute()
  return codes
}

export async function removeTotp(parts: Parts, caller: PersonCaller, code: string): Promise<void> {
  const scope = personScope(caller.id)
  const attempt = await parts.attempts.reserve([scope])
  const account = await accountOf(parts.read, caller.id)
  if (account.totp === null) {
    await attempt.release()
    throw new Refusal('invalid_request', 'There is no second factor to remove.')
  }
  if (!(await takeCode(parts, account, code))) {
    parts.refusals.note(caller.id)
    throw wrongCode()
  }
  await attempt.release([scope])
  const { password } = account
  await replaceAccount(parts, caller, account, { password, totp: null, totp_step: 0, backupCodes: [] }, 'totp_off')
}

export const sweepPending = (parts: Parts): Promise<unknown> =>
  parts.signIn
    .deleteFrom('auth_totp_pending')
    .where('created_at', '<=', parts.clock.now() - pendingFor)
    .execute()
