import { Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { AccountForm } from '../features/connections/account-form.tsx'
import { ActionSwitches } from '../features/connections/action-switches.tsx'
import { CheckResult } from '../features/connections/check-result.tsx'
import { ConnectionSwitches } from '../features/connections/connection-switches.tsx'
import { connectionTone } from '../features/connections/connection-words.ts'
import { connectionsQuery, connectorsQuery } from '../queries.ts'
import { Loaded } from '../ui/loaded.tsx'
import { Page } from '../ui/page.tsx'
import { Section } from '../ui/section.tsx'
import { Tag } from '../ui/tag.tsx'
import { useApi } from '../wiring.tsx'
import { Lost } from './lost.tsx'

const route = getRouteApi('/inside/connections/$id')

export function ConnectionPage() {
  const { id } = route.useParams()
  const api = useApi()
  const connections = useQuery(connectionsQuery(api))
  const connectors = useQuery(connectorsQuery(api))
  return (
    <Loaded query={connections}>
      {(all) => {
        const connection = all.find((c) => c.id === id && c.status !== 'removed')
        if (!connection) return <Lost />
        const connector = connectors.data?.find((c) => c.id === connection.connector)
        const { word, tone } = connectionTone(connection)
        const lead = (
          <>
            <Tag tone={tone}>{word}</Tag> {connector?.name ?? connection.connector}
            {connection.account_label ? ` · ${connection.account_label}` : ''}
          </>
        )
        return (
          <Page title={connection.label} lead={lead} actions={<ConnectionSwitches connection={connection} />}>
            <Stack key={connection.id}>
              <Section title="Test">
                <CheckResult connection={connection} />
              </Section>
              {connector ? (
                <Section
                  title="Actions"
                  lead="What may be asked for on this account at all. Off means off for every agent."
                >
                  <ActionSwitches connection={connection} connector={connector} />
                </Section>
              ) : null}
              {connector ? (
                <Section title="Account">
                  <AccountForm key={connection.revision} connection={connection} connector={connector} />
                </Section>
              ) : null}
              {connection.egress_allowed.length > 0 ? (
                <Section title="Private addresses allowed here">
                  <code>{connection.egress_allowed.join(', ')}</code>
                </Section>
              ) : null}
            </Stack>
          </Page>
        )
      }}
    </Loaded>
  )
}
