import { Alert, Button, PasswordInput, Stack, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { ApiProblem } from '../../api.ts'
import { sayProblem } from '../../change.ts'
import type { MyPerson } from '../../types.ts'
import { useWiring } from '../../wiring.tsx'
import { PlainFrame } from './plain-frame.tsx'
import { TotpField } from './totp-field.tsx'

export function SignIn() {
  const { api, secret } = useWiring()
  const client = useQueryClient()
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const [code, setCode] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)

  async function submit(e: FormEvent) {
    e.preventDefault()
    setBusy(true)
    setProblem(null)
    try {
      const body = { email, password, ...(code === null ? {} : { code: code.trim() }) }
      const answer = await api.send<{ me: MyPerson; session_secret: string }>('POST', 'session', body)
      secret.write(answer.session_secret)
      await client.invalidateQueries()
    } catch (failure) {
      if (failure instanceof ApiProblem && failure.problem['totp_required'] === true && code === null) setCode('')
      else setProblem(sayProblem(failure))
    } finally {
      setBusy(false)
    }
  }

  return (
    <PlainFrame title="Sign in" lead="Your agents are waiting for a word from you.">
      <form onSubmit={submit}>
        <Stack>
          {problem ? (
            <Alert color="red" role="alert">
              {problem}
            </Alert>
          ) : null}
          <TextInput
            label="E-mail"
            type="email"
            name="email"
            autoComplete="username"
            required
            autoFocus
            value={email}
            onChange={(e) => setEmail(e.currentTarget.value)}
          />
          <PasswordInput
            label="Password"
            name="password"
            autoComplete="current-password"
            required
            value={password}
            onChange={(e) => setPassword(e.currentTarget.value)}
          />
          {code === null ? null : <TotpField value={code} onChange={setCode} autoFocus />}
          <Button type="submit" size="md" loading={busy}>
            Sign in
          </Button>
        </Stack>
      </form>
    </PlainFrame>
  )
}
