import { Button, NumberInput, SimpleGrid, Stack } from '@mantine/core'
import type { Agent, Limits } from '@permission-slip/protocol/agent.ts'
import { type FormEvent, useState } from 'react'
import { useChange } from '../../change.ts'
import { useApi } from '../../wiring.tsx'

const fields: { name: keyof Limits; label: string; help: string; most: number }[] = [
  { name: 'pending', label: 'Waiting at once', help: 'Requests that wait for a decision', most: 1_000_000 },
  { name: 'submissions_per_second', label: 'Requests a second', help: 'How fast it may ask', most: 1_000_000 },
  { name: 'long_polls', label: 'Long polls', help: 'Answers it may wait for at once', most: 100_000 },
  { name: 'params_bytes', label: 'Bytes of parameters', help: 'Of one request', most: 16 * 1024 * 1024 },
  { name: 'stored_bytes', label: 'Bytes stored', help: 'Of all its requests and results', most: 1_000_000_000_000 },
]

export function AgentLimits({ agent }: { agent: Agent }) {
  const api = useApi()
  const [limits, setLimits] = useState<Limits>(agent.limits)
  const save = useChange(() => api.send('PATCH', `agents/${agent.id}`, { limits }), { touches: ['agents'] })
  const submit = (e: FormEvent) => {
    e.preventDefault()
    save.mutate(undefined)
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          {fields.map(({ name, label, help, most }) => (
            <NumberInput
              key={name}
              label={label}
              description={help}
              min={1}
              max={most}
              allowDecimal={false}
              thousandSeparator=","
              required
              value={limits[name]}
              onChange={(v) => typeof v === 'number' && setLimits((before) => ({ ...before, [name]: v }))}
            />
          ))}
        </SimpleGrid>
        <Button type="submit" w="fit-content" loading={save.isPending}>
          Save limits
        </Button>
      </Stack>
    </form>
  )
}
