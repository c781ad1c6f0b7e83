import { Button, Group, MultiSelect, Radio, Stack, Text } from '@mantine/core'
import type { Access, Agent } from '@permission-slip/protocol/agent.ts'
import type { Connection } from '@permission-slip/protocol/connection.ts'
import type { ConnectorEntry } from '@permission-slip/protocol/connector.ts'
import { type FormEvent, useState } from 'react'
import { useChange } from '../../change.ts'
import { ServiceLogo } from '../../ui/service-logo.tsx'
import { useApi } from '../../wiring.tsx'

type Entry = NonNullable<Access>[number]
interface Props {
  agent: Agent
  connectors: ConnectorEntry[]
  connections: Connection[]
}

/** What the agent may ask for: everything that is switched on, or only what is listed. Empty lists inside mean all. */
export function AgentAccess({ agent, connectors, connections }: Props) {
  const api = useApi()
  const [narrow, setNarrow] = useState(agent.access !== null)
  const [entries, setEntries] = useState<Entry[]>(agent.access ?? [])
  const save = useChange(() => api.send('PATCH', `agents/${agent.id}`, { access: narrow ? entries : null }), {
    touches: ['agents'],
  })
  const put = (connector: string, change: Partial<Entry>) =>
    setEntries((before) => before.map((e) => (e.connector === connector ? { ...e, ...change } : e)))
  const submit = (e: FormEvent) => {
    e.preventDefault()
    save.mutate(undefined)
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <Radio.Group
          label="May ask for"
          description="Asking is not getting: without a rule, a person decides."
          value={narrow ? 'some' : 'all'}
          onChange={(v) => setNarrow(v === 'some')}
        >
          <Stack gap="xs" mt="xs">
            <Radio value="all" label="Everything that is switched on" />
            <Radio value="some" label="Only these services" />
          </Stack>
        </Radio.Group>
        {narrow ? (
          <>
            <MultiSelect
              label="Services"
              data={connectors.map((c) => ({ value: c.id, label: c.name }))}
              searchable
              value={entries.map((e) => e.connector)}
              onChange={(ids) =>
                setEntries((before) =>
                  ids.map(
                    (id) =>
                      before.find((e) => e.connector === id) ?? { connector: id, connections: null, actions: null },
                  ),
                )
              }
            />
            {entries.length === 0 ? <Text fz="sm">Nothing is listed: it may ask for nothing.</Text> : null}
            {entries.map((entry) => {
              const connector = connectors.find((c) => c.id === entry.connector)
              return (
                <fieldset key={entry.connector}>
                  <legend>
                    <Group gap="xs">
                      <ServiceLogo connector={entry.connector} size={16} /> {connector?.name ?? entry.connector}
                    </Group>
                  </legend>
                  <MultiSelect
                    label="Actions"
                    placeholder={entry.actions === null ? 'All' : ''}
                    data={(connector?.actions ?? []).map((a) => ({ value: a.id, label: a.title }))}
                    value={entry.actions ?? []}
                    onChange={(v) => put(entry.connector, { actions: v.length > 0 ? v : null })}
                  />
                  <MultiSelect
                    label="Accounts"
                    mt="xs"
                    placeholder={entry.connections === null ? 'All' : ''}
                    data={connections
                      .filter((c) => c.connector === entry.connector)
                      .map((c) => ({ value: c.id, label: c.label }))}
                    value={entry.connections ?? []}
                    onChange={(v) =>
                      put(entry.connector, {
                        connections: v.length > 0 ? connections.filter((c) => v.includes(c.id)).map((c) => c.id) : null,
                      })
                    }
                  />
                </fieldset>
              )
            })}
          </>
        ) : null}
        <Button type="submit" w="fit-content" loading={save.isPending}>
          Save access
        </Button>
      </Stack>
    </form>
  )
}
