import { Alert } from '@mantine/core'
import { IconLockOpen } from '@tabler/icons-react'
import { CopyLine } from './copy-line.tsx'

const local = ['localhost', '127.0.0.1', '[::1]']

/** Over plain http from another machine: no passkeys, no push, and others on the network can read along. */
export function InsecureNotice() {
  if (location.protocol !== 'http:' || local.includes(location.hostname)) return null
  return (
    <Alert color="yellow" icon={<IconLockOpen />} title="This page came over plain http" m="md" mb={0}>
      Anyone on this network can read along, and passkeys and push can not work. On the server, run this, and open the
      https address that it prints:
      <CopyLine text="tailscale serve --bg 8080" what="the command" />
    </Alert>
  )
}
