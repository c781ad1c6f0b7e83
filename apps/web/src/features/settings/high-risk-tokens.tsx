import { Switch } from '@mantine/core'
import { useChange } from '../../change.ts'
import { useApi } from '../../wiring.tsx'

/** Off unless an owner says otherwise: a script's token does not approve what is of high risk. */
export function HighRiskTokens({ on }: { on: boolean }) {
  const api = useApi()
  const set = useChange(
    (tokens_decide_high_risk: boolean) => api.send('PATCH', 'settings', { tokens_decide_high_risk }),
    { touches: ['settings'] },
  )
  return (
    <Switch
      mt="md"
      label="Tokens may decide high risk"
      description="Off: only a person at this page, or the token from set-up."
      disabled={set.isPending}
      checked={on}
      onChange={(e) => set.mutate(e.currentTarget.checked)}
    />
  )
}
