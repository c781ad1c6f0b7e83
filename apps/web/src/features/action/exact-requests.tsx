import { Stack, Text } from '@mantine/core'
import type { RenderedRequest } from '@permission-slip/protocol/action.ts'
import { JsonText } from '../../ui/json-text.tsx'
import { Tag } from '../../ui/tag.tsx'

function asText(r: RenderedRequest): string {
  const head = Object.entries(r.headers).map(([name, value]) => `${name}: ${value}`)
  const body = r.body ?? (r.body_sha256 ? `(binary, SHA-256 ${r.body_sha256})` : '')
  return [`${r.method}${r.url ? ` ${r.url}` : ''}`, ...head, ...(body ? ['', body] : [])].join('\n')
}

/** What will leave the server, with the credential left out. */
export function ExactRequests({ requests }: { requests: RenderedRequest[] }) {
  if (requests.length === 0) return <Text fz="sm">This action sends no request to a service.</Text>
  return (
    <Stack gap="xs">
      <Text fz="sm" c="dimmed">
        Sent exactly like this; only the credential is left out here.
      </Text>
      {requests.map((r) => (
        <div key={r.step}>
          {requests.length > 1 || r.example ? (
            <Text fz="sm" mb={4}>
              Step {r.step} {r.example ? <Tag>example: its values come from earlier answers</Tag> : null}
            </Text>
          ) : null}
          <JsonText value={asText(r)} label={`Request ${r.step}`} />
        </div>
      ))}
    </Stack>
  )
}
