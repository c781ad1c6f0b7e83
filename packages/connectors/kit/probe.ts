import type { JsonObject } from '@permission-slip/protocol/json.ts'
import { ask, type DriveOptions, finish } from './drive.ts'
import type { Io } from './io.ts'
import type { Action, Connector, Context, Probed, Send } from './types.ts'

/**
 * Finds out whether an action happened, by its own read. `null`: it has no probe, or its settling time has not passed
 * and it was not found. What is not found is `certain` only where the probe says so.
 */
export async function probe(
  connector: Connector,
  action: Action,
  params: JsonObject,
  ctx: Context,
  by: { readonly send: Send } | { readonly io: Io },
  now: number,
  options: DriveOptions = {},
): Promise<Probed | null> {
  const p = action.probe
  if (p === null) return null
  let found: Probed
  if ('run' in p) {
    if (!('io' in by)) throw new TypeError(`the probe of ${connector.id}.${action.id} needs its bound client`)
    found = await p.run(params, by.io, ctx)
  } else {
    if (!('send' in by)) throw new TypeError(`the probe of ${connector.id}.${action.id} is HTTP`)
    found = p.read(await ask(connector, p.request(params, ctx), ctx, by.send, options), params, ctx)
  }
  if (found.found) return { found: true, result: finish(action, found.result) }
  return now - ctx.now < p.settles_after_s * 1000 ? null : found
}

/** Whether the credential works, whose account it is, and what a person should know. */
export async function check(
  connector: Connector,
  ctx: Context,
  by: { readonly send: Send } | { readonly io: Io },
  options: DriveOptions = {},
): Promise<{ account_id: string | null; account: string | null; warnings: string[] }> {
  const c = connector.check
  const nothing = { account_id: null, account: null, warnings: [] }
  if (c === null) return nothing
  if (c.run && 'io' in by) return c.run(by.io, ctx)
  if (c.request && 'send' in by) {
    const answer = await ask(connector, c.request(ctx), ctx, by.send, options)
    return c.read ? c.read(answer) : nothing
  }
  throw new TypeError(`the check of ${connector.id} needs ${c.run ? 'its bound client' : 'HTTP'}`)
}
