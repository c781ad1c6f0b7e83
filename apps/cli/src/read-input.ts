import fs from 'node:fs'
import { Refusal } from '@permission-slip/protocol/errors.ts'
import type { Json, JsonObject } from '@permission-slip/protocol/json.ts'
import { parseStrict } from '@permission-slip/protocol/strict-json.ts'
import { failure, UsageError } from './failure.ts'

export const readStdin = async (): Promise<Uint8Array> => new Uint8Array(await Bun.stdin.arrayBuffer())

/** A file, or stdin for `-`. */
export async function readFileOrStdin(name: string): Promise<Uint8Array> {
  if (name === '-') return readStdin()
  try {
    return new Uint8Array(fs.readFileSync(name))
  } catch (cause) {
    throw failure(
      'not_found',
      `${name}: can't be read (${cause instanceof Error && 'code' in cause ? cause.code : 'failed'}).`,
      cause,
    )
  }
}

/** Strict JSON: what two readers could read in two ways is refused by name, before anything is sent. */
export function parseJson(bytes: Uint8Array, where: string): Json {
  try {
    return parseStrict(bytes)
  } catch (cause) {
    if (cause instanceof Refusal) throw new UsageError(`${where}: ${cause.message}`)
    throw cause
  }
}

export function parseJsonObject(bytes: Uint8Array, where: string): JsonObject {
  const value = parseJson(bytes, where)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new UsageError(`${where}: expected a JSON object.`)
  return value
}
export const parseObjectText = (text: string, where: string): JsonObject =>
  parseJsonObject(new TextEncoder().encode(text), where)
