import type { AgentClient } from '@permission-slip/client/client.ts'
import type { Action } from '@permission-slip/protocol/action.ts'
import type { Mode } from '../../campaign/depot/journal.ts'
import type { House } from '../../campaign/house.ts'

export type Asked = Action & { ref: string }
export type Ask = (action: string, mode?: Mode, connection?: `con_${string}`) => Promise<Asked>

/** Submits actions of the depot, each over a thing of its own. */
export function asker(client: AgentClient, connection: `con_${string}`): Ask {
  return async (action, mode = 'answer', on = connection) => {
    const ref = `t-${crypto.randomUUID()}`
    return {
      ...(await client.actions.submit({ connector: 'depot', action, params: { ref, mode }, connection: on })),
      ref,
    }
  }
}

export const approve = (house: House, asked: Pick<Action, 'id' | 'digest'>): Promise<Action> =>
  house.owner.approvals.approve(asked.id, { digest: asked.digest })

/** Waits until something holds; what is still missing is in the error. */
export async function eventually<T>(what: string, look: () => Promise<T | undefined | false | null>): Promise<T> {
  for (let i = 0; i < 400; i++) {
    const found = await look()
    if (found !== undefined && found !== false && found !== null) return found
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`never: ${what}`)
}

export const until = (
  client: { actions: Pick<AgentClient['actions'], 'get'> },
  id: string,
  ...statuses: Action['status'][]
): Promise<Action> =>
  eventually(`${id} is ${statuses.join(' or ')}`, async () => {
    const action = await client.actions.get(id)
    return statuses.includes(action.status) && action
  })

/** What the log says of one action, oldest first: the type, and by what or why. */
export async function told(house: House, id: string): Promise<string[]> {
  const { items } = await house.owner.log.entries({ subject: id })
  return items.toReversed().map(({ type, data }) => {
    const more =
      type === 'action.step'
        ? `${data['method']} ${data['step']}/${data['attempt']}`
        : (data['code'] ?? (type === 'action.succeeded' ? data['by'] : null))
    return more === null || more === undefined ? type : `${type} ${more}`
  })
}
