import type { NotebookIo } from '@permission-slip/connectors/kit/io.ts'
import { canonical } from '@permission-slip/protocol/canonical.ts'
import type { Json } from '@permission-slip/protocol/json.ts'
import { iso } from '../../clock.ts'
import type { Db, Tx, Writer } from '../../db/writer-types.ts'
import type { Step } from '../egress.ts'

/**
 * The notebook, which is kept here: what an action did and that this action did it are one transaction, so that after
 * any crash `done()` knows. An action that did something gets the same answer again and does nothing twice.
 */
export function makeNotebookIo(parts: { db: Db; writer: Writer; action: string | null; step: Step }): NotebookIo {
  const { db, writer, step } = parts
  const action = (): string => {
    if (parts.action === null) throw new TypeError('the notebook is changed by an action only')
    return parts.action
  }

  async function once<T extends Json>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const by = action()
    await step('NOTEBOOK', 'here')
    return writer.write(async (tx) => {
      const before = await tx.db.selectFrom('notebook_ops').select('result').where('action', '=', by).executeTakeFirst()
      // Written by this very code for this very action.
      if (before) return JSON.parse(before.result) as T
      const result = await work(tx)
      await tx.db
        .insertInto('notebook_ops')
        .values({ action: by, result: canonical(result), at: tx.now })
        .execute()
      return result
    })
  }

  return {
    write: (page, body) =>
      once(async (tx) => {
        const old = await tx.db.selectFrom('notebook_pages').selectAll().where('name', '=', page).executeTakeFirst()
        const version = (old?.version ?? 0) + 1
        const fresh = { body, version, updated_at: tx.now }
        await tx.db
          .insertInto('notebook_pages')
          .values({ name: page, ...fresh })
          .onConflict((c) => c.column('name').doUpdateSet(fresh))
          .execute()
        return { page, version, created: old === undefined, previous: old?.body ?? null }
      }),
    erase: (page) =>
      once(async (tx) => {
        const old = await tx.db.selectFrom('notebook_pages').selectAll().where('name', '=', page).executeTakeFirst()
        if (!old) return null
        await tx.db.deleteFrom('notebook_pages').where('name', '=', page).execute()
        return { page, body: old.body }
      }),
    async read(page) {
      await step('NOTEBOOK', 'here')
      const found = await db.selectFrom('notebook_pages').selectAll().where('name', '=', page).executeTakeFirst()
      return found ? { page, body: found.body, version: found.version, updated_at: iso(found.updated_at) } : null
    },
    async list() {
      await step('NOTEBOOK', 'here')
      const all = await db
        .selectFrom('notebook_pages')
        .select(['name', 'version', 'updated_at'])
        .orderBy('name')
        .execute()
      return all.map((one) => ({ page: one.name, version: one.version, updated_at: iso(one.updated_at) }))
    },
    async done() {
      const found = await db
        .selectFrom('notebook_ops')
        .select('result')
        .where('action', '=', action())
        .executeTakeFirst()
      return found ? (JSON.parse(found.result) as Json) : undefined
    },
  }
}
