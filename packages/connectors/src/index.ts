import { Refusal } from '@permission-slip/protocol/errors.ts'
import type { Connector } from '../kit/types.ts'

export interface Listed {
  readonly id: string
  readonly name: string
  readonly family: string | null
  readonly load: () => Promise<Connector>
}

/** Every connector. Loaded when it is first needed: hundreds of eager schemas cost memory that an idle server lacks. */
export const connectors: readonly Listed[] = [
  { id: 'github', name: 'GitHub', family: null, load: async () => (await import('./github.ts')).github },
  { id: 'mysql', name: 'MySQL', family: null, load: async () => (await import('./mysql.ts')).mysql },
  { id: 'notebook', name: 'Notebook', family: null, load: async () => (await import('./notebook.ts')).notebook },
  { id: 'postgres', name: 'PostgreSQL', family: null, load: async () => (await import('./postgres.ts')).postgres },
  { id: 'redis', name: 'Redis', family: null, load: async () => (await import('./redis.ts')).redis },
  { id: 'slack', name: 'Slack', family: null, load: async () => (await import('./slack.ts')).slack },
  { id: 'stripe', name: 'Stripe', family: null, load: async () => (await import('./stripe.ts')).stripe },
  { id: 'webhook', name: 'Webhook', family: null, load: async () => (await import('./webhook.ts')).webhook },
]

export async function loadConnector(id: string): Promise<Connector> {
  const listed = connectors.find((c) => c.id === id)
  if (!listed) throw new Refusal('unknown_connector', `There is no connector ${JSON.stringify(id.slice(0, 64))}.`)
  return listed.load()
}
