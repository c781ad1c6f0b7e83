import { Alert, Button, Group, Text } from '@mantine/core'
import { useHotkeys } from '@mantine/hooks'
import {
  IconAlertTriangle,
  IconClock,
  IconMessage2,
  IconPencil,
  IconRobot,
  IconShieldCheck,
  IconUserCircle,
} from '@tabler/icons-react'
import { lazy, type ReactNode, Suspense, useState } from 'react'
import type { Looked } from '../../queries.ts'
import { ButtonLink } from '../../ui/links.tsx'
import { Sentence } from '../../ui/sentence.tsx'
import { ServiceLogo } from '../../ui/service-logo.tsx'
import { RiskTag } from '../../ui/status-tag.tsx'
import { Ago, TimeLeft } from '../../ui/time.tsx'
import { visible } from '../../ui/visible.ts'
import classes from './action-view.module.css'
import { DecisionBar } from './decision-bar.tsx'
import { DenyDialog } from './deny-dialog.tsx'
import { useDigestHolds } from './digest-check.ts'
import { LookCloser } from './look-closer.tsx'
import { Outcome } from './outcome.tsx'
import { Parameters } from './parameters.tsx'

const EditDialog = lazy(async () => ({ default: (await import('./edit-dialog.tsx')).EditDialog }))

function Fact({ icon, label, children }: { icon: ReactNode; label: string; children: ReactNode }) {
  return (
    <div className={classes['fact']}>
      {icon}
      <dt className="ps-hidden">{label}</dt>
      <dd>{children}</dd>
    </div>
  )
}

/** One action, whole: what is asked, by whom, as whom; what was decided, what came of it. */
export function ActionView({ shown, after }: { shown: Looked; after?: ReactNode }) {
  const [editing, setEditing] = useState(false)
  const [denying, setDenying] = useState(false)
  const holds = useDigestHolds(shown)
  const pending = shown.status === 'pending'
  const blocked =
    holds === false
      ? 'The digest does not match what is shown here. Do not approve; reload the page.'
      : shown.stale
        ? 'It can not run as it stands any more.'
        : null
  useHotkeys(pending && !blocked ? [['e', () => setEditing(true)]] : [])
  return (
    <article className={classes['view']}>
      <Group gap="xs" wrap="nowrap" align="center">
        <ServiceLogo connector={shown.connector} />
        <Text fz="sm" c="dimmed" flex={1}>
          {shown.connector_name} · {shown.title}
        </Text>
        <RiskTag risk={shown.risk} />
      </Group>
      <h1 className={classes['sentence']}>
        <Sentence summary={shown.summary} most={120} />
      </h1>
      <dl className={classes['facts']}>
        <Fact icon={<IconRobot size={18} aria-hidden />} label="Agent">
          {visible(shown.agent_name)}
        </Fact>
        <Fact icon={<IconUserCircle size={18} aria-hidden />} label="Account">
          {shown.connection_label ?? 'no account'}
        </Fact>
        <Fact icon={<IconClock size={18} aria-hidden />} label={pending ? 'Time left' : 'Asked'}>
          {pending ? <TimeLeft until={shown.expires_at} /> : <Ago at={shown.created_at} />}
        </Fact>
      </dl>
      {blocked ? (
        <Alert color="red" icon={<IconAlertTriangle />} role="alert" title={blocked}>
          {shown.error?.message ?? ''}
        </Alert>
      ) : null}
      {pending ? null : <Outcome shown={shown} />}
      {after}
      <Parameters params={shown.params} />
      {shown.reason ? (
        <blockquote className={classes['claim']}>
          <IconMessage2 size={18} aria-hidden />
          <div>
            <span className={classes['claimLabel']}>The agent says (its claim, not checked):</span>
            <p>{visible(shown.reason)}</p>
          </div>
        </blockquote>
      ) : null}
      {pending ? (
        <Group gap="xs">
          <Button
            variant="default"
            size="xs"
            leftSection={<IconPencil size={16} aria-hidden />}
            disabled={blocked !== null || !shown.params_schema}
            onClick={() => setEditing(true)}
          >
            Edit
          </Button>
          <Button variant="default" size="xs" onClick={() => setDenying(true)}>
            Deny with a reason
          </Button>
          <ButtonLink
            variant="default"
            size="xs"
            leftSection={<IconShieldCheck size={16} aria-hidden />}
            to="/rules/new"
            search={{ from: shown.id }}
          >
            Always allow…
          </ButtonLink>
        </Group>
      ) : null}
      <LookCloser shown={shown} />
      {pending ? (
        <DecisionBar shown={shown} blocked={blocked} place="bar" onDenyWithReason={() => setDenying(true)} />
      ) : null}
      <DenyDialog shown={shown} opened={denying} onClose={() => setDenying(false)} />
      {editing ? (
        <Suspense>
          <EditDialog shown={shown} opened onClose={() => setEditing(false)} />
        </Suspense>
      ) : null}
    </article>
  )
}
