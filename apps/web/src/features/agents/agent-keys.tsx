import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import type { Agent } from '@permission-slip/protocol/agent.ts'
import { IconKey, IconPlus } from '@tabler/icons-react'
import { type FormEvent, useState } from 'react'
import { useChange } from '../../change.ts'
import rows from '../../ui/rows.module.css'
import { ShownOnce } from '../../ui/shown-once.tsx'
import { Tag } from '../../ui/tag.tsx'
import { Ago } from '../../ui/time.tsx'
import { useApi } from '../../wiring.tsx'

/** Its keys, and bearer tokens for what can't sign. */
export function AgentKeys({ agent }: { agent: Agent }) {
  const api = useApi()
  const [adding, setAdding] = useState<'key' | 'token' | null>(null)
  const [text, setText] = useState('')
  const [token, setToken] = useState<string | null>(null)
  const close = () => {
    setAdding(null)
    setText('')
  }
  const addKey = useChange(() => api.send('POST', `agents/${agent.id}/keys`, { public_key: text.trim() }), {
    touches: ['agents'],
    done: close,
  })
  const addToken = useChange(
    () => api.send<{ id: string; token: string }>('POST', `agents/${agent.id}/tokens`, { name: text.trim() }),
    {
      touches: ['agents'],
      done: (made) => {
        close()
        setToken(made.token)
      },
    },
  )
  const revoke = useChange((path: string) => api.send('DELETE', `agents/${agent.id}/${path}`), { touches: ['agents'] })
  const submit = (e: FormEvent) => {
    e.preventDefault()
    if (adding === 'key') addKey.mutate(undefined)
    else addToken.mutate(undefined)
  }
  const off = agent.status === 'revoked'
  const tokens = agent.tokens.filter((t) => t.revoked_at === null)
  const used = (at: string | null) => (at ? <Ago at={at} /> : 'never')
  return (
    <Stack gap="sm">
      <ul className={rows['list']}>
        {agent.keys.map((k) => (
          <li key={k.id} className={rows['row']}>
            <IconKey size={20} aria-hidden />
            <span className={rows['what']}>
              <code>{k.id}</code>
              <span className={rows['more']}>key · last used {used(k.last_used_at)}</span>
            </span>
            {k.status === 'active' && !off ? (
              <Button
                size="xs"
                variant="default"
                aria-label={`Revoke key ${k.id}`}
                onClick={() => revoke.mutate(`keys/${k.id}`)}
              >
                Revoke
              </Button>
            ) : (
              <Tag>{k.status}</Tag>
            )}
          </li>
        ))}
        {tokens.map((t) => (
          <li key={t.id} className={rows['row']}>
            <IconKey size={20} aria-hidden />
            <span className={rows['what']}>
              {t.name}
              <span className={rows['more']}>token · last used {used(t.last_used_at)}</span>
            </span>
            <Button
              size="xs"
              variant="default"
              aria-label={`Revoke token ${t.name}`}
              onClick={() => revoke.mutate(`tokens/${t.id}`)}
            >
              Revoke
            </Button>
          </li>
        ))}
      </ul>
      {off ? null : (
        <Group gap="xs">
          <Button size="xs" variant="default" leftSection={<IconPlus size={14} />} onClick={() => setAdding('key')}>
            Add a key
          </Button>
          <Button size="xs" variant="default" leftSection={<IconPlus size={14} />} onClick={() => setAdding('token')}>
            Make a token
          </Button>
        </Group>
      )}
      <Modal opened={adding !== null} onClose={close} title={adding === 'key' ? 'Add a key' : 'Make a bearer token'}>
        <form onSubmit={submit}>
          <Stack>
            <Text fz="sm" c="dimmed">
              {adding === 'key'
                ? 'The public key of the agent, 32 bytes in base64url (43 characters). It is in force at once.'
                : 'For a program that can not sign. Whoever has the token can ask as this agent.'}
            </Text>
            <TextInput
              label={adding === 'key' ? 'Public key' : 'Name of the token'}
              required
              data-autofocus
              value={text}
              onChange={(e) => setText(e.currentTarget.value)}
            />
            <Button type="submit" loading={addKey.isPending || addToken.isPending}>
              {adding === 'key' ? 'Add' : 'Make it'}
            </Button>
          </Stack>
        </form>
      </Modal>
      <ShownOnce title="The token" secret={token} onClose={() => setToken(null)} />
    </Stack>
  )
}
