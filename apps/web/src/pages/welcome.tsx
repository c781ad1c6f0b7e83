import { Alert, Text } from '@mantine/core'
import { IconKey } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { ConfirmAgent } from '../features/agents/confirm-agent.tsx'
import { FirstAction } from '../features/welcome/first-action.tsx'
import { LogKey } from '../features/welcome/log-key.tsx'
import { Step } from '../features/welcome/step.tsx'
import { forgetInvitation, useInvitation } from '../features/welcome/use-invitation.ts'
import { agentsQuery, settingsQuery } from '../queries.ts'
import type { SetupAnswer } from '../types.ts'
import { Broken } from '../ui/broken.tsx'
import { Card } from '../ui/card.tsx'
import { CopyLine } from '../ui/copy-line.tsx'
import { Page } from '../ui/page.tsx'
import { visible } from '../ui/visible.ts'
import { useApi } from '../wiring.tsx'
import classes from './welcome.module.css'

/** The walk from a fresh server to the first result, live in this window. Can be opened again at any time. */
export function WelcomePage() {
  const api = useApi()
  const settings = useQuery(settingsQuery(api)).data
  const made = useQueryClient().getQueryData<SetupAnswer>(['setup-answer'])
  const agents = useQuery({ ...agentsQuery(api), refetchInterval: 5000 }).data
  const agent = agents?.find((a) => a.status === 'unconfirmed') ?? agents?.find((a) => a.status === 'active') ?? null
  const confirmed = agent?.status === 'active' ? agent : null
  const invitation = useInvitation(agents !== undefined && agent === null)
  useEffect(() => {
    if (agent) forgetInvitation()
  }, [agent])
  const logKey = made?.log_key ?? settings?.log_key
  return (
    <Page title="Your first action" lead="Two lines in a second terminal, and one decision here.">
      <ol className={classes['steps']}>
        <Step n={1} title="Let an agent in" state={agent ? 'done' : 'now'}>
          {agent ? (
            <Text fz="sm">{visible(agent.name)} has brought its key.</Text>
          ) : (
            <>
              <Text fz="sm">Open a second terminal and paste this. The code is good for 15 minutes and one use.</Text>
              {invitation.data ? (
                <CopyLine
                  text={`npx permission-slip agent enroll ${location.origin} ${invitation.data.code} --name my-agent`}
                  what="the enrol line"
                />
              ) : null}
              {invitation.isError ? <Broken error={invitation.error} retry={() => invitation.refetch()} /> : null}
              <Text fz="sm" c="dimmed">
                For real use, run agents under another user than the server: what runs as the same user can read the
                server's keys.
              </Text>
            </>
          )}
        </Step>
        <Step n={2} title="Confirm that it is yours" state={confirmed ? 'done' : agent ? 'now' : 'later'}>
          {confirmed ? (
            <Text fz="sm">{visible(confirmed.name)} may ask. It may do nothing without you.</Text>
          ) : agent ? (
            <ConfirmAgent agent={agent} />
          ) : null}
        </Step>
        <FirstAction n={3} agent={confirmed} />
      </ol>
      {logKey ? (
        <Card>
          <h2 className={classes['title']}>The log key</h2>
          <LogKey logKey={logKey} origin={made?.log_origin ?? settings?.log_origin ?? ''} />
        </Card>
      ) : null}
      {made ? (
        <Alert color="yellow" icon={<IconKey />} title="Your personal token, shown only now">
          <Text fz="sm" mb="xs">
            For the command line, as PERMISSION_SLIP_TOKEN. It may do everything that you may.
          </Text>
          <CopyLine text={made.token} what="the personal token" />
        </Alert>
      ) : null}
    </Page>
  )
}
