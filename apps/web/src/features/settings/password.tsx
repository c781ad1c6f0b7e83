import { Alert, Button, PasswordInput, Stack } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { type FormEvent, useState } from 'react'
import { sayProblem, useChange } from '../../change.ts'
import { useApi } from '../../wiring.tsx'

export function Password() {
  const api = useApi()
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const change = useChange(() => api.send('POST', 'password', { current, next }), {
    touches: [],
    notify: false,
    done: () => {
      setCurrent('')
      setNext('')
      notifications.show({ color: 'teal', title: 'Changed', message: 'Your other sessions have ended.' })
    },
  })
  const short = next !== '' && next.length < 12
  const submit = (e: FormEvent) => {
    e.preventDefault()
    if (!short) change.mutate(undefined)
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="sm" maw={420}>
        <PasswordInput
          label="Password now"
          autoComplete="current-password"
          required
          value={current}
          onChange={(e) => setCurrent(e.currentTarget.value)}
        />
        <PasswordInput
          label="New password"
          description="At least 12 characters"
          autoComplete="new-password"
          required
          maxLength={128}
          value={next}
          error={short ? `${12 - next.length} more to go` : null}
          onChange={(e) => setNext(e.currentTarget.value)}
        />
        {change.error ? (
          <Alert color="red" role="alert">
            {sayProblem(change.error)}
          </Alert>
        ) : null}
        <Button type="submit" w="fit-content" loading={change.isPending}>
          Change it
        </Button>
      </Stack>
    </form>
  )
}
