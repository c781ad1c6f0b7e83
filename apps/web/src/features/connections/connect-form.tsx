import { Alert, Button, SegmentedControl, Stack, Text, TextInput } from '@mantine/core'
import type { Connection } from '@permission-slip/protocol/connection.ts'
import type { AuthMethod, ConnectorEntry } from '@permission-slip/protocol/connector.ts'
import { type FormEvent, useState } from 'react'
import { ApiProblem } from '../../api.ts'
import { sayProblem, useChange } from '../../change.ts'
import { useApi } from '../../wiring.tsx'
import { AllowPrivate, privateAddresses } from './allow-private.tsx'
import { AuthFieldInput } from './auth-fields.tsx'
import { emptyForm, filled, fits, missing, pasted } from './filled.ts'

interface Props {
  connector: ConnectorEntry
  onMade(connection: Connection): void
}

export function ConnectForm({ connector, onMade }: Props) {
  const api = useApi()
  const methods = connector.auth.filter((a) => a.kind !== 'none')
  const [method, setMethod] = useState<AuthMethod | undefined>(methods[0])
  const [label, setLabel] = useState('')
  const [values, setValues] = useState(() => emptyForm(method?.fields ?? []))
  const [asking, setAsking] = useState<string[] | null>(null)
  const [hint, setHint] = useState<string | null>(null)
  const connect = useChange(
    async (allow: string[]) => {
      const made = await api.send<Connection>('POST', 'connections', {
        connector: connector.id,
        label: label.trim(),
        ...(method ? { auth: method.name } : {}),
        fields: filled(values),
        ...(allow.length > 0 ? { allow_private: allow } : {}),
      })
      // It is connected either way; whether it works stands on its page.
      await api.send('POST', `connections/${made.id}/test`, {}).catch(() => null)
      return made
    },
    { touches: ['connections', 'connectors'], notify: false, done: onMade },
  )
  const attempt = (allow: string[]) =>
    connect.mutate(allow, {
      onError: (e) => setAsking(allow.length === 0 ? privateAddresses(e) : null),
      onSuccess: () => setAsking(null),
    })
  const problem = connect.error && !asking ? connect.error : null
  const submit = (e: FormEvent) => {
    e.preventDefault()
    const open = method ? missing(method, values) : []
    setHint(open.length > 0 ? `Still to fill in: ${open.join(', ')}` : null)
    if (open.length === 0) attempt([])
  }
  if (!method) return <Text>This service needs no account: its actions are ready.</Text>
  return (
    <form onSubmit={submit} noValidate={pasted(method, values)}>
      <Stack>
        {methods.length > 1 ? (
          <SegmentedControl
            aria-label="How to connect"
            data={methods.map((m) => ({ value: m.name, label: m.title }))}
            value={method.name}
            onChange={(name) => {
              const next = methods.find((m) => m.name === name)
              setMethod(next)
              setValues(emptyForm(next?.fields ?? []))
            }}
          />
        ) : null}
        <TextInput
          label="Label"
          description="How you tell this account from others, such as “orders, staging”"
          required
          maxLength={100}
          value={label}
          error={problem instanceof ApiProblem ? problem.field('label') : null}
          onChange={(e) => setLabel(e.currentTarget.value)}
        />
        {method.fields.map((field) => (
          <AuthFieldInput
            key={field.name}
            field={field}
            value={values[field.name] ?? ''}
            error={
              (problem instanceof ApiProblem ? problem.field(field.name) : null) ??
              (fits(field, values[field.name] ?? '') ? null : 'Does not look right')
            }
            onChange={(v) => setValues((before) => ({ ...before, [field.name]: v }))}
          />
        ))}
        {hint ? <Text c="var(--mantine-color-error)">{hint}</Text> : null}
        {problem ? (
          <Alert color="red" role="alert">
            {sayProblem(problem)}
          </Alert>
        ) : null}
        <Text fz="sm" c="dimmed">
          Secrets are sealed on the server, bound to this destination, and never shown again.
        </Text>
        <Button type="submit" size="md" loading={connect.isPending}>
          Connect
        </Button>
      </Stack>
      <AllowPrivate
        addresses={asking}
        busy={connect.isPending}
        onNo={() => setAsking(null)}
        onYes={() => attempt(asking ?? [])}
      />
    </form>
  )
}
