import { catalogue } from '@permission-slip/connectors/catalogue.ts'
import { connectors } from '@permission-slip/connectors/index.ts'
import { describe } from '@permission-slip/connectors/kit/schema.ts'
import type { Connector } from '@permission-slip/connectors/kit/types.ts'
import type { ConnectorDescription, ConnectorEntry } from '@permission-slip/protocol/connector.ts'

/** The connectors this server knows. Loading is lazy: the entries cost nothing. */
export interface Catalogue {
  readonly entries: readonly ConnectorEntry[]
  entry(id: string): ConnectorEntry | undefined
  load(id: string): Promise<Connector | undefined>
  describe(id: string): Promise<ConnectorDescription | undefined>
}

/** A connector that is not in the table made at build: a test's own. */
export interface Extra {
  readonly entry: ConnectorEntry
  readonly connector: Connector
}

export function makeCatalogue(extras: readonly Extra[] = []): Catalogue {
  const entries = [...catalogue.entries, ...extras.map((extra) => extra.entry)]
  const byId = new Map(entries.map((entry) => [entry.id, entry]))
  const own = new Map(extras.map((extra) => [extra.entry.id, extra.connector]))
  const described = new Map<string, ConnectorDescription>()
  const load = async (id: string) =>
    own.get(id) ?? (byId.has(id) ? connectors.find((c) => c.id === id)?.load() : undefined)
  return {
    entries,
    entry: (id) => byId.get(id),
    load,
    async describe(id) {
      const known = described.get(id)
      if (known) return known
      const entry = byId.get(id)
      const connector = entry && (await load(id))
      if (!entry || !connector) return undefined
      const made = describe(connector, entry.version)
      described.set(id, made)
      return made
    },
  }
}
