import { Button, Group, Stack, Text, Textarea } from '@mantine/core'
import type { Action } from '@permission-slip/protocol/action.ts'
import { useState } from 'react'
import { useChange } from '../../change.ts'
import { useApi } from '../../wiring.tsx'

/** It was sent and no answer came: a person finds out, and says whether it happened. */
export function Settle({ id }: { id: string }) {
  const api = useApi()
  const [note, setNote] = useState('')
  const settle = useChange(
    (happened: boolean) => api.send<Action>('POST', `actions/${id}/settle`, { happened, note }),
    { touches: ['action', 'activity'] },
  )
  return (
    <Stack gap="sm">
      <Text fz="sm">
        The request was sent and no answer came. It is not sent again. Look at the service, then say what you found.
      </Text>
      <Textarea
        label="Note"
        description="Optional: how you found out"
        maxLength={2000}
        autosize
        value={note}
        onChange={(e) => setNote(e.currentTarget.value)}
      />
      <Group grow>
        <Button variant="default" h={48} loading={settle.isPending} onClick={() => settle.mutate(false)}>
          It did not happen
        </Button>
        <Button h={48} loading={settle.isPending} onClick={() => settle.mutate(true)}>
          It happened
        </Button>
      </Group>
    </Stack>
  )
}
