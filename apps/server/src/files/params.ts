import { findFiles } from '@permission-slip/connectors/kit/files.ts'
import type { Action } from '@permission-slip/connectors/kit/types.ts'
import { Refusal } from '@permission-slip/protocol/errors.ts'
import type { Json, JsonObject } from '@permission-slip/protocol/json.ts'
import type { Context } from '../context.ts'
import { keepFile, readFileRow } from './store.ts'

const at = (path: readonly (string | number)[]): string =>
  path.reduce<string>((text, p) => (typeof p === 'number' ? `${text}[${p}]` : text ? `${text}.${p}` : p), '')

function put(root: JsonObject, path: readonly (string | number)[], value: Json): void {
  let here: Json = root
  for (const step of path.slice(0, -1)) here = (here as JsonObject)[step] as Json
  ;(here as JsonObject)[path.at(-1) as string] = value
}

/**
 * Replaces every file of the parameters, an id or a small one written out, by what it is: id, name, type, size and
 * SHA-256. The digest then covers the bytes.
 */
export async function storeFiles(ctx: Context, owner: string, action: Action, params: JsonObject): Promise<JsonObject> {
  const files = findFiles(action, params)
  if (files.length === 0) return params
  const copy = structuredClone(params)
  for (const { path, value } of files) {
    const field = at(path)
    const wrong = (expected: string, got: string) =>
      new Refusal('invalid_params', `${field}: expected ${expected}.`, { fields: [{ field, expected, got }] })
    if (typeof value === 'string') {
      const row = await readFileRow(ctx.db, value, owner)
      if (!row) throw wrong('a file that this agent uploaded', value)
      put(copy, path, { id: row.id, name: row.name, type: row.type, size: row.size, sha256: row.sha256 })
    } else if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      if (typeof value['sha256'] === 'string' && typeof value['id'] === 'string') {
        const row = await readFileRow(ctx.db, value['id'], owner)
        if (!row || row.sha256 !== value['sha256'])
          throw wrong('a file that this agent uploaded, unchanged', value['id'])
        continue
      }
      const text =
        typeof value['text'] === 'string'
          ? Buffer.from(value['text'], 'utf8')
          : typeof value['base64'] === 'string'
            ? Buffer.from(value['base64'], 'base64')
            : null
      if (text === null) throw wrong('a file id, or {name, type, text}', 'something else')
      const kept = await keepFile(
        ctx,
        owner,
        { name: String(value['name'] ?? 'file'), type: String(value['type'] ?? 'application/octet-stream') },
        new Blob([text]).stream(),
      )
      put(copy, path, { id: kept.id, name: kept.name, type: kept.type, size: kept.size, sha256: kept.sha256 })
    }
  }
  return copy
}
