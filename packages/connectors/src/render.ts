import type { RenderedRequest } from '@permission-slip/protocol/action.ts'
import { Refusal } from '@permission-slip/protocol/errors.ts'
import type { Json } from '@permission-slip/protocol/json.ts'
import type { Place } from '../kit/origin.ts'
import { parseParams } from '../kit/params.ts'
import { exampleContext, render } from '../kit/render.ts'
import { connectors, loadConnector } from './index.ts'

/** `connectors render CONNECTOR.ACTION`: from the given parameters, or from the action's own example. */
export async function renderAction(
  connectorId: string,
  actionId: string,
  options: Place & { readonly params?: Json } = {},
): Promise<RenderedRequest[]> {
  const connector = await loadConnector(connectorId)
  const action = Object.hasOwn(connector.actions, actionId) ? connector.actions[actionId] : undefined
  if (!action) throw new Refusal('unknown_action', `${connectorId} has no action ${actionId}.`)
  const { auth } = options
  if (auth !== undefined && !connector.auth.some((a) => a.name === auth))
    throw new Refusal('invalid_request', `${connectorId} has no sign-in ${auth}.`, {
      fields: [{ field: 'auth', expected: `one of ${connector.auth.map((a) => a.name).join(', ')}`, got: auth }],
    })
  const example = options.params === undefined
  const params = parseParams(action, options.params ?? action.example.params)
  return render(connector, action, params, exampleContext(action, auth), { ...options, example })
}

/** `connectors render --all`: every action of every connector from its own example. */
export async function renderAll(options: Place = {}): Promise<RenderedRequest[]> {
  const all: RenderedRequest[] = []
  for (const { id } of connectors) {
    const connector = await loadConnector(id)
    for (const actionId of Object.keys(connector.actions)) all.push(...(await renderAction(id, actionId, options)))
  }
  return all
}
