import { Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { AgentAccess } from '../features/agents/agent-access.tsx'
import { AgentKeys } from '../features/agents/agent-keys.tsx'
import { AgentLimits } from '../features/agents/agent-limits.tsx'
import { AgentName } from '../features/agents/agent-name.tsx'
import { AgentSwitches } from '../features/agents/agent-switches.tsx'
import { agentStatusWords } from '../features/agents/agent-words.ts'
import { ConfirmAgent } from '../features/agents/confirm-agent.tsx'
import { agentsQuery, connectionsQuery, connectorsQuery } from '../queries.ts'
import { Loaded } from '../ui/loaded.tsx'
import { Page } from '../ui/page.tsx'
import { Section } from '../ui/section.tsx'
import { Tag } from '../ui/tag.tsx'
import { Ago } from '../ui/time.tsx'
import { visible } from '../ui/visible.ts'
import { useApi } from '../wiring.tsx'
import { Lost } from './lost.tsx'

const route = getRouteApi('/inside/agents/$id')

export function AgentPage() {
  const { id } = route.useParams()
  const api = useApi()
  const agents = useQuery(agentsQuery(api))
  const connectors = useQuery(connectorsQuery(api))
  const connections = useQuery(connectionsQuery(api))
  return (
    <Loaded query={agents}>
      {(all) => {
        const agent = all.find((a) => a.id === id)
        if (!agent) return <Lost />
        const { word, tone } = agentStatusWords[agent.status]
        const lead: ReactNode = (
          <>
            <Tag tone={tone}>{word}</Tag> calls itself “{visible(agent.claimed_name)}” · enrolled{' '}
            <Ago at={agent.created_at} />
          </>
        )
        const open = agent.status !== 'revoked'
        return (
          <Page title={visible(agent.name)} lead={lead} actions={<AgentSwitches agent={agent} />}>
            <Stack key={agent.id}>
              {agent.status === 'unconfirmed' ? (
                <Section title="Confirm it">
                  <ConfirmAgent agent={agent} />
                </Section>
              ) : null}
              {open ? (
                <Section title="About it">
                  <AgentName agent={agent} />
                </Section>
              ) : (
                <Text>It is revoked and can not come back.</Text>
              )}
              {open && connectors.data && connections.data ? (
                <Section title="Access">
                  <AgentAccess agent={agent} connectors={connectors.data} connections={connections.data} />
                </Section>
              ) : null}
              <Section title="Keys and tokens">
                <AgentKeys agent={agent} />
              </Section>
              {open ? (
                <Section title="Limits">
                  <AgentLimits agent={agent} />
                </Section>
              ) : null}
            </Stack>
          </Page>
        )
      }}
    </Loaded>
  )
}
