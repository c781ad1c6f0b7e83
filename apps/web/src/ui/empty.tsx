import { Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'

export function Empty({ icon, title, children }: { icon: ReactNode; title: string; children?: ReactNode }) {
  return (
    <Stack align="center" gap={6} py={48} px="md" ta="center" c="dimmed">
      {icon}
      <Text fw={600} c="var(--mantine-color-text)">
        {title}
      </Text>
      <Text component="div" fz="sm" maw={420}>
        {children}
      </Text>
    </Stack>
  )
}
