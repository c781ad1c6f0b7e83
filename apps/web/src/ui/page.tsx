import { Group, Stack, Text, Title } from '@mantine/core'
import { type ReactNode, useEffect } from 'react'

/** Sets the window's title while shown. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Permission Slip`
  }, [title])
}

interface Props {
  title: string
  lead?: ReactNode
  actions?: ReactNode
  children: ReactNode
}
export function Page({ title, lead, actions, children }: Props) {
  useTitle(title)
  return (
    <Stack gap="md" maw={960} mx="auto" p={{ base: 'md', sm: 'lg' }} pb={48}>
      <Group justify="space-between" align="flex-start" gap="sm">
        <div>
          <Title order={1} fz={24}>
            {title}
          </Title>
          {lead ? (
            <Text c="dimmed" fz="sm" mt={2}>
              {lead}
            </Text>
          ) : null}
        </div>
        {actions}
      </Group>
      {children}
    </Stack>
  )
}
