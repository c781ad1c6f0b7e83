import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { actionQuery, type Looked } from '../../queries.ts'
import { ButtonLink } from '../../ui/links.tsx'
import { Sentence } from '../../ui/sentence.tsx'
import { ServiceLogo } from '../../ui/service-logo.tsx'
import { RiskTag, StatusTag } from '../../ui/status-tag.tsx'
import { TimeLeft } from '../../ui/time.tsx'
import { visible } from '../../ui/visible.ts'
import { useApi } from '../../wiring.tsx'
import { DecisionBar } from '../action/decision-bar.tsx'
import classes from './inbox-card.module.css'

function Gone({ item }: { item: Looked }) {
  const now = useQuery(actionQuery(useApi(), item.id)).data
  if (!now || now.status === 'pending') return <span className={classes['said']}>No longer waiting</span>
  return (
    <span className={classes['said']} role="status">
      <StatusTag status={now.status} /> {now.error ? visible(now.error.message) : ''}
    </span>
  )
}

interface Props {
  item: Looked
  gone: boolean
  selected: boolean
}
/** One waiting action in the list. Low and medium risk can be decided here; high is opened first. */
export function InboxCard({ item, gone, selected }: Props) {
  return (
    <article className={classes['card']} data-selected={selected || undefined} data-gone={gone || undefined}>
      <Link
        to="/a/$id"
        params={{ id: item.id }}
        className={classes['open']}
        aria-current={selected ? 'true' : undefined}
        id={`card-${item.id}`}
      >
        <span className={classes['top']}>
          <ServiceLogo connector={item.connector} size={16} />
          <span className={classes['who']}>
            {visible(item.agent_name)}
            {item.connection_label ? ` · ${item.connection_label}` : ''}
          </span>
          <RiskTag risk={item.risk} />
        </span>
        <span className={classes['sentence']}>
          <Sentence summary={item.summary} />
        </span>
        {gone ? null : (
          <span className={classes['time']}>
            <TimeLeft until={item.expires_at} />
          </span>
        )}
      </Link>
      <div className={classes['decide']}>
        {gone ? (
          <Gone item={item} />
        ) : item.risk === 'high' ? (
          <ButtonLink to="/a/$id" params={{ id: item.id }} variant="default" h={48} fullWidth>
            Open to decide
          </ButtonLink>
        ) : (
          <DecisionBar shown={item} place="card" />
        )}
      </div>
    </article>
  )
}
