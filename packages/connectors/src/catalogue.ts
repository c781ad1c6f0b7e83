import type { ConnectorDescription, ConnectorEntry } from '@permission-slip/protocol/connector.ts'
import { entries } from '../generated/catalogue.ts'
import { describe } from '../kit/schema.ts'
import type { Connector } from '../kit/types.ts'
import { connectors } from './index.ts'

/** What every connector is, without loading one: from the table that `scripts/generate-catalogue.ts` writes. */
export const catalogue = {
  entries: entries as readonly ConnectorEntry[],
  entry: (id: string): ConnectorEntry | undefined => entries.find((e) => e.id === id),
  load: async (id: string): Promise<Connector | undefined> => connectors.find((c) => c.id === id)?.load(),
  async describe(id: string): Promise<ConnectorDescription | undefined> {
    const connector = await catalogue.load(id)
    const version = catalogue.entry(id)?.version
    return connector && version !== undefined ? describe(connector, version) : undefined
  },
}
