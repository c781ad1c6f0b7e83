import { findFiles } from '@permission-slip/connectors/kit/files.ts'
import type { Action } from '@permission-slip/connectors/kit/types.ts'
import { Refusal } from '@permission-slip/protocol/errors.ts'
import type { Json, JsonObject } from '@permission-slip/protocol/json.ts'
import type { Actor } from '@permission-slip/protocol/log.ts'
import type { Context } from '../context.ts'
import type { Tx } from '../db/writer-types.ts'
import { dropBytes, readFileRow, recordFile, type Taken, takeBytes } from './store.ts'

const at = (path: readonly (string | number)[]): string =>
  path.reduce<string>((text, p) => (typeof p === 'number' ? `${text}[${p}]` : text ? `${text}.${p}` : p), '')

function put(root: JsonObject, path: readonly (string | number)[], value: Json): void {
  let here: Json = root
  for (const step of path.slice(0, -1)) here = (here as JsonObject)[step] as Json
  ;(here as JsonObject)[path.at(-1) as string] = value
}

/** Parameters whose files are known, and the new ones among them, which become rows with what uses them. */
export interface StoredFiles {
  readonly params: JsonObject
  /** In the transaction that uses the parameters: the rows, their entries and what the agent has stored. */
  keep(tx: Tx, by: Actor): Promise<void>
  /** Runs what may call `keep`. Bytes that it did not keep are removed, whether it failed or had no use for them. */
  during<T>(work: () => Promise<T>): Promise<T>
}

/**
 * Replaces every file of the parameters, an id or a small one written out, by what it is: id, name, type, size and
 * SHA-256, always as they stand in its row. The digest then covers the bytes.
 */
export async function storeFiles(
  ctx: Context,
  owner: string,
  action: Action,
  params: JsonObject,
): Promise<StoredFiles> {
  const files = findFiles(action, params)
  const copy = files.length === 0 ? params : structuredClone(params)
  const taken: Taken[] = []
  const drop = () => Promise.all(taken.map(({ id }) => dropBytes(ctx, id)))
  try {
    for (const { path, value } of files) {
      const found = await fileAt(ctx, owner, at(path), value)
      if (found.isNew) taken.push(found.file)
      const { id, name, type, size, sha256 } = found.file
      put(copy, path, { id, name, type, size, sha256 })
    }
  } catch (error) {
    await drop()
    throw error
  }
  let kept = false
  return {
    params: copy,
    async keep(tx, by) {
      kept = true
      for (const file of taken) await recordFile(tx, owner, by, file)
    },
    async during(work) {
      try {
        const done = await work()
        if (!kept) await drop()
        return done
      } catch (error) {
        // A commit that failed in another way may have happened all the same: then the sweep decides, by the rows.
        if (!kept || error instanceof Refusal) await drop()
        throw error
      }
    },
  }
}

async function fileAt(
  ctx: Context,
  owner: string,
  field: string,
  value: Json,
): Promise<{ file: Taken; isNew: boolean }> {
  const wrong = (expected: string, got: string) =>
    new Refusal('invalid_params', `${field}: expected ${expected}.`, { fields: [{ field, expected, got }] })
  if (typeof value === 'string') {
    const row = await readFileRow(ctx.db, value, owner)
    if (!row) throw wrong('a file that this agent uploaded', value)
    return { file: row, isNew: false }
  }
  const given: Json = value
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw wrong('a file id, or {name, type, text}', 'something else')
  if (typeof given['sha256'] === 'string' && typeof given['id'] === 'string') {
    const row = await readFileRow(ctx.db, given['id'], owner)
    if (!row || row.sha256 !== given['sha256']) throw wrong('a file that this agent uploaded, unchanged', given['id'])
    return { file: row, isNew: false }
  }
  const text =
    typeof given['text'] === 'string'
      ? Buffer.from(given['text'], 'utf8')
      : typeof given['base64'] === 'string'
        ? Buffer.from(given['base64'], 'base64')
        : null
  if (text === null) throw wrong('a file id, or {name, type, text}', 'something else')
  const about = { name: String(given['name'] ?? 'file'), type: String(given['type'] ?? 'application/octet-stream') }
  return { file: await takeBytes(ctx, about, new Blob([text]).stream()), isNew: true }
}
