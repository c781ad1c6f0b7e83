import { TextInput } from '@mantine/core'

interface Props {
  value: string
  onChange(value: string): void
  error?: string | null
  autoFocus?: boolean
}
/** Six digits of the authenticator, or a backup code. */
export function TotpField({ value, onChange, error, autoFocus = false }: Props) {
  return (
    <TextInput
      label="Code"
      description="Six digits from your authenticator, or a backup code"
      autoComplete="one-time-code"
      inputMode="numeric"
      spellCheck={false}
      required
      data-autofocus={autoFocus || undefined}
      autoFocus={autoFocus}
      value={value}
      error={error ?? null}
      onChange={(e) => onChange(e.currentTarget.value)}
    />
  )
}
