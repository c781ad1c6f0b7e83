import {
  Alert,
  Button,
  Group,
  MultiSelect,
  NativeSelect,
  SegmentedControl,
  Stack,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { agentsQuery, connectionsQuery, connectorQuery, connectorsQuery } from '../../queries.ts'
import { ServiceLogo } from '../../ui/service-logo.tsx'
import { useApi } from '../../wiring.tsx'
import { type Draft, type Effect, paramNames, ruleBody } from './draft.ts'
import { ParamChoice } from './param-choice.tsx'

const effects: { value: Effect; label: string; says: string }[] = [
  { value: 'allow', label: 'Allow', says: 'Lets it through without asking you.' },
  { value: 'ask', label: 'Ask', says: 'Always asks a person, whatever an allow rule says.' },
  { value: 'deny', label: 'Deny', says: 'Refuses it. No allow rule overrides this.' },
]

interface Props {
  start: Draft
  /** Connector and action of a rule that exists can't change. */
  fixed: boolean
  busy: boolean
  problem: string | null
  submit: string
  onSubmit(body: ReturnType<typeof ruleBody>): void
}

export function RuleForm({ start, fixed, busy, problem, submit, onSubmit }: Props) {
  const api = useApi()
  const [draft, setDraft] = useState(start)
  const [wrong, setWrong] = useState<string | null>(null)
  const connectors = useQuery(connectorsQuery(api)).data ?? []
  const agents = useQuery(agentsQuery(api)).data ?? []
  const connections = useQuery(connectionsQuery(api)).data ?? []
  const description = useQuery({ ...connectorQuery(api, draft.connector), enabled: draft.connector !== '' }).data
  const put = (change: Partial<Draft>) => setDraft((before) => ({ ...before, ...change }))
  const action = description?.actions.find((a) => a.id === draft.action)
  const names = [...new Set([...Object.keys(draft.params), ...paramNames(description, draft.action)])]
  const entry = connectors.find((c) => c.id === draft.connector)
  const effect = effects.find((e) => e.value === draft.effect)
  const send = (e: FormEvent) => {
    e.preventDefault()
    if (wrong === null) onSubmit(ruleBody(draft))
  }
  return (
    <form onSubmit={send}>
      <Stack>
        <TextInput
          label="Name"
          required
          maxLength={120}
          value={draft.name}
          onChange={(e) => put({ name: e.currentTarget.value })}
        />
        <div>
          <SegmentedControl
            aria-label="What the rule does"
            data={effects.map(({ value, label }) => ({ value, label }))}
            value={draft.effect}
            onChange={(v) => put({ effect: effects.find((x) => x.value === v)?.value ?? 'ask' })}
          />
          <Text fz="sm" c="dimmed" mt={4}>
            {effect?.says}
          </Text>
        </div>
        {fixed ? (
          <Group gap="xs">
            <ServiceLogo connector={draft.connector} />
            <Text>
              {entry?.name ?? draft.connector} · {action?.title ?? draft.action}
            </Text>
          </Group>
        ) : (
          <Group grow preventGrowOverflow={false}>
            <NativeSelect
              label="Service"
              required
              data={[{ value: '', label: 'Choose' }, ...connectors.map((c) => ({ value: c.id, label: c.name }))]}
              value={draft.connector}
              onChange={(e) => put({ connector: e.currentTarget.value, action: '', connections: [], params: {} })}
            />
            <NativeSelect
              label="Action"
              required
              disabled={!entry}
              data={[
                { value: '', label: 'Choose' },
                ...(entry?.actions ?? []).map((a) => ({ value: a.id, label: a.title })),
              ]}
              value={draft.action}
              onChange={(e) => put({ action: e.currentTarget.value, params: {} })}
            />
          </Group>
        )}
        <MultiSelect
          label="Agents"
          description="Empty: every agent"
          data={agents.filter((a) => a.status !== 'revoked').map((a) => ({ value: a.id, label: a.name }))}
          value={draft.agents}
          onChange={(v) => put({ agents: v })}
        />
        <MultiSelect
          label="Accounts"
          description="Empty: every account of the service"
          data={connections
            .filter((c) => c.connector === draft.connector && c.status !== 'removed')
            .map((c) => ({ value: c.id, label: c.label }))}
          value={draft.connections}
          onChange={(v) => put({ connections: v })}
        />
        {names.length > 0 ? (
          <Stack gap="xs">
            <Text fw={600} component="h2" fz="md">
              Parameters
            </Text>
            <Text fz="sm" c="dimmed">
              {draft.effect === 'allow'
                ? 'The rule says something of each one. What is left out must be absent, or at its default.'
                : 'The rule matches if every parameter that it names is so.'}
            </Text>
            {names.map((name) => (
              <ParamChoice
                key={`${draft.connector}.${draft.action}.${name}`}
                name={name}
                code={action?.code.includes(name) ?? false}
                effect={draft.effect}
                draft={draft.params[name] ?? { choice: 'unnamed', value: null }}
                onChange={(p) => {
                  setWrong((before) => (before === name ? null : before))
                  setDraft((before) => ({ ...before, params: { ...before.params, [name]: p } }))
                }}
                onInvalid={() => setWrong(name)}
              />
            ))}
          </Stack>
        ) : null}
        <TextInput
          type="datetime-local"
          label="Ends"
          description="Empty: holds until you switch it off"
          value={draft.until}
          onChange={(e) => put({ until: e.currentTarget.value })}
        />
        <Textarea
          label="Note"
          maxLength={2000}
          autosize
          value={draft.note}
          onChange={(e) => put({ note: e.currentTarget.value })}
        />
        {problem ? (
          <Alert color="red" role="alert">
            {problem}
          </Alert>
        ) : null}
        <Button type="submit" size="md" loading={busy} disabled={wrong !== null}>
          {submit}
        </Button>
      </Stack>
    </form>
  )
}
