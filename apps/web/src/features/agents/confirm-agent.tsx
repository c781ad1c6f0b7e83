import { Alert, Button, Group, Stack, Text, TextInput } from '@mantine/core'
import type { Agent } from '@permission-slip/protocol/agent.ts'
import { IconAlertTriangle } from '@tabler/icons-react'
import { type FormEvent, useState } from 'react'
import { sayProblem, useChange } from '../../change.ts'
import { visible } from '../../ui/visible.ts'
import { useApi } from '../../wiring.tsx'
import { ordinal } from './agent-words.ts'

/** Two of the six words that `enroll` printed prove that the key is the one of that terminal. */
export function ConfirmAgent({ agent }: { agent: Agent }) {
  const api = useApi()
  const [words, setWords] = useState<string[]>(['', ''])
  const [name, setName] = useState(agent.name)
  const confirm = useChange(
    () =>
      api.send<Agent>('POST', `agents/${agent.id}/confirm`, {
        words: words.map((w) => w.trim().toLowerCase()),
        ...(name.trim() === agent.name ? {} : { name: name.trim() }),
      }),
    { touches: ['agents'], notify: false },
  )
  const refuse = useChange(() => api.send('POST', `agents/${agent.id}/revoke`, {}), { touches: ['agents'] })
  const submit = (e: FormEvent) => {
    e.preventDefault()
    confirm.mutate(undefined)
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        {agent.held ? (
          <Alert color="red" icon={<IconAlertTriangle />} title="Its invite code was used twice">
            Somebody else tried the same code. Confirm only if the words match your own terminal.
          </Alert>
        ) : null}
        <Text fz="sm">
          It calls itself <strong>{visible(agent.claimed_name)}</strong>. The terminal where it was enrolled shows six
          words. Type the {agent.confirm_positions.map(ordinal).join(' and the ')}.
        </Text>
        <Group grow preventGrowOverflow={false} align="flex-start">
          {agent.confirm_positions.map((position, i) => (
            <TextInput
              key={position}
              label={`Word ${position}`}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              required
              value={words[i] ?? ''}
              onChange={(e) => {
                const text = e.currentTarget.value
                setWords((before) => before.map((w, at) => (at === i ? text : w)))
              }}
            />
          ))}
        </Group>
        <TextInput
          label="Your name for it"
          maxLength={80}
          required
          value={name}
          onChange={(e) => setName(e.currentTarget.value)}
        />
        {confirm.isError ? (
          <Alert color="red" role="alert">
            {sayProblem(confirm.error)}
          </Alert>
        ) : null}
        <Group>
          <Button type="submit" loading={confirm.isPending}>
            Confirm
          </Button>
          <Button variant="default" loading={refuse.isPending} onClick={() => refuse.mutate(undefined)}>
            Not mine: refuse it
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
