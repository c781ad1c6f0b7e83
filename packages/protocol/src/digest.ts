import { canonical } from './canonical.ts'
import type { Json, JsonObject } from './json.ts'

/** Everything that decides what will happen: what a decision is over. Every field is always present. */
export interface DecidedOver {
  id: string
  agent: string
  connector: string
  connector_version: string
  action: string
  connection: string | null
  connection_revision: number | null
  params: JsonObject
  expires_at: string | null
}

const utf8 = new TextEncoder()

const join = (label: string, salt: Uint8Array, text: string): Uint8Array => {
  if (salt.length !== 32) throw new Error(`a salt has 32 bytes, not ${salt.length}`)
  const head = utf8.encode(label)
  const body = utf8.encode(text)
  const all = new Uint8Array(head.length + 32 + body.length)
  all.set(head)
  all.set(salt, head.length)
  all.set(body, head.length + 32)
  return all
}

/** The bytes whose SHA-256 is an action's digest. */
export function actionPreimage(a: DecidedOver, salt: Uint8Array): Uint8Array {
  const { id, agent, connector, connector_version, action, connection, connection_revision, params, expires_at } = a
  const over = { id, agent, connector, connector_version, action, connection, connection_revision, params, expires_at }
  return join('permission-slip/action/v1\n', salt, canonical(over))
}

/** The bytes whose SHA-256 stands in a log entry for a text that is kept, erasable, beside it. */
export const contentPreimage = (content: Json, salt: Uint8Array): Uint8Array =>
  join('permission-slip/content/v1\n', salt, canonical(content))
