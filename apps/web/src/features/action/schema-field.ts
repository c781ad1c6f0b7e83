import type { Json, JsonObject } from '@permission-slip/protocol/json.ts'

export type FieldKind =
  | { kind: 'text'; multiline: boolean }
  | { kind: 'number'; integer: boolean; min: number | undefined; max: number | undefined }
  | { kind: 'switch' }
  | { kind: 'choice'; options: string[] }
  | { kind: 'json' }

export interface SchemaField {
  name: string
  label: string
  help: string | null
  required: boolean
  field: FieldKind
}

const isObject = (v: Json | undefined): v is JsonObject => typeof v === 'object' && v !== null && !Array.isArray(v)
const num = (v: Json | undefined) => (typeof v === 'number' && Number.isSafeInteger(v) ? v : undefined)

function kindOf(schema: JsonObject): FieldKind {
  const options = schema['enum']
  if (Array.isArray(options) && options.length > 0 && options.every((o) => typeof o === 'string')) {
    return { kind: 'choice', options }
  }
  switch (schema['type']) {
    case 'string': {
      const most = num(schema['maxLength'])
      const short = schema['format'] !== undefined || (most !== undefined && most <= 200)
      return { kind: 'text', multiline: !short }
    }
    case 'integer':
    case 'number':
      return {
        kind: 'number',
        integer: schema['type'] === 'integer',
        min: num(schema['minimum']),
        max: num(schema['maximum']),
      }
    case 'boolean':
      return { kind: 'switch' }
    default:
      return { kind: 'json' }
  }
}

/** The fields of a form, from the JSON Schema of an action's parameters. What has no field of its own is JSON. */
export function schemaFields(schema: JsonObject): SchemaField[] {
  const properties = schema['properties']
  const required = schema['required']
  if (!isObject(properties)) return []
  return Object.entries(properties).map(([name, s]) => {
    const own = isObject(s) ? s : {}
    return {
      name,
      label: typeof own['title'] === 'string' ? own['title'] : name,
      help: typeof own['description'] === 'string' ? own['description'] : null,
      required: Array.isArray(required) && required.includes(name),
      field: kindOf(own),
    }
  })
}
