import { Alert, Button } from '@mantine/core'
import { IconAlertCircle } from '@tabler/icons-react'
import { sayProblem } from '../change.ts'

interface Props {
  error: unknown
  retry?: () => void
}
/** What went wrong, in the server's own words, and a way to try again. */
export function Broken({ error, retry }: Props) {
  return (
    <Alert color="red" icon={<IconAlertCircle />} title="That did not work" m="md" role="alert">
      {sayProblem(error)}
      <div>
        <Button mt="sm" size="xs" variant="default" onClick={retry ?? (() => location.reload())}>
          Try again
        </Button>
      </div>
    </Alert>
  )
}
