import { Stack, Text } from '@mantine/core'
import { IconRobot } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { agentStatusWords } from '../features/agents/agent-words.ts'
import { ConfirmAgent } from '../features/agents/confirm-agent.tsx'
import { Invite } from '../features/agents/invite.tsx'
import { agentsQuery } from '../queries.ts'
import { Card } from '../ui/card.tsx'
import { Empty } from '../ui/empty.tsx'
import { Loaded } from '../ui/loaded.tsx'
import { Page } from '../ui/page.tsx'
import rows from '../ui/rows.module.css'
import { Tag } from '../ui/tag.tsx'
import { Ago } from '../ui/time.tsx'
import { visible } from '../ui/visible.ts'
import { useApi } from '../wiring.tsx'

export function AgentsPage() {
  const query = useQuery(agentsQuery(useApi()))
  return (
    <Page title="Agents" lead="Programs that may ask, each with its own key." actions={<Invite />}>
      <Loaded query={query}>
        {(agents) => (
          <Stack>
            {agents
              .filter((a) => a.status === 'unconfirmed')
              .map((a) => (
                <Card key={a.id} aria-label={`Confirm ${a.claimed_name}`}>
                  <Text component="h2" fw={650} mb="xs">
                    A new agent wants in
                  </Text>
                  <ConfirmAgent agent={a} />
                </Card>
              ))}
            {agents.length === 0 ? (
              <Empty icon={<IconRobot size={36} aria-hidden />} title="No agents yet">
                Invite one: it makes its own key and brings it here.
              </Empty>
            ) : (
              <ul className={rows['list']}>
                {agents.map((a) => (
                  <li key={a.id}>
                    <Link to="/agents/$id" params={{ id: a.id }} className={rows['row']}>
                      <IconRobot size={22} stroke={1.6} aria-hidden />
                      <span className={rows['what']}>
                        <strong>{visible(a.name)}</strong>
                        <span className={rows['more']}>
                          {a.last_seen_at ? (
                            <>
                              seen <Ago at={a.last_seen_at} />
                            </>
                          ) : (
                            'not seen yet'
                          )}
                        </span>
                      </span>
                      <Tag tone={agentStatusWords[a.status].tone}>{agentStatusWords[a.status].word}</Tag>
                    </Link>
                  </li>
                ))}
              </ul>
            )}
          </Stack>
        )}
      </Loaded>
    </Page>
  )
}
