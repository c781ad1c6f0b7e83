import { Stack, Text } from '@mantine/core'
import { CopyLine } from '../../ui/copy-line.tsx'

/** The key that signs the log, to be written down where the server can't change it. */
export function LogKey({ logKey, origin }: { logKey: string; origin: string }) {
  return (
    <Stack gap="xs">
      <Text fz="sm" c="dimmed">
        Every request and decision is signed into a log. Keep this key somewhere else: with it, anyone can check later
        that nothing was changed or left out.
      </Text>
      <CopyLine text={logKey} what="the log key" />
      <Text fz="sm" c="dimmed">
        Log <code>{origin}</code>. Check it with <code>npx permission-slip log verify --key {logKey}</code>
      </Text>
    </Stack>
  )
}
