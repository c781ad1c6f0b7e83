import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { fileOf, findFiles } from '@permission-slip/connectors/kit/files.ts'
import type { Action, FileRef, Context as KitContext } from '@permission-slip/connectors/kit/types.ts'
import { Refusal } from '@permission-slip/protocol/errors.ts'
import type { JsonObject } from '@permission-slip/protocol/json.ts'
import type { Context } from '../context.ts'
import { pathOf } from './store.ts'

/** The bytes of every file that the parameters name, for what its connector makes of them. Nothing if there is none. */
export async function loadFiles(ctx: Context, action: Action, params: JsonObject): Promise<Pick<KitContext, 'file'>> {
  const loaded = new Map<string, Uint8Array>()
  for (const { value } of findFiles(action, params)) {
    const ref = fileOf(value)
    if (!loaded.has(ref.id)) loaded.set(ref.id, await bytesOf(ctx, ref))
  }
  if (loaded.size === 0) return {}
  return {
    file: (ref) => {
      const bytes = loaded.get(ref.id)
      if (!bytes) throw new Error(`${ref.id} is not a file of these parameters`)
      return bytes
    },
  }
}

/** What was approved is the digest: bytes that do not have it any more go nowhere. */
async function bytesOf(ctx: Context, ref: FileRef): Promise<Uint8Array> {
  const bytes = await fs.promises.readFile(pathOf(ctx, ref.id)).catch(() => null)
  if (bytes === null)
    throw new Refusal(
      'unavailable',
      `The file ${ref.id} is not in the uploads folder of this copy (${ctx.copy}): another copy took it, or it was removed. Nothing was sent.`,
    )
  if (createHash('sha256').update(bytes).digest('hex') !== ref.sha256)
    throw new Refusal('unavailable', `The file ${ref.id} is not what it was when it was stored, so nothing was sent.`)
  return bytes
}
