import { NativeSelect, NumberInput, Switch, Textarea, TextInput } from '@mantine/core'
import type { Json } from '@permission-slip/protocol/json.ts'
import { useState } from 'react'
import type { SchemaField } from './schema-field.ts'

interface Props {
  field: SchemaField
  value: Json
  error: string | null
  onChange(value: Json): void
  /** The text is no value at the moment. */
  onInvalid(why: string): void
}

function JsonInput({ field, value, error, onChange, onInvalid }: Props) {
  const [text, setText] = useState(() => JSON.stringify(value, null, 2))
  return (
    <Textarea
      label={field.label}
      description={field.help ?? 'JSON'}
      error={error}
      autosize
      minRows={2}
      maxRows={14}
      spellCheck={false}
      ff="monospace"
      value={text}
      onChange={(e) => {
        setText(e.currentTarget.value)
        try {
          onChange(JSON.parse(e.currentTarget.value))
        } catch {
          onInvalid('Expected JSON')
        }
      }}
    />
  )
}

/** One parameter, as the field its schema asks for. */
export function ParamInput(props: Props) {
  const { field, value, error, onChange, onInvalid } = props
  const shared = { label: field.label, description: field.help, error }
  const kind = field.field
  if (kind.kind === 'switch' && typeof value === 'boolean') {
    return <Switch {...shared} checked={value} onChange={(e) => onChange(e.currentTarget.checked)} />
  }
  if (kind.kind === 'choice' && typeof value === 'string') {
    return (
      <NativeSelect {...shared} data={kind.options} value={value} onChange={(e) => onChange(e.currentTarget.value)} />
    )
  }
  if (kind.kind === 'number' && typeof value === 'number') {
    return (
      <NumberInput
        {...shared}
        allowDecimal={!kind.integer}
        {...(kind.min === undefined ? {} : { min: kind.min })}
        {...(kind.max === undefined ? {} : { max: kind.max })}
        defaultValue={value}
        onChange={(v) => (typeof v === 'number' ? onChange(v) : onInvalid('Expected a number'))}
      />
    )
  }
  if (kind.kind === 'text' && typeof value === 'string') {
    const text = { ...shared, value, spellCheck: false }
    return kind.multiline || value.includes('\n') ? (
      <Textarea {...text} autosize minRows={1} maxRows={14} onChange={(e) => onChange(e.currentTarget.value)} />
    ) : (
      <TextInput {...text} onChange={(e) => onChange(e.currentTarget.value)} />
    )
  }
  return <JsonInput {...props} />
}
