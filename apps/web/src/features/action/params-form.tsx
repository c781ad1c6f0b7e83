import { ActionIcon, Button, Group, SegmentedControl, Stack, Text, Textarea, Tooltip } from '@mantine/core'
import type { Json, JsonObject } from '@permission-slip/protocol/json.ts'
import { IconMinus, IconPlus } from '@tabler/icons-react'
import { useState } from 'react'
import { ParamInput } from './param-input.tsx'
import { type SchemaField, schemaFields } from './schema-field.ts'

interface Props {
  schema: JsonObject
  value: JsonObject
  /** Null while something in the form is no value. */
  onChange(value: JsonObject | null): void
  errorOf(name: string): string | null
}

const start = (field: SchemaField): Json => {
  const kind = field.field
  if (kind.kind === 'text') return ''
  if (kind.kind === 'number') return kind.min ?? 0
  if (kind.kind === 'switch') return false
  if (kind.kind === 'choice') return kind.options[0] ?? ''
  return null
}

function asObject(text: string): JsonObject | null {
  try {
    const value: Json = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null
  } catch {
    return null
  }
}

/** A form from the JSON Schema, with plain JSON as the other way in. */
export function ParamsForm({ schema, value, onChange, errorOf }: Props) {
  const fields = schemaFields(schema)
  const [params, setParams] = useState<JsonObject>(value)
  const [wrong, setWrong] = useState<Record<string, string>>({})
  const [raw, setRaw] = useState<string | null>(fields.length === 0 ? JSON.stringify(value, null, 2) : null)

  const put = (next: JsonObject, bad: Record<string, string>) => {
    setParams(next)
    setWrong(bad)
    onChange(Object.keys(bad).length === 0 ? next : null)
  }
  const without = <T,>(all: Record<string, T>, name: string): Record<string, T> =>
    Object.fromEntries(Object.entries(all).filter(([key]) => key !== name))

  return (
    <Stack gap="md">
      {fields.length > 0 ? (
        <SegmentedControl
          aria-label="How to edit"
          data={['Form', 'JSON']}
          value={raw === null ? 'Form' : 'JSON'}
          onChange={(v) => {
            if (v === 'JSON') setRaw(JSON.stringify(params, null, 2))
            else if (raw !== null && asObject(raw)) setRaw(null)
          }}
        />
      ) : null}
      {raw !== null ? (
        <Textarea
          label="Parameters as JSON"
          autosize
          minRows={6}
          maxRows={20}
          spellCheck={false}
          value={raw}
          error={asObject(raw) ? null : 'Expected a JSON object'}
          onChange={(e) => {
            const text = e.currentTarget.value
            setRaw(text)
            const next = asObject(text)
            if (next) put(next, {})
            else onChange(null)
          }}
        />
      ) : (
        fields.map((field) => {
          const current = params[field.name]
          if (current === undefined) {
            return (
              <Group key={field.name} justify="space-between">
                <Text fz="sm" c="dimmed">
                  {field.label}: left out
                </Text>
                <Button
                  size="xs"
                  variant="default"
                  leftSection={<IconPlus size={14} aria-hidden />}
                  onClick={() => put({ ...params, [field.name]: start(field) }, wrong)}
                >
                  Add {field.label}
                </Button>
              </Group>
            )
          }
          return (
            <Group key={field.name} align="flex-end" wrap="nowrap" gap="xs">
              <Stack flex={1} gap={0}>
                <ParamInput
                  field={field}
                  value={current}
                  error={wrong[field.name] ?? errorOf(field.name)}
                  onChange={(v) => put({ ...params, [field.name]: v }, without(wrong, field.name))}
                  onInvalid={(why) => put(params, { ...wrong, [field.name]: why })}
                />
              </Stack>
              {field.required ? null : (
                <Tooltip label="Leave out">
                  <ActionIcon
                    variant="default"
                    size="lg"
                    aria-label={`Leave out ${field.label}`}
                    onClick={() => put(without(params, field.name), without(wrong, field.name))}
                  >
                    <IconMinus size={16} />
                  </ActionIcon>
                </Tooltip>
              )}
            </Group>
          )
        })
      )}
    </Stack>
  )
}
