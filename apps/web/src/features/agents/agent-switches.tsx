import { Button, Group } from '@mantine/core'
import type { Agent } from '@permission-slip/protocol/agent.ts'
import { IconPlayerPause, IconPlayerPlay, IconTrash } from '@tabler/icons-react'
import { useState } from 'react'
import { useChange } from '../../change.ts'
import { Confirm } from '../../ui/confirm.tsx'
import { useApi } from '../../wiring.tsx'

/** Pause, resume, revoke. */
export function AgentSwitches({ agent }: { agent: Agent }) {
  const api = useApi()
  const [asking, setAsking] = useState(false)
  const change = useChange(
    (verb: 'pause' | 'resume' | 'revoke') => api.send('POST', `agents/${agent.id}/${verb}`, {}),
    {
      touches: ['agents', 'approvals'],
    },
  )
  if (agent.status === 'revoked') return null
  return (
    <Group gap="xs">
      {agent.status === 'active' ? (
        <Button
          variant="default"
          leftSection={<IconPlayerPause size={16} aria-hidden />}
          loading={change.isPending}
          onClick={() => change.mutate('pause')}
        >
          Pause
        </Button>
      ) : null}
      {agent.status === 'paused' ? (
        <Button
          leftSection={<IconPlayerPlay size={16} aria-hidden />}
          loading={change.isPending}
          onClick={() => change.mutate('resume')}
        >
          Resume
        </Button>
      ) : null}
      <Button
        variant="default"
        c="var(--mantine-color-error)"
        leftSection={<IconTrash size={16} aria-hidden />}
        onClick={() => setAsking(true)}
      >
        Revoke
      </Button>
      <Confirm
        opened={asking}
        title={`Revoke ${agent.name}?`}
        yes="Revoke for good"
        danger
        onNo={() => setAsking(false)}
        onYes={() => {
          setAsking(false)
          change.mutate('revoke')
        }}
      >
        Its keys and tokens stop working at once and it can not come back. What it asked for and was not started is
        withdrawn.
      </Confirm>
    </Group>
  )
}
