import { Group } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { ConnectForm } from '../features/connections/connect-form.tsx'
import { connectorsQuery } from '../queries.ts'
import { Card } from '../ui/card.tsx'
import { TextLink } from '../ui/links.tsx'
import { Loaded } from '../ui/loaded.tsx'
import { Page } from '../ui/page.tsx'
import { ServiceLogo } from '../ui/service-logo.tsx'
import { useApi } from '../wiring.tsx'
import { Lost } from './lost.tsx'

const route = getRouteApi('/inside/connections/new/$connector')

export function ConnectPage() {
  const { connector: id } = route.useParams()
  const navigate = useNavigate()
  const query = useQuery(connectorsQuery(useApi()))
  return (
    <Loaded query={query}>
      {(all) => {
        const connector = all.find((c) => c.id === id)
        if (!connector) return <Lost />
        return (
          <Page
            title={`Connect ${connector.name}`}
            lead={connector.description}
            actions={<TextLink to="/connections">All services</TextLink>}
          >
            <Card>
              <Group mb="md">
                <ServiceLogo connector={connector.id} size={28} />
                <a href={connector.docs} target="_blank" rel="noreferrer">
                  Documentation of {connector.name}
                </a>
              </Group>
              <ConnectForm
                key={connector.id}
                connector={connector}
                onMade={(made) => navigate({ to: '/connections/$id', params: { id: made.id } })}
              />
            </Card>
          </Page>
        )
      }}
    </Loaded>
  )
}
