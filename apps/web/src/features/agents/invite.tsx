import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { IconUserPlus } from '@tabler/icons-react'
import { useState } from 'react'
import { useChange } from '../../change.ts'
import type { Invitation } from '../../types.ts'
import { CopyLine } from '../../ui/copy-line.tsx'
import { QrCode } from '../../ui/qr-code.tsx'
import { TimeLeft } from '../../ui/time.tsx'
import { useApi } from '../../wiring.tsx'

/** A code that lets one agent bring its key. */
export function Invite() {
  const api = useApi()
  const [made, setMade] = useState<Invitation | null>(null)
  const invite = useChange(() => api.send<Invitation>('POST', 'agents/invitations', {}), {
    touches: [],
    done: setMade,
  })
  const line = made ? `npx permission-slip agent enroll ${location.origin} ${made.code} --name my-agent` : ''
  return (
    <>
      <Button
        leftSection={<IconUserPlus size={18} aria-hidden />}
        loading={invite.isPending}
        onClick={() => invite.mutate(undefined)}
      >
        Invite an agent
      </Button>
      <Modal opened={made !== null} onClose={() => setMade(null)} title="Invite an agent" size="lg">
        {made ? (
          <Stack>
            <Text fz="sm">Paste this where the agent runs. It grants nothing yet: you confirm the agent next.</Text>
            <CopyLine text={line} what="the enrol line" />
            <Group align="center" wrap="wrap" gap="lg">
              <QrCode text={line} label="QR code of the enrol line" />
              <Stack gap={2}>
                <Text fz="sm" c="dimmed">
                  Code
                </Text>
                <Text fz={24} fw={700} ff="monospace">
                  {made.code}
                </Text>
                <Text fz="sm" c="dimmed">
                  One use · <TimeLeft until={made.expires_at} />
                </Text>
              </Stack>
            </Group>
          </Stack>
        ) : null}
      </Modal>
    </>
  )
}
