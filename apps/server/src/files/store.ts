import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { Refusal } from '@permission-slip/protocol/errors.ts'
import { newId } from '@permission-slip/protocol/ids.ts'
import { limitsOf, mustBeActive } from '../agents/row.ts'
import type { Context } from '../context.ts'
import type { FileRow } from '../db/schema/contents.ts'
import type { Db, Tx } from '../db/writer-types.ts'
import { isFrozen } from '../settings.ts'

/** 25 MB. */
export const mostFileBytes = 25 * 1024 * 1024

const folder = (ctx: Context): string => path.join(ctx.dataDir.path, 'uploads')
export const pathOf = (ctx: Context, id: string): string => path.join(folder(ctx), id)

/** A file of this owner, or nothing: another's is not there. */
export const readFileRow = async (db: Db, id: string, owner: string): Promise<FileRow | undefined> =>
  db.selectFrom('files').selectAll().where('id', '=', id).where('owner', '=', owner).executeTakeFirst()

/**
 * Takes a stream to disk, counting and hashing as it comes; the row and its log entry follow when it is whole.
 * @param together what belongs to the same transaction: the request's nonce.
 */
export async function keepFile(
  ctx: Context,
  owner: string,
  about: { name: string; type: string },
  body: ReadableStream<Uint8Array>,
  together: (tx: Tx) => Promise<void> = async () => {},
): Promise<FileRow> {
  const id = newId('fil')
  fs.mkdirSync(folder(ctx), { recursive: true, mode: 0o700 })
  const half = `${pathOf(ctx, id)}.part`
  const handle = await fs.promises.open(half, 'wx', 0o600)
  const hash = createHash('sha256')
  let size = 0
  try {
    for await (const chunk of body) {
      size += chunk.length
      if (size > mostFileBytes) throw new Refusal('payload_too_large', `A file may have ${mostFileBytes} bytes.`)
      hash.update(chunk)
      await handle.write(chunk)
    }
    await handle.sync()
    await handle.close()
    await fs.promises.rename(half, pathOf(ctx, id))
    const row: FileRow = { id, owner, ...about, size, sha256: hash.digest('hex'), created_at: 0 }
    return await ctx.writer.write(async (tx) => {
      await together(tx)
      row.created_at = tx.now
      if (owner.startsWith('agt_')) {
        const agent = await tx.db.selectFrom('agents').selectAll().where('id', '=', owner).executeTakeFirstOrThrow()
        mustBeActive(agent)
        if (await isFrozen(tx.db)) throw new Refusal('frozen')
        const most = limitsOf(agent).stored_bytes
        if (agent.stored + size > most)
          throw new Refusal('storage_limit', `This agent has stored ${agent.stored} of ${most} bytes.`)
        await tx.db
          .updateTable('agents')
          .set({ stored: agent.stored + size })
          .where('id', '=', owner)
          .execute()
      }
      await tx.db.insertInto('files').values(row).execute()
      await tx.append({
        type: 'file.stored',
        actor: { kind: 'server' },
        subject: id,
        data: { bytes: size },
        content: { owner, ...about, sha256: row.sha256 },
      })
      return row
    })
  } catch (error) {
    await handle.close().catch(() => {})
    await fs.promises.rm(half, { force: true })
    await fs.promises.rm(pathOf(ctx, id), { force: true })
    throw error
  }
}
