import { IconArrowLeft } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { ActionView } from '../features/action/action-view.tsx'
import { UpNext } from '../features/inbox/up-next.tsx'
import { actionQuery } from '../queries.ts'
import { TextLink } from '../ui/links.tsx'
import { Loaded } from '../ui/loaded.tsx'
import { useApi } from '../wiring.tsx'
import classes from './inbox-action.module.css'

const route = getRouteApi('/inside/inbox/a/$id')

/** What a notice opens: the action itself. */
export function InboxAction() {
  const { id } = route.useParams()
  const query = useQuery(actionQuery(useApi(), id))
  return (
    <div className={classes['page']}>
      <TextLink to="/" className={classes['back']}>
        <IconArrowLeft size={16} aria-hidden /> Inbox
      </TextLink>
      <Loaded query={query}>
        {(shown) => (
          <ActionView
            key={shown.id}
            shown={shown}
            after={shown.status === 'pending' ? null : <UpNext key={shown.id} after={shown.id} />}
          />
        )}
      </Loaded>
    </div>
  )
}
