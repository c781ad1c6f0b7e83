import { Button, Group, NumberInput, Select, Stack, TextInput } from '@mantine/core'
import type { Agent } from '@permission-slip/protocol/agent.ts'
import { type FormEvent, useState } from 'react'
import { useChange } from '../../change.ts'
import { useApi } from '../../wiring.tsx'

const choices = [
  { value: '3600', label: 'an hour' },
  { value: '86400', label: 'a day' },
  { value: '604800', label: 'a week' },
  { value: 'never', label: 'never' },
  { value: 'other', label: 'another time' },
]

/** Its name, and how long its requests wait unless it says otherwise. */
export function AgentName({ agent }: { agent: Agent }) {
  const api = useApi()
  const [name, setName] = useState(agent.name)
  const known = agent.default_expiry === null ? 'never' : String(agent.default_expiry)
  const [choice, setChoice] = useState(choices.some((c) => c.value === known) ? known : 'other')
  const [seconds, setSeconds] = useState<number>(agent.default_expiry ?? 86_400)
  const save = useChange(
    () =>
      api.send('PATCH', `agents/${agent.id}`, {
        name: name.trim(),
        default_expiry: choice === 'never' ? null : choice === 'other' ? seconds : Number(choice),
      }),
    { touches: ['agents'] },
  )
  const submit = (e: FormEvent) => {
    e.preventDefault()
    save.mutate(undefined)
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <TextInput label="Name" required maxLength={80} value={name} onChange={(e) => setName(e.currentTarget.value)} />
        <Group grow preventGrowOverflow={false} align="flex-end">
          <Select
            label="Its requests wait for a decision"
            data={choices}
            allowDeselect={false}
            value={choice}
            onChange={(v) => setChoice(v ?? 'never')}
          />
          {choice === 'other' ? (
            <NumberInput
              label="Seconds"
              min={1}
              allowDecimal={false}
              value={seconds}
              onChange={(v) => typeof v === 'number' && setSeconds(v)}
            />
          ) : null}
        </Group>
        <Button type="submit" w="fit-content" loading={save.isPending}>
          Save
        </Button>
      </Stack>
    </form>
  )
}
