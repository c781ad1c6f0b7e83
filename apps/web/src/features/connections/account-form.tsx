import { Alert, Button, NumberInput, SimpleGrid, Stack, TextInput } from '@mantine/core'
import type { Connection } from '@permission-slip/protocol/connection.ts'
import type { ConnectorEntry } from '@permission-slip/protocol/connector.ts'
import { type FormEvent, useState } from 'react'
import { ApiProblem } from '../../api.ts'
import { sayProblem, useChange } from '../../change.ts'
import { useApi } from '../../wiring.tsx'
import { AllowPrivate, privateAddresses } from './allow-private.tsx'
import { AuthFieldInput } from './auth-fields.tsx'

/** Label, limits and fields of an account. A change of where it points asks for the secret again. */
export function AccountForm({ connection, connector }: { connection: Connection; connector: ConnectorEntry }) {
  const api = useApi()
  const method = connector.auth.find((a) => a.name === connection.auth)
  const fields = method?.fields ?? []
  const [label, setLabel] = useState(connection.label)
  const [concurrency, setConcurrency] = useState(connection.concurrency)
  const [rate, setRate] = useState<number | ''>(connection.rate_per_minute ?? '')
  const [values, setValues] = useState<Record<string, string>>(() =>
    Object.fromEntries(fields.map((f) => [f.name, f.secret ? '' : (connection.fields[f.name] ?? '')])),
  )
  const [asking, setAsking] = useState<string[] | null>(null)
  const changed = Object.fromEntries(
    Object.entries(values).filter(([name, v]) => {
      const field = fields.find((f) => f.name === name)
      return field?.secret ? v !== '' : v !== (connection.fields[name] ?? '')
    }),
  )
  const save = useChange(
    (allow: string[]) =>
      api.send<Connection>('PATCH', `connections/${connection.id}`, {
        label: label.trim(),
        concurrency,
        rate_per_minute: rate === '' ? null : rate,
        ...(Object.keys(changed).length > 0 ? { fields: changed } : {}),
        ...(allow.length > 0 ? { allow_private: allow } : {}),
      }),
    { touches: ['connections', 'connectors'], notify: false },
  )
  const attempt = (allow: string[]) =>
    save.mutate(allow, {
      onError: (e) => setAsking(allow.length === 0 ? privateAddresses(e) : null),
      onSuccess: () => setAsking(null),
    })
  const problem = save.error && !asking ? save.error : null
  const submit = (e: FormEvent) => {
    e.preventDefault()
    attempt([])
  }
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label="Label"
          required
          maxLength={100}
          value={label}
          onChange={(e) => setLabel(e.currentTarget.value)}
        />
        {fields.map((field) => (
          <AuthFieldInput
            key={field.name}
            field={field}
            keeps={field.secret && connection.secrets_set.includes(field.name)}
            value={values[field.name] ?? ''}
            error={problem instanceof ApiProblem ? problem.field(field.name) : null}
            onChange={(v) => setValues((before) => ({ ...before, [field.name]: v }))}
          />
        ))}
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <NumberInput
            label="Requests at once"
            min={1}
            max={100}
            allowDecimal={false}
            value={concurrency}
            onChange={(v) => typeof v === 'number' && setConcurrency(v)}
          />
          <NumberInput
            label="Requests a minute"
            placeholder="No limit"
            min={1}
            max={100_000}
            allowDecimal={false}
            value={rate}
            onChange={(v) => setRate(typeof v === 'number' ? v : '')}
          />
        </SimpleGrid>
        {problem ? (
          <Alert color="red" role="alert">
            {sayProblem(problem)}
          </Alert>
        ) : null}
        <Button type="submit" w="fit-content" loading={save.isPending}>
          Save
        </Button>
      </Stack>
      <AllowPrivate
        addresses={asking}
        busy={save.isPending}
        onNo={() => setAsking(null)}
        onYes={() => attempt(asking ?? [])}
      />
    </form>
  )
}
