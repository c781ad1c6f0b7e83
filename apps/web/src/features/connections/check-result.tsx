import { Alert, Button, Group, List, Stack, Text } from '@mantine/core'
import type { Connection } from '@permission-slip/protocol/connection.ts'
import { IconAlertTriangle, IconCheck, IconPlugConnectedX } from '@tabler/icons-react'
import { useChange } from '../../change.ts'
import { Ago } from '../../ui/time.tsx'
import { useApi } from '../../wiring.tsx'

/** Whether the credential works, whose account it is, and what a person should know about it. */
export function CheckResult({ connection }: { connection: Connection }) {
  const api = useApi()
  const test = useChange(() => api.send('POST', `connections/${connection.id}/test`, {}), { touches: ['connections'] })
  const check = connection.check
  return (
    <Stack gap="sm">
      {check === null ? <Text fz="sm">Not tested yet.</Text> : null}
      {check?.ok ? (
        <Alert color="teal" icon={<IconCheck />} title="It works">
          {check.account ? `Signed in as ${check.account}. ` : ''}
          Tested <Ago at={check.at} />.
        </Alert>
      ) : null}
      {check && !check.ok ? (
        <Alert color="red" icon={<IconPlugConnectedX />} title="It does not work">
          {check.error?.message ?? 'The service did not say why.'} Tested <Ago at={check.at} />.
        </Alert>
      ) : null}
      {check && check.warnings.length > 0 ? (
        <Alert color="yellow" icon={<IconAlertTriangle />} title="What you should know">
          <List fz="sm">
            {check.warnings.map((w) => (
              <List.Item key={w}>{w}</List.Item>
            ))}
          </List>
        </Alert>
      ) : null}
      <Group>
        <Button variant="default" loading={test.isPending} onClick={() => test.mutate(undefined)}>
          Test it now
        </Button>
      </Group>
    </Stack>
  )
}
