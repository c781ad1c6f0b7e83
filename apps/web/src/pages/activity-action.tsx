import { IconArrowLeft } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { ActionView } from '../features/action/action-view.tsx'
import { actionQuery } from '../queries.ts'
import { TextLink } from '../ui/links.tsx'
import { Loaded } from '../ui/loaded.tsx'
import { useTitle } from '../ui/page.tsx'
import { useApi } from '../wiring.tsx'

const route = getRouteApi('/inside/activity/$id')

export function ActivityAction() {
  const { id } = route.useParams()
  useTitle('Action')
  const query = useQuery(actionQuery(useApi(), id))
  return (
    <div>
      <TextLink to="/activity" p="md" pb={0} display="inline-block" fz="sm">
        <IconArrowLeft size={16} aria-hidden /> Activity
      </TextLink>
      <Loaded query={query}>{(shown) => <ActionView key={shown.id} shown={shown} />}</Loaded>
    </div>
  )
}
