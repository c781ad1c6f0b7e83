import { Button } from '@mantine/core'
import type { Action } from '@permission-slip/protocol/action.ts'
import { IconRefresh } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useChange } from '../../change.ts'
import { Confirm } from '../../ui/confirm.tsx'
import { useApi } from '../../wiring.tsx'

/** Running it again is a new action with its own decision. */
export function Retry({ id, unknown }: { id: string; unknown: boolean }) {
  const api = useApi()
  const navigate = useNavigate()
  const [asking, setAsking] = useState(false)
  const retry = useChange(() => api.send<Action>('POST', `actions/${id}/retry`, {}), {
    touches: ['approvals', 'activity'],
    done: (action) => navigate({ to: '/a/$id', params: { id: action.id } }),
  })
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconRefresh size={16} aria-hidden />}
        loading={retry.isPending}
        onClick={() => (unknown ? setAsking(true) : retry.mutate(undefined))}
      >
        Run it again…
      </Button>
      <Confirm
        opened={asking}
        title="Run it again?"
        yes="Make a new request"
        danger
        onNo={() => setAsking(false)}
        onYes={() => {
          setAsking(false)
          retry.mutate(undefined)
        }}
      >
        The first one may have happened: then this would be the second time. The new one waits for its own decision.
      </Confirm>
    </>
  )
}
