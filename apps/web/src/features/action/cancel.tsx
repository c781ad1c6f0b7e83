import { Button } from '@mantine/core'
import type { Action } from '@permission-slip/protocol/action.ts'
import { useChange } from '../../change.ts'
import { useApi } from '../../wiring.tsx'

/** Withdraws what was approved, until it starts. */
export function Cancel({ id }: { id: string }) {
  const api = useApi()
  const cancel = useChange(() => api.send<Action>('POST', `actions/${id}/cancel`, {}), {
    touches: ['action', 'approvals', 'activity'],
  })
  return (
    <Button variant="default" loading={cancel.isPending} onClick={() => cancel.mutate(undefined)}>
      Cancel it
    </Button>
  )
}
