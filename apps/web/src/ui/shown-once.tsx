import { Button, Modal, Stack, Text } from '@mantine/core'
import { CopyLine } from './copy-line.tsx'

/** A secret that the server does not keep in the clear: it is on the screen now or never. */
export function ShownOnce({ title, secret, onClose }: { title: string; secret: string | null; onClose(): void }) {
  return (
    <Modal opened={secret !== null} onClose={onClose} title={title} closeOnClickOutside={false}>
      <Stack>
        <Text fz="sm">Copy it now. It is not shown again.</Text>
        <CopyLine text={secret ?? ''} what={title} />
        <Button onClick={onClose}>I have it</Button>
      </Stack>
    </Modal>
  )
}
