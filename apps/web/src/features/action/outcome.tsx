import { Alert, Group, Loader, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { Looked } from '../../queries.ts'
import { peopleQuery } from '../../queries.ts'
import { JsonText } from '../../ui/json-text.tsx'
import { StatusTag } from '../../ui/status-tag.tsx'
import { Ago } from '../../ui/time.tsx'
import { visible } from '../../ui/visible.ts'
import { useApi } from '../../wiring.tsx'
import { Cancel } from './cancel.tsx'
import { changedParams } from './diff.ts'
import { Difference } from './difference.tsx'
import classes from './outcome.module.css'
import { Retry } from './retry.tsx'
import { Settle } from './settle.tsx'

function Decided({ shown }: { shown: Looked }) {
  const people = useQuery({ ...peopleQuery(useApi()), staleTime: 60_000, retry: false })
  const d = shown.decision
  if (!d || d.effect === null) return null
  const who = d.by === 'rule' ? 'a rule' : (people.data?.find((p) => p.id === d.person)?.name ?? 'a person')
  return (
    <Text fz="sm" c="dimmed">
      {d.effect === 'approve' ? 'Approved' : 'Denied'} by {who}
      {d.edited ? ', after an edit' : ''} {d.at ? <Ago at={d.at} /> : null}
    </Text>
  )
}

/** What became of an action, in the place where it was decided. */
export function Outcome({ shown }: { shown: Looked }) {
  const { status, error, result, decision } = shown
  const running = status === 'approved' || status === 'executing'
  const changes = shown.executed_params ? changedParams(shown.params, shown.executed_params) : []
  return (
    <section className={classes['outcome']} aria-label="Outcome" data-status={status}>
      <Group gap="xs" role="status">
        <StatusTag status={status} />
        {running ? <Loader size="xs" aria-hidden /> : null}
        <Decided shown={shown} />
      </Group>
      {decision?.reason ? (
        <Text fz="sm">
          Reason: <q>{visible(decision.reason)}</q>
        </Text>
      ) : null}
      {changes.length > 0 ? <Difference changes={changes} /> : null}
      {error && status !== 'denied' ? (
        <Alert color={status === 'failed' ? 'red' : 'yellow'} title={error.message} p="sm">
          <Text fz="sm">
            {shown.next.say} <code>{error.code}</code>
            {shown.partial ? ' Part of it happened before it failed.' : ''}
          </Text>
        </Alert>
      ) : null}
      {result !== null ? <JsonText value={result} label="Result" /> : null}
      {status === 'succeeded' && result === null && !error ? <Text fz="sm">It returned nothing.</Text> : null}
      {status === 'expired' ? <Text fz="sm">Nobody decided in time; nothing happened.</Text> : null}
      {status === 'unknown' ? <Settle id={shown.id} /> : null}
      <Stack gap="xs" align="flex-start">
        {status === 'approved' ? <Cancel id={shown.id} /> : null}
        {['failed', 'unknown', 'expired', 'cancelled'].includes(status) ? (
          <Retry id={shown.id} unknown={status === 'unknown'} />
        ) : null}
      </Stack>
    </section>
  )
}
