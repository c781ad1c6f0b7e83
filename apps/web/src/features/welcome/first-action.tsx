import { Text } from '@mantine/core'
import type { Agent } from '@permission-slip/protocol/agent.ts'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { actionQuery, activityQuery, type Looked } from '../../queries.ts'
import { CopyLine } from '../../ui/copy-line.tsx'
import { ButtonLink, TextLink } from '../../ui/links.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Sentence } from '../../ui/sentence.tsx'
import { RiskTag } from '../../ui/status-tag.tsx'
import { visible } from '../../ui/visible.ts'
import { useApi } from '../../wiring.tsx'
import { DecisionBar } from '../action/decision-bar.tsx'
import { Outcome } from '../action/outcome.tsx'
import { Parameters } from '../action/parameters.tsx'
import { Step } from './step.tsx'

const line = `npx permission-slip submit notebook.write --params '{"page":"hello","body":"My first page"}' --wait 60`

/** The newest action of the agent, from when it was confirmed, as it goes through the gate. */
function useFirstAction(agent: Agent | null): string | null {
  const api = useApi()
  const [found, setFound] = useState<string | null>(null)
  const { queryKey } = activityQuery(api, 'all')
  const activity = useQuery({
    queryKey: [...queryKey, 'welcome'],
    queryFn: () => api.get<{ items: Looked[] }>('actions'),
    enabled: agent !== null,
    refetchInterval: 3000,
  })
  const newest = activity.data?.items.find((a) => a.agent === agent?.id)?.id ?? null
  useEffect(() => setFound(newest), [newest])
  return found
}

function Watched({ id }: { id: string }) {
  const query = useQuery(actionQuery(useApi(), id))
  return (
    <Loaded query={query}>
      {(shown) => (
        <>
          <Text fz="lg" lh={1.5}>
            <Sentence summary={shown.summary} /> <RiskTag risk={shown.risk} />
          </Text>
          <Text fz="sm" c="dimmed">
            Asked by {visible(shown.agent_name)}.{' '}
            <TextLink to="/a/$id" params={{ id: shown.id }}>
              Look closer
            </TextLink>
          </Text>
          {shown.status === 'pending' ? (
            <>
              <Parameters params={shown.params} />
              <DecisionBar shown={shown} place="card" />
            </>
          ) : (
            <Outcome shown={shown} />
          )}
          {shown.status === 'succeeded' ? (
            <>
              <Text fz="sm">
                That is all there is to it. The other window shows the same result. Next: connect a service.
              </Text>
              <ButtonLink to="/connections" w="fit-content">
                Connect a service
              </ButtonLink>
            </>
          ) : null}
        </>
      )}
    </Loaded>
  )
}

export function FirstAction({ n, agent }: { n: number; agent: Agent | null }) {
  const id = useFirstAction(agent)
  return (
    <>
      <Step n={n} title="Let it ask for something" state={agent ? (id ? 'done' : 'now') : 'later'} always>
        {id ? null : (
          <>
            <Text fz="sm">Then paste this in the same terminal. It waits until you have decided.</Text>
            <CopyLine text={line} what="the submit line" />
          </>
        )}
      </Step>
      <Step n={n + 1} title="Decide" state={id ? 'now' : 'later'}>
        {id ? <Watched key={id} id={id} /> : null}
      </Step>
    </>
  )
}
