import fs from 'node:fs'
import { Refusal } from '@permission-slip/protocol/errors.ts'
import { newId } from '@permission-slip/protocol/ids.ts'
import type { Actor } from '@permission-slip/protocol/log.ts'
import { scopes, type setupBody } from '@permission-slip/protocol/person.ts'
import type { z } from 'zod'
import type { Db } from '../db/writer-types.ts'
import { hashToken } from '../tokens.ts'
import { newAccountId, normalEmail } from './accounts.ts'
import type { Parts } from './parts.ts'
import { addToken } from './personal-tokens.ts'
import { randomText } from './random-text.ts'
import { type NewSession, openSession } from './sessions.ts'

const hour = 3_600_000
/** The token of set-up ends too; by then an owner signs in and makes others. */
const personalTokenLife = 365 * 24 * hour
const file = 'setup-token'

export const ownerExists = async (db: Db): Promise<boolean> =>
  (await db
    .selectFrom('people')
    .select('id')
    .where('role', '=', 'owner')
    .where('removed', '=', 0)
    .limit(1)
    .executeTakeFirst()) !== undefined

export interface SetupToken {
  token: string
  /** Milliseconds since 1970. */
  expiresAt: number
}

/**
 * A new set-up token in place of this copy's former one, or null once there is an owner. The database has its hash; the
 * token itself is in the data directory, 0600, for `permission-slip setup` on the same machine.
 */
export async function renewSetupToken(parts: Parts): Promise<SetupToken | null> {
  const { dataDir, signIn, clock } = parts
  const path = dataDir.file(file)
  const former = fs.existsSync(path) ? hashToken(fs.readFileSync(path, 'utf8').trim()) : ''
  const now = clock.now()
  await signIn
    .deleteFrom('setup_tokens')
    .where((q) => q.or([q('hash', '=', former), q('expires_at', '<=', now)]))
    .execute()
  if (await ownerExists(parts.read)) {
    fs.rmSync(path, { force: true })
    return null
  }
  const made = { token: randomText(24), expiresAt: now + hour }
  await signIn
    .insertInto('setup_tokens')
    .values({ hash: hashToken(made.token), expires_at: made.expiresAt })
    .execute()
  dataDir.write(file, `${made.token}\n`)
  return made
}

export interface SetUp {
  person: string
  token: string
  session: NewSession
}

/** The first owner. Of many that come with good tokens at once, exactly one becomes it. */
export async function setUp(parts: Parts, body: z.output<typeof setupBody>, tls: boolean): Promise<SetUp> {
  const hash = hashToken(body.token)
  await check(parts.read, hash, parts.clock.now())
  const account = newAccountId()
  const password = await parts.passwords.hash(body.password)
  await parts.signIn
    .insertInto('auth_accounts')
    .values({ id: account, password, totp: null, totp_step: 0, created_at: parts.clock.now() })
    .execute()
  const email = normalEmail(body.email)
  const made = await parts.writer.write(async (tx) => {
    await check(tx.db, hash, tx.now)
    // Void for every copy: no other link outlives the first owner.
    await tx.db.deleteFrom('setup_tokens').execute()
    const person = newId('usr', tx.now)
    const actor: Actor = { kind: 'person', id: person, via: 'console' }
    await tx.db
      .insertInto('people')
      .values({ id: person, account, name: body.name, email, role: 'owner', removed: 0, created_at: tx.now })
      .execute()
    const content = { name: body.name, email }
    await tx.append({ type: 'person.added', actor, subject: person, data: { role: 'owner', via: 'console' }, content })
    const { token } = await addToken(tx, {
      person,
      name: 'Set-up',
      scopes,
      expiresAt: tx.now + personalTokenLife,
      fromSetup: true,
      actor,
    })
    await tx.append({ type: 'person.signed_in', actor, subject: person, data: { method: 'setup' } })
    return { person, token }
  })
  fs.rmSync(parts.dataDir.file(file), { force: true })
  return { ...made, session: await openSession(parts.signIn, account, tls, parts.clock.now()) }
}

async function check(db: Db, hash: string, now: number): Promise<void> {
  if (await ownerExists(db)) throw new Refusal('setup_done')
  const row = await db.selectFrom('setup_tokens').select('expires_at').where('hash', '=', hash).executeTakeFirst()
  if (!row) throw new Refusal('invalid_setup_token')
  if (row.expires_at <= now)
    throw new Refusal('invalid_setup_token', 'That set-up link has expired. Restart the server for a new one.')
}
