import { Button, Group } from '@mantine/core'
import type { Connection } from '@permission-slip/protocol/connection.ts'
import { IconPlayerPause, IconPlayerPlay, IconTrash } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useChange } from '../../change.ts'
import { Confirm } from '../../ui/confirm.tsx'
import { useApi } from '../../wiring.tsx'

/** Pause, resume, remove. */
export function ConnectionSwitches({ connection }: { connection: Connection }) {
  const api = useApi()
  const navigate = useNavigate()
  const [asking, setAsking] = useState(false)
  const set = useChange(
    (status: 'active' | 'paused') => api.send('PATCH', `connections/${connection.id}`, { status }),
    { touches: ['connections', 'connectors'] },
  )
  const remove = useChange(() => api.send('DELETE', `connections/${connection.id}`), {
    touches: ['connections', 'connectors'],
    done: () => navigate({ to: '/connections' }),
  })
  const paused = connection.status === 'paused'
  return (
    <Group gap="xs">
      <Button
        variant="default"
        leftSection={paused ? <IconPlayerPlay size={16} aria-hidden /> : <IconPlayerPause size={16} aria-hidden />}
        loading={set.isPending}
        onClick={() => set.mutate(paused ? 'active' : 'paused')}
      >
        {paused ? 'Resume' : 'Pause'}
      </Button>
      <Button
        variant="default"
        c="var(--mantine-color-error)"
        leftSection={<IconTrash size={16} aria-hidden />}
        loading={remove.isPending}
        onClick={() => setAsking(true)}
      >
        Remove
      </Button>
      <Confirm
        opened={asking}
        title={`Remove ${connection.label}?`}
        yes="Remove it"
        danger
        onNo={() => setAsking(false)}
        onYes={() => {
          setAsking(false)
          remove.mutate(undefined)
        }}
      >
        Its credential is erased. What was approved for it and has not started will not run.
      </Confirm>
    </Group>
  )
}
