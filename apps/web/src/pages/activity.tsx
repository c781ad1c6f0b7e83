import { Button, NativeSelect } from '@mantine/core'
import { statuses } from '@permission-slip/protocol/states.ts'
import { IconHistory } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { activityQuery } from '../queries.ts'
import { Broken } from '../ui/broken.tsx'
import { Empty } from '../ui/empty.tsx'
import { Page } from '../ui/page.tsx'
import classes from '../ui/rows.module.css'
import { Sentence } from '../ui/sentence.tsx'
import { ServiceLogo } from '../ui/service-logo.tsx'
import { StatusTag, statusWords } from '../ui/status-tag.tsx'
import { Ago } from '../ui/time.tsx'
import { visible } from '../ui/visible.ts'
import { useApi } from '../wiring.tsx'

const route = getRouteApi('/inside/activity')

/** Every action, newest first, with what became of it. */
export function ActivityPage() {
  const { status = 'all' } = route.useSearch()
  const navigate = route.useNavigate()
  const query = useInfiniteQuery(activityQuery(useApi(), status))
  const items = query.data?.pages.flatMap((p) => p.items) ?? []
  return (
    <Page
      title="Activity"
      lead="What was asked, decided and done."
      actions={
        <NativeSelect
          aria-label="Filter by status"
          data-page-search
          value={status}
          data={[{ value: 'all', label: 'All' }, ...statuses.map((s) => ({ value: s, label: statusWords[s].word }))]}
          onChange={(e) => {
            const chosen = e.currentTarget.value
            navigate({ search: chosen === 'all' ? {} : { status: chosen } })
          }}
        />
      }
    >
      {query.isError ? <Broken error={query.error} retry={() => query.refetch()} /> : null}
      {query.data && items.length === 0 ? (
        <Empty icon={<IconHistory size={36} aria-hidden />} title="Nothing here">
          {status === 'all' ? 'No agent has asked for anything yet.' : 'No action has this status.'}
        </Empty>
      ) : null}
      <ul className={classes['list']}>
        {items.map((a) => (
          <li key={a.id}>
            <Link to="/activity/$id" params={{ id: a.id }} className={classes['row']}>
              <ServiceLogo connector={a.connector} size={18} />
              <span className={classes['what']}>
                <Sentence summary={a.summary} />
                <span className={classes['more']}>
                  {visible(a.agent_name)}
                  {a.connection_label ? ` · ${a.connection_label}` : ''} · <Ago at={a.created_at} />
                </span>
              </span>
              <StatusTag status={a.status} />
            </Link>
          </li>
        ))}
      </ul>
      {query.hasNextPage ? (
        <Button variant="default" loading={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
          Show older
        </Button>
      ) : null}
    </Page>
  )
}
