import { Button, Center, Loader, Text } from '@mantine/core'
import { useHotkeys } from '@mantine/hooks'
import { IconInbox, IconRocket } from '@tabler/icons-react'
import { Outlet, useNavigate, useRouterState } from '@tanstack/react-router'
import { InboxCard } from '../features/inbox/inbox-card.tsx'
import { useInbox } from '../features/inbox/use-inbox.ts'
import { Broken } from '../ui/broken.tsx'
import { Empty } from '../ui/empty.tsx'
import { TextLink } from '../ui/links.tsx'
import { useTitle } from '../ui/page.tsx'
import classes from './inbox.module.css'

function Nothing() {
  return (
    <Empty icon={<IconInbox size={36} aria-hidden />} title="Nothing waits for you">
      When an agent asks for something, it appears here at once.
      <br />
      <TextLink to="/welcome">
        <IconRocket size={14} aria-hidden /> Try it with a first action
      </TextLink>
    </Empty>
  )
}

/** The list and, beside it on wide windows, the action that is looked at. */
export function InboxPage() {
  const { query, shown, tidy } = useInbox()
  const navigate = useNavigate()
  const path = useRouterState({ select: (s) => s.location.pathname })
  const selected = path.startsWith('/a/') ? path.slice(3) : null
  const waiting = shown.filter((k) => !k.gone).length
  // One first heading a page: the action's own, where one is open.
  const Heading = selected === null ? 'h1' : 'h2'
  useTitle(waiting > 0 ? `(${waiting}) Inbox` : 'Inbox')
  const step = (by: 1 | -1) => {
    const at = shown.findIndex((k) => k.item.id === selected)
    const next = shown[at === -1 ? (by === 1 ? 0 : shown.length - 1) : at + by]
    if (!next) return
    navigate({ to: '/a/$id', params: { id: next.item.id } })
    document.getElementById(`card-${next.item.id}`)?.scrollIntoView({ block: 'nearest' })
  }
  useHotkeys([
    ['j', () => step(1)],
    ['k', () => step(-1)],
  ])
  return (
    <div className={classes['inbox']} data-open={selected !== null || undefined}>
      <div className={classes['list']}>
        <div className={classes['head']}>
          <Heading>{waiting > 0 ? `${waiting} waiting` : 'Inbox'}</Heading>
          {shown.some((k) => k.gone) ? (
            <Button size="xs" variant="default" onClick={tidy}>
              Clear finished
            </Button>
          ) : null}
        </div>
        {query.isError && !query.data ? <Broken error={query.error} retry={() => query.refetch()} /> : null}
        {query.isPending ? (
          <Center py={48}>
            <Loader size="sm" aria-label="Loading" role="status" />
          </Center>
        ) : null}
        {query.data && shown.length === 0 ? <Nothing /> : null}
        {shown.map(({ item, gone }) => (
          <InboxCard key={item.id} item={item} gone={gone} selected={item.id === selected} />
        ))}
      </div>
      <div className={classes['detail']}>
        <Outlet />
        {selected === null ? (
          <Center h="100%">
            <Text c="dimmed">Choose an action to look at it. Keys: j, k.</Text>
          </Center>
        ) : null}
      </div>
    </div>
  )
}
