import { Alert, Button, PasswordInput, Stack, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { ApiProblem } from '../api.ts'
import { sayProblem } from '../change.ts'
import { PlainFrame } from '../features/session/plain-frame.tsx'
import type { SetupAnswer } from '../types.ts'
import { TextLink } from '../ui/links.tsx'
import { useWiring } from '../wiring.tsx'

const route = getRouteApi('/setup')

/** The one-time link becomes the first owner. */
export function SetupPage() {
  const { token } = route.useSearch()
  const { api, secret } = useWiring()
  const client = useQueryClient()
  const navigate = useNavigate()
  const [email, setEmail] = useState('')
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<unknown>(null)
  const short = password !== '' && password.length < 12
  const wrong = (field: string) => (problem instanceof ApiProblem ? problem.field(field) : null)

  async function submit(e: FormEvent) {
    e.preventDefault()
    if (!token || password.length < 12) return
    setBusy(true)
    setProblem(null)
    try {
      const answer = await api.send<SetupAnswer>('POST', 'setup', { token, email, name: name.trim(), password })
      secret.write(answer.session_secret)
      // Kept in memory only: the token in it is shown once.
      client.setQueryData(['setup-answer'], answer)
      client.setQueryDefaults(['setup-answer'], { gcTime: Infinity })
      await client.invalidateQueries({ queryKey: ['session'] })
      await navigate({ to: '/welcome', replace: true })
    } catch (failure) {
      setProblem(failure)
    } finally {
      setBusy(false)
    }
  }

  if (!token) {
    return (
      <PlainFrame title="Set up" lead="This address needs the token of the one-time link that the server printed.">
        <TextLink to="/">To the inbox</TextLink>
      </PlainFrame>
    )
  }
  const done = problem instanceof ApiProblem && problem.code === 'setup_done'
  return (
    <PlainFrame title="Welcome" lead="You will be the owner: the person who decides what your agents may do.">
      <form onSubmit={submit}>
        <Stack>
          {problem ? (
            <Alert color="red" role="alert">
              {sayProblem(problem)} {done ? <TextLink to="/">Sign in</TextLink> : null}
            </Alert>
          ) : null}
          <TextInput
            label="Your name"
            autoComplete="name"
            required
            autoFocus
            maxLength={80}
            value={name}
            error={wrong('name')}
            onChange={(e) => setName(e.currentTarget.value)}
          />
          <TextInput
            label="E-mail"
            description="To sign in with. Nothing is sent to it."
            type="email"
            autoComplete="username"
            required
            value={email}
            error={wrong('email')}
            onChange={(e) => setEmail(e.currentTarget.value)}
          />
          <PasswordInput
            label="Password"
            description="At least 12 characters. A few words are fine."
            autoComplete="new-password"
            required
            minLength={12}
            maxLength={128}
            value={password}
            error={short ? `${12 - password.length} more to go` : wrong('password')}
            onChange={(e) => setPassword(e.currentTarget.value)}
          />
          <Button type="submit" size="md" loading={busy}>
            Become the owner
          </Button>
        </Stack>
      </form>
    </PlainFrame>
  )
}
