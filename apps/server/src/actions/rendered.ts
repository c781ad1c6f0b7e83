import { exampleContext, render } from '@permission-slip/connectors/kit/render.ts'
import type { Action, Connector } from '@permission-slip/connectors/kit/types.ts'
import { canonical } from '@permission-slip/protocol/canonical.ts'
import type { Json, JsonObject } from '@permission-slip/protocol/json.ts'
import type { Context } from '../context.ts'
import { sha256 } from '../log/seal.ts'

/**
 * SHA-256 of the requests that these parameters make, for an account like the example's: equal before and after an
 * upgrade exactly when the connector still asks for the same. Null where they can't be rendered.
 */
export async function renderedHash(
  ctx: Context,
  connector: Connector,
  action: Action,
  params: JsonObject,
): Promise<string | null> {
  try {
    const requests = await render(connector, action, params, exampleContext(action), { origins: ctx.config.origins })
    return sha256(canonical(JSON.parse(JSON.stringify(requests)) as Json))
  } catch {
    return null
  }
}
