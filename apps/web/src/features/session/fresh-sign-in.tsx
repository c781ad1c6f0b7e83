import { Button, Group, Modal, PasswordInput, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState, useSyncExternalStore } from 'react'
import { ApiProblem } from '../../api.ts'
import { sayProblem } from '../../change.ts'
import { sessionQuery } from '../../queries.ts'
import { useWiring } from '../../wiring.tsx'
import { TotpField } from './totp-field.tsx'

/** Asks for the password again when a change needs a fresh sign-in, then lets the change run. */
export function FreshSignIn() {
  const { api, gate, secret } = useWiring()
  const opened = useSyncExternalStore(gate.subscribe, gate.asking)
  const session = useQuery({ ...sessionQuery(api), enabled: opened })
  const me = session.data?.me
  const [password, setPassword] = useState('')
  const [code, setCode] = useState('')
  const [more, setMore] = useState(false)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const totp = more || (me?.kind === 'person' && me.totp)

  const close = (ok: boolean) => {
    setPassword('')
    setCode('')
    setProblem(null)
    gate.answer(ok)
  }
  async function submit(e: FormEvent) {
    e.preventDefault()
    setBusy(true)
    setProblem(null)
    try {
      const body = { password, ...(totp ? { code: code.trim() } : {}) }
      const answer = await api.send<{ session_secret?: string } | null>('POST', 'session/fresh', body)
      if (answer?.session_secret) secret.write(answer.session_secret)
      close(true)
    } catch (failure) {
      if (failure instanceof ApiProblem && failure.problem['totp_required'] === true && !totp) setMore(true)
      else setProblem(sayProblem(failure))
    } finally {
      setBusy(false)
    }
  }
  return (
    <Modal opened={opened} onClose={() => close(false)} title="Is it still you?" zIndex={1000}>
      <form onSubmit={submit}>
        <Stack>
          <Text fz="sm" c="dimmed">
            This change needs your password again. It holds for five minutes.
          </Text>
          <PasswordInput
            label="Password"
            autoComplete="current-password"
            required
            data-autofocus
            value={password}
            error={problem}
            onChange={(e) => setPassword(e.currentTarget.value)}
          />
          {totp ? <TotpField value={code} onChange={setCode} /> : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={() => close(false)}>
              Cancel
            </Button>
            <Button type="submit" loading={busy}>
              Continue
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
