import { Button, Checkbox, Group, Modal, NativeSelect, Stack, Text, TextInput } from '@mantine/core'
import type { Scope } from '@permission-slip/protocol/person.ts'
import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useChange } from '../../change.ts'
import { tokensQuery } from '../../queries.ts'
import { Loaded } from '../../ui/loaded.tsx'
import rows from '../../ui/rows.module.css'
import { ShownOnce } from '../../ui/shown-once.tsx'
import { Ago, sayWhen } from '../../ui/time.tsx'
import { useApi } from '../../wiring.tsx'

const words: Record<Scope, string> = {
  read: 'Read: see everything',
  decide: 'Decide: approve and deny',
  manage: 'Manage: agents, connections, rules, settings',
}
const ends = [
  { value: '604800', label: 'in a week' },
  { value: '7776000', label: 'in 90 days' },
  { value: '31536000', label: 'in a year' },
  { value: 'never', label: 'never' },
]

function Make({ onMade }: { onMade(token: string): void }) {
  const api = useApi()
  const [name, setName] = useState('')
  const [chosen, setChosen] = useState<string[]>(['read'])
  const [end, setEnd] = useState('7776000')
  const make = useChange(
    () =>
      api.send<{ id: string; token: string }>('POST', 'tokens', {
        name: name.trim(),
        scopes: chosen,
        expires_in: end === 'never' ? null : Number(end),
      }),
    { touches: ['tokens'], done: (made) => onMade(made.token) },
  )
  const submit = (e: FormEvent) => {
    e.preventDefault()
    make.mutate(undefined)
  }
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label="Name"
          required
          maxLength={80}
          data-autofocus
          value={name}
          onChange={(e) => setName(e.currentTarget.value)}
        />
        <Checkbox.Group label="It may" value={chosen} onChange={setChosen}>
          <Stack gap="xs" mt={4}>
            {Object.entries(words).map(([scope, label]) => (
              <Checkbox key={scope} value={scope} label={label} />
            ))}
          </Stack>
        </Checkbox.Group>
        <NativeSelect label="It ends" data={ends} value={end} onChange={(e) => setEnd(e.currentTarget.value)} />
        <Button type="submit" disabled={chosen.length === 0} loading={make.isPending}>
          Make it
        </Button>
      </Stack>
    </form>
  )
}

/** Personal tokens: for scripts and the command line. */
export function Tokens() {
  const api = useApi()
  const query = useQuery(tokensQuery(api))
  const [making, setMaking] = useState(false)
  const [made, setMade] = useState<string | null>(null)
  const revoke = useChange((id: string) => api.send('DELETE', `tokens/${id}`), { touches: ['tokens'] })
  return (
    <Stack gap="sm">
      <Loaded query={query}>
        {(tokens) =>
          tokens.length === 0 ? (
            <Text fz="sm">None.</Text>
          ) : (
            <ul className={rows['list']}>
              {tokens.map((t) => (
                <li key={t.id} className={rows['row']}>
                  <span className={rows['what']}>
                    <strong>{t.name}</strong>
                    <span className={rows['more']}>
                      {t.scopes.join(', ')} · {t.expires_at ? `until ${sayWhen(t.expires_at)}` : 'never ends'} · last
                      used {t.last_used_at ? <Ago at={t.last_used_at} /> : 'never'}
                    </span>
                  </span>
                  <Button
                    size="xs"
                    variant="default"
                    aria-label={`Revoke token ${t.name}`}
                    onClick={() => revoke.mutate(t.id)}
                  >
                    Revoke
                  </Button>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      <Group>
        <Button variant="default" onClick={() => setMaking(true)}>
          Make a token
        </Button>
      </Group>
      <Modal opened={making} onClose={() => setMaking(false)} title="Make a personal token">
        <Make
          onMade={(token) => {
            setMaking(false)
            setMade(token)
          }}
        />
      </Modal>
      <ShownOnce title="Your token" secret={made} onClose={() => setMade(null)} />
    </Stack>
  )
}
