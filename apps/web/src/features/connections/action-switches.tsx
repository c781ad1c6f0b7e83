import { Stack, Switch } from '@mantine/core'
import type { Connection } from '@permission-slip/protocol/connection.ts'
import type { ConnectorEntry } from '@permission-slip/protocol/connector.ts'
import { useChange } from '../../change.ts'
import { useApi } from '../../wiring.tsx'

/** Which actions may be asked for on this account at all, by any agent. */
export function ActionSwitches({ connection, connector }: { connection: Connection; connector: ConnectorEntry }) {
  const api = useApi()
  const off = connection.actions_off
  const save = useChange(
    (actions_off: string[]) => api.send('PATCH', `connections/${connection.id}`, { actions_off }),
    {
      touches: ['connections', 'connectors'],
    },
  )
  return (
    <Stack gap="sm">
      {connector.actions.map((a) => (
        <Switch
          key={a.id}
          label={a.title}
          description={`${connector.id}.${a.id} · ${a.effect}, ${a.risk} risk`}
          disabled={save.isPending}
          checked={!off.includes(a.id)}
          onChange={(e) => save.mutate(e.currentTarget.checked ? off.filter((id) => id !== a.id) : [...off, a.id])}
        />
      ))}
    </Stack>
  )
}
