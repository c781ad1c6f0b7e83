import { Button, Group, Text } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { LogKey } from '../features/welcome/log-key.tsx'
import { checkpointQuery, settingsQuery } from '../queries.ts'
import { CopyLine } from '../ui/copy-line.tsx'
import { JsonText } from '../ui/json-text.tsx'
import { Loaded } from '../ui/loaded.tsx'
import { Page } from '../ui/page.tsx'
import { Section } from '../ui/section.tsx'
import { useApi } from '../wiring.tsx'

/** The signed record: its newest checkpoint, its key, and the whole of it to take away. */
export function LogPage() {
  const api = useApi()
  const checkpoint = useQuery(checkpointQuery(api))
  const settings = useQuery(settingsQuery(api)).data
  return (
    <Page title="Log" lead="What was asked, who allowed it, what ran: append-only and signed.">
      <Section title="Newest checkpoint" lead="The number of entries and a hash over all of them, signed.">
        <Loaded query={checkpoint}>
          {(text) => {
            const entries = Number(text.split('\n')[1])
            return (
              <>
                {Number.isSafeInteger(entries) ? (
                  <Text fw={600} mb="xs">
                    {new Intl.NumberFormat().format(entries)} entries
                  </Text>
                ) : null}
                <JsonText value={text} label="Checkpoint" />
              </>
            )
          }}
        </Loaded>
      </Section>
      <Section title="Take it away and check it" lead="The export holds everything that a stranger needs to verify it.">
        <Group mb="sm">
          <Button
            component="a"
            href="/api/v1/log/export"
            download="permission-slip-log.tar"
            leftSection={<IconDownload size={18} aria-hidden />}
          >
            Export the log
          </Button>
        </Group>
        <CopyLine
          text={`npx permission-slip log verify permission-slip-log.tar${settings?.log_key ? ` --key ${settings.log_key}` : ''}`}
          what="the verify line"
        />
      </Section>
      {settings?.log_key ? (
        <Section title="Key">
          <LogKey logKey={settings.log_key} origin={settings.log_origin ?? ''} />
        </Section>
      ) : null}
    </Page>
  )
}
