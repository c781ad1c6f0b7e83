import { Text } from '@mantine/core'
import { IconNotebook } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { notebookQuery } from '../queries.ts'
import { Empty } from '../ui/empty.tsx'
import { JsonText } from '../ui/json-text.tsx'
import { Loaded } from '../ui/loaded.tsx'
import { Page } from '../ui/page.tsx'
import { Section } from '../ui/section.tsx'
import { Ago } from '../ui/time.tsx'
import { visible } from '../ui/visible.ts'
import { useApi } from '../wiring.tsx'

/** The pages that agents wrote, each write approved like any other action. */
export function NotebookPage() {
  const pages = useQuery(notebookQuery(useApi()))
  return (
    <Page
      title="Notebook"
      lead="Pages kept by this server. Agents write them through the gate; what stands here is theirs."
    >
      <Loaded query={pages}>
        {(all) =>
          all.length === 0 ? (
            <Empty icon={<IconNotebook size={36} aria-hidden />} title="No pages yet">
              An agent writes one with notebook.write.
            </Empty>
          ) : (
            all.map((one) => (
              <Section
                key={one.page}
                title={visible(one.page)}
                lead={
                  <>
                    Version {one.version}, <Ago at={one.updated_at} />
                  </>
                }
              >
                {one.body === '' ? (
                  <Text c="dimmed">Empty</Text>
                ) : (
                  <JsonText value={one.body} label={`Page ${one.page}`} />
                )}
              </Section>
            ))
          )
        }
      </Loaded>
    </Page>
  )
}
