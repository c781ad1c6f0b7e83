import { Text } from '@mantine/core'
import { ApiProblem } from '../../api.ts'
import { Confirm } from '../../ui/confirm.tsx'

/** The private addresses that the server asks about, if that is what it refused for. */
export function privateAddresses(e: unknown): string[] | null {
  if (!(e instanceof ApiProblem) || e.code !== 'egress_refused') return null
  const named = e.problem['addresses']
  const addresses = Array.isArray(named) ? named.filter((a) => typeof a === 'string') : []
  return addresses.length > 0 ? addresses : null
}

interface Props {
  addresses: string[] | null
  busy: boolean
  onYes(): void
  onNo(): void
}
/** Asked once: exactly this host and port, for exactly this connection. */
export function AllowPrivate({ addresses, busy, onYes, onNo }: Props) {
  return (
    <Confirm
      opened={addresses !== null}
      title="A private address"
      yes="Allow it for this connection"
      busy={busy}
      onYes={onYes}
      onNo={onNo}
    >
      <Text fz="sm">
        This points into your own network: <strong>{addresses?.join(', ')}</strong>. The server reaches such addresses
        only where you allow it. Allow exactly this, for this connection alone?
      </Text>
    </Confirm>
  )
}
