import type { Json, JsonObject } from '@permission-slip/protocol/json.ts'
import { drive, newProgress } from '../kit/drive.ts'
import type { Overrides } from '../kit/origin.ts'
import { parseParams } from '../kit/params.ts'
import type { Action, Connector, Context } from '../kit/types.ts'
import { send } from './server.ts'

export interface Ran {
  readonly result?: Json
  readonly error?: unknown
  readonly progress: ReturnType<typeof newProgress>
}

export const context: Context = {
  fields: {},
  account: null,
  key: 'k1',
  now: Date.UTC(2026, 0, 1),
  file: () => new TextEncoder().encode('hello'),
}

export function actionOf(connector: Connector, id: string): Action {
  const action = connector.actions[id]
  if (!action) throw new Error(`${connector.id} has no action ${id}`)
  return action
}

/** One action against a service on this machine, as the server runs it: parsed, driven, sent. */
export async function run(connector: Connector, id: string, params: JsonObject, origins: Overrides): Promise<Ran> {
  const action = actionOf(connector, id)
  const progress = newProgress()
  try {
    return {
      result: await drive(connector, action, parseParams(action, params), context, send, { origins, progress }),
      progress,
    }
  } catch (error) {
    return { error, progress }
  }
}
