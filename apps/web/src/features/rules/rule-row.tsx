import { ActionIcon, Switch, Tooltip } from '@mantine/core'
import type { Rule } from '@permission-slip/protocol/rule.ts'
import { IconTrash } from '@tabler/icons-react'
import { useState } from 'react'
import { useChange } from '../../change.ts'
import { Confirm } from '../../ui/confirm.tsx'
import { TextLink } from '../../ui/links.tsx'
import rows from '../../ui/rows.module.css'
import { ServiceLogo } from '../../ui/service-logo.tsx'
import { Tag, type Tone } from '../../ui/tag.tsx'
import { sayWhen, useNow } from '../../ui/time.tsx'
import { visible } from '../../ui/visible.ts'
import { useApi } from '../../wiring.tsx'

const tones: Record<Rule['effect'], Tone> = { allow: 'low', ask: 'medium', deny: 'high' }

function conditions(rule: Rule): string {
  const all = Object.entries(rule.params).map(([name, c]) =>
    'equals' in c ? `${name} = ${visible(JSON.stringify(c.equals)).slice(0, 60)}` : `any ${name}`,
  )
  return all.length > 0 ? all.join(', ') : 'no conditions on parameters'
}

export function RuleRow({ rule, agentName }: { rule: Rule; agentName(id: string): string }) {
  const api = useApi()
  const now = useNow()
  const [asking, setAsking] = useState(false)
  const toggle = useChange((enabled: boolean) => api.send('PATCH', `rules/${rule.id}`, { enabled }), {
    touches: ['rules'],
  })
  const remove = useChange(() => api.send('DELETE', `rules/${rule.id}`), { touches: ['rules'] })
  const over = rule.expires_at !== null && Date.parse(rule.expires_at) <= now
  return (
    <li className={rows['row']}>
      <ServiceLogo connector={rule.connector} size={18} />
      <span className={rows['what']}>
        <span>
          <TextLink to="/rules/$id" params={{ id: rule.id }} fw={600}>
            {rule.name}
          </TextLink>{' '}
          <Tag tone={tones[rule.effect]}>{rule.effect}</Tag> {over ? <Tag>ended</Tag> : null}
        </span>
        <span className={rows['more']}>
          {rule.connector}.{rule.action} · {rule.agents ? rule.agents.map(agentName).join(', ') : 'every agent'} ·{' '}
          {conditions(rule)}
          {rule.expires_at && !over ? ` · until ${sayWhen(rule.expires_at)}` : ''}
        </span>
      </span>
      <Switch
        aria-label={`Rule ${rule.name} is on`}
        checked={rule.enabled}
        disabled={toggle.isPending}
        onChange={(e) => toggle.mutate(e.currentTarget.checked)}
      />
      <Tooltip label="Remove">
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          aria-label={`Remove ${rule.name}`}
          onClick={() => setAsking(true)}
        >
          <IconTrash size={18} />
        </ActionIcon>
      </Tooltip>
      <Confirm
        opened={asking}
        title={`Remove “${rule.name}”?`}
        yes="Remove it"
        danger
        onNo={() => setAsking(false)}
        onYes={() => {
          setAsking(false)
          remove.mutate(undefined)
        }}
      >
        {rule.effect === 'allow' ? 'What it let through will ask you again.' : 'It stops holding at once.'}
      </Confirm>
    </li>
  )
}
