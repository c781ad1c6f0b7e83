import { NativeSelect, PasswordInput, Textarea, TextInput } from '@mantine/core'
import type { AuthField } from '@permission-slip/protocol/connector.ts'

interface Props {
  field: AuthField
  value: string
  error: string | null
  onChange(value: string): void
  /** A secret that is set and may stay: empty leaves it. */
  keeps?: boolean
}

/** One field of a connection's form. Secrets are typed in, never shown again. */
export function AuthFieldInput({ field, value, error, onChange, keeps = false }: Props) {
  const shared = {
    label: field.required || keeps || field.options ? field.label : `${field.label} (optional)`,
    description: field.help,
    required: field.required && !keeps,
    error,
    value,
    name: field.name,
    autoComplete: 'off',
    spellCheck: false,
  }
  if (field.options) {
    const data = field.required ? field.options : [{ value: '', label: '(not set)' }, ...field.options]
    return <NativeSelect {...shared} data={data} onChange={(e) => onChange(e.currentTarget.value)} />
  }
  const hint = keeps ? { placeholder: 'Set; leave empty to keep it' } : {}
  if (field.multiline) {
    return <Textarea {...shared} {...hint} autosize minRows={3} onChange={(e) => onChange(e.currentTarget.value)} />
  }
  if (field.secret) {
    return (
      <PasswordInput
        {...shared}
        {...hint}
        autoComplete="new-password"
        onChange={(e) => onChange(e.currentTarget.value)}
      />
    )
  }
  return <TextInput {...shared} onChange={(e) => onChange(e.currentTarget.value)} />
}
