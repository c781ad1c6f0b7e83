import { Alert, Button } from '@mantine/core'
import { IconHandStop, IconPlayerPlay } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useChange } from '../../change.ts'
import { settingsQuery } from '../../queries.ts'
import { Confirm } from '../../ui/confirm.tsx'
import { useApi } from '../../wiring.tsx'

export function useFreeze() {
  const api = useApi()
  const settings = useQuery(settingsQuery(api))
  const change = useChange((freeze: boolean) => api.send('POST', freeze ? 'freeze' : 'unfreeze', {}), {
    touches: ['settings'],
  })
  return { frozen: settings.data?.frozen ?? false, set: change.mutate, busy: change.isPending }
}

/** The switch that stops everything. Stopping takes one confirmation, so that it can't be hit by accident. */
export function FreezeButton() {
  const { frozen, set, busy } = useFreeze()
  const [asking, setAsking] = useState(false)
  if (frozen) return null
  return (
    <>
      <Button
        variant="default"
        size="xs"
        leftSection={<IconHandStop size={16} aria-hidden />}
        loading={busy}
        onClick={() => setAsking(true)}
      >
        Stop all
      </Button>
      <Confirm
        opened={asking}
        title="Stop everything?"
        yes="Stop everything"
        danger
        onNo={() => setAsking(false)}
        onYes={() => {
          setAsking(false)
          set(true)
        }}
      >
        No agent can submit and nothing starts until a person lifts it. What is running now is not broken off.
      </Confirm>
    </>
  )
}

export function FrozenNotice() {
  const { frozen, set, busy } = useFreeze()
  if (!frozen) return null
  return (
    <Alert color="red" icon={<IconHandStop />} title="Everything is stopped" m="md" mb={0} role="status">
      No agent can submit, and nothing starts.
      <div>
        <Button
          mt="xs"
          size="xs"
          variant="default"
          leftSection={<IconPlayerPlay size={16} aria-hidden />}
          loading={busy}
          onClick={() => set(false)}
        >
          Lift the stop
        </Button>
      </div>
    </Alert>
  )
}
