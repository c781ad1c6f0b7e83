import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { Refusal } from '@permission-slip/protocol/errors.ts'
import { newId } from '@permission-slip/protocol/ids.ts'
import type { Actor } from '@permission-slip/protocol/log.ts'
import { limitsOf, mustBeActive, readAgent } from '../agents/row.ts'
import type { Context } from '../context.ts'
import type { FileRow } from '../db/schema/contents.ts'
import type { Db, Tx } from '../db/writer-types.ts'
import { actorOf, type Caller } from '../http/caller.ts'
import { isFrozen } from '../settings.ts'

/** 25 MB. */
export const mostFileBytes = 25 * 1024 * 1024

export const folder = (ctx: Pick<Context, 'dataDir'>): string => path.join(ctx.dataDir.path, 'uploads')
export const pathOf = (ctx: Context, id: string): string => path.join(folder(ctx), id)

/** A file of this owner, or nothing: another's is not there. */
export const readFileRow = async (db: Db, id: string, owner: string): Promise<FileRow | undefined> =>
  db.selectFrom('files').selectAll().where('id', '=', id).where('owner', '=', owner).executeTakeFirst()

/** Bytes that are on the disk, durable, and in no row yet. */
export type Taken = Omit<FileRow, 'owner' | 'created_at'>

/** Takes a stream to disk, counting and hashing as it comes. What breaks off or is too large leaves nothing. */
export async function takeBytes(
  ctx: Context,
  about: { name: string; type: string },
  body: ReadableStream<Uint8Array>,
): Promise<Taken> {
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
    await syncFolder(folder(ctx))
    return { id, ...about, size, sha256: hash.digest('hex') }
  } catch (error) {
    await handle.close().catch(() => {})
    await fs.promises.rm(half, { force: true })
    await dropBytes(ctx, id)
    throw error
  }
}

export const dropBytes = (ctx: Context, id: string): Promise<void> => fs.promises.rm(pathOf(ctx, id), { force: true })

/** A name survives a power cut only when its folder was written too. */
async function syncFolder(dir: string): Promise<void> {
  const handle = await fs.promises.open(dir, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** The row of bytes that were taken, with its log entry, within what the agent may store. */
export async function recordFile(tx: Tx, owner: string, by: Actor, taken: Taken): Promise<FileRow> {
  const { id, size, name, type, sha256 } = taken
  if (owner.startsWith('agt_')) {
    const agent = await readAgent(tx.db, owner)
    const most = limitsOf(agent).stored_bytes
    if (agent.stored + size > most)
      throw new Refusal('storage_limit', `This agent has stored ${agent.stored} of ${most} bytes.`, {
        more: { limit: 'stored_bytes' },
      })
    await tx.db
      .updateTable('agents')
      .set({ stored: agent.stored + size })
      .where('id', '=', owner)
      .execute()
  }
  const row: FileRow = { ...taken, owner, created_at: tx.now }
  await tx.db.insertInto('files').values(row).execute()
  const content = { owner, name, type, sha256 }
  await tx.append({ type: 'file.stored', actor: by, subject: id, data: { bytes: size }, content })
  return row
}

/** Uploads count as submissions do, so that many small ones are no way around that limit. */
async function withinRate(tx: Tx, owner: string, most: number): Promise<void> {
  const recent = await tx.db
    .selectFrom('files')
    .select('id')
    .where('owner', '=', owner)
    .where('created_at', '>', tx.now - 1000)
    .offset(most - 1)
    .limit(1)
    .executeTakeFirst()
  if (recent)
    throw new Refusal('rate_limited', `At most ${most} files a second.`, { more: { limit: 'submissions_per_second' } })
}

/**
 * Keeps a file that somebody brought by itself.
 * @param together what belongs to the same transaction: the request's nonce.
 */
export async function keepFile(
  ctx: Context,
  caller: Caller,
  about: { name: string; type: string },
  body: ReadableStream<Uint8Array>,
  together: (tx: Tx) => Promise<void>,
): Promise<FileRow> {
  const taken = await takeBytes(ctx, about, body)
  try {
    return await ctx.writer.write(async (tx) => {
      await together(tx)
      if (caller.kind === 'agent') {
        const agent = await readAgent(tx.db, caller.id)
        mustBeActive(agent)
        if (await isFrozen(tx.db)) throw new Refusal('frozen')
        await withinRate(tx, caller.id, limitsOf(agent).submissions_per_second)
      }
      return recordFile(tx, caller.id, actorOf(caller), taken)
    })
  } catch (error) {
    // A commit that failed in another way may have happened all the same: then the sweep decides, by the row.
    if (error instanceof Refusal) await dropBytes(ctx, taken.id)
    throw error
  }
}
