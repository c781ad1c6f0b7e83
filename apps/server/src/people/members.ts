import { Refusal } from '@permission-slip/protocol/errors.ts'
import type { Person, patchPerson, Role } from '@permission-slip/protocol/person.ts'
import type { z } from 'zod'
import { iso } from '../clock.ts'
import type { PersonRow } from '../db/schema/people.ts'
import type { Db, Tx } from '../db/writer-types.ts'
import { actorOf, type PersonCaller } from '../http/caller.ts'
import type { PeopleContext } from './parts.ts'
import { mustGrant } from './roles.ts'

const select = (db: Db) =>
  db
    .selectFrom('people as p')
    .leftJoin('auth_accounts as a', 'a.id', 'p.account')
    .where('p.removed', '=', 0)
    .select(['p.id', 'p.name', 'p.email', 'p.role', 'p.created_at', 'a.totp'])
type Shown = Pick<PersonRow, 'id' | 'name' | 'email' | 'role' | 'created_at'> & { totp: string | null }
const shown = (row: Shown): Person => ({
  id: row.id as Person['id'],
  name: row.name,
  email: row.email,
  role: row.role as Role,
  totp: row.totp !== null,
  created_at: iso(row.created_at),
})

export const listPeople = async (db: Db): Promise<Person[]> =>
  (await select(db).orderBy('p.id', 'desc').execute()).map(shown)

export async function onePerson(db: Db, id: string): Promise<Person> {
  const row = await select(db).where('p.id', '=', id).executeTakeFirst()
  if (!row) throw new Refusal('not_found', 'There is no such person.')
  return shown(row)
}

export async function changePerson(
  ctx: PeopleContext,
  caller: PersonCaller,
  id: string,
  change: z.output<typeof patchPerson>,
): Promise<Person> {
  refuseUngranted(caller)
  const { name, role } = change
  await ctx.writer.write(async (tx) => {
    const row = await present(tx, id)
    const about = { actor: actorOf(caller), subject: id }
    if (name !== undefined && name !== row.name) {
      await tx.db.updateTable('people').set({ name }).where('id', '=', id).execute()
      await tx.append({ type: 'person.changed', ...about, data: { what: 'name' } })
    }
    if (role !== undefined && role !== row.role) {
      if (row.role === 'owner') await refuseLastOwner(tx, id)
      await tx.db.updateTable('people').set({ role }).where('id', '=', id).execute()
      await tx.append({ type: 'person.role', ...about, data: { role } })
    }
  })
  return onePerson(ctx.db, id)
}

/** Sessions end in that instant: they hold only while the person is here. Tokens are revoked with it. */
export async function removePerson(ctx: PeopleContext, caller: PersonCaller, id: string): Promise<void> {
  refuseUngranted(caller)
  await ctx.writer.write(async (tx) => {
    const row = await present(tx, id)
    if (row.role === 'owner') await refuseLastOwner(tx, id)
    await tx.db.updateTable('people').set({ removed: 1 }).where('id', '=', id).execute()
    const tokens = await tx.db
      .selectFrom('personal_tokens')
      .select('id')
      .where('person', '=', id)
      .where('revoked_at', 'is', null)
      .execute()
    for (const token of tokens) {
      await tx.db.updateTable('personal_tokens').set({ revoked_at: tx.now }).where('id', '=', token.id).execute()
      await tx.append({ type: 'person.token_revoked', actor: actorOf(caller), subject: id, data: { token: token.id } })
    }
    await tx.append({ type: 'person.removed', actor: actorOf(caller), subject: id, data: {} })
  })
}

function refuseUngranted(caller: PersonCaller): void {
  mustGrant(caller)
}

async function present(tx: Tx, id: string): Promise<PersonRow> {
  const row = await tx.db
    .selectFrom('people')
    .selectAll()
    .where('id', '=', id)
    .where('removed', '=', 0)
    .executeTakeFirst()
  if (!row) throw new Refusal('not_found', 'There is no such person.')
  return row
}

/** All writers take turns (the log's lock), so two owners can't remove each other. */
async function refuseLastOwner(tx: Tx, id: string): Promise<void> {
  const other = await tx.db
    .selectFrom('people')
    .select('id')
    .where('role', '=', 'owner')
    .where('removed', '=', 0)
    .where('id', '!=', id)
    .limit(1)
    .executeTakeFirst()
  if (!other) throw new Refusal('last_owner')
}
