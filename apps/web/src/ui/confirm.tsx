import { Button, Group, Modal, Text } from '@mantine/core'
import type { ReactNode } from 'react'

interface Props {
  opened: boolean
  title: string
  yes: string
  danger?: boolean
  busy?: boolean
  onYes(): void
  onNo(): void
  children: ReactNode
}
/** Asks once before what can't be taken back. */
export function Confirm({ opened, title, yes, danger = false, busy = false, onYes, onNo, children }: Props) {
  return (
    <Modal opened={opened} onClose={onNo} title={title}>
      <Text component="div" fz="sm">
        {children}
      </Text>
      <Group mt="lg" justify="flex-end">
        <Button variant="default" onClick={onNo} data-autofocus>
          Not now
        </Button>
        <Button color={danger ? 'red' : 'indigo'} loading={busy} onClick={onYes}>
          {yes}
        </Button>
      </Group>
    </Modal>
  )
}
