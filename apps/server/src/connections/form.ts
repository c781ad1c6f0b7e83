import { FieldFault } from '@permission-slip/connectors/kit/faults.ts'
import type { Auth, Connector } from '@permission-slip/connectors/kit/types.ts'
import type { AuthField } from '@permission-slip/protocol/connector.ts'
import { type FieldProblem, Refusal } from '@permission-slip/protocol/errors.ts'

/** What a form says once it was read: secrets apart from everything else. */
export interface Form {
  readonly fields: Record<string, string>
  readonly secrets: Map<string, string>
}

export const wrongFields = (fields: readonly FieldProblem[]): Refusal =>
  new Refusal(
    'invalid_request',
    fields.map((one) => `${one.field}: expected ${one.expected}, got ${one.got}.`).join(' '),
    { fields: [...fields] },
  )

/** The way to sign in that was named, or the only one there is. */
export function authOf(connector: Connector, name: string | undefined): Auth {
  const found = name === undefined ? connector.auth[0] : connector.auth.find((one) => one.name === name)
  if (found && (name !== undefined || connector.auth.length === 1)) return found
  throw wrongFields([
    { field: 'auth', expected: `one of ${connector.auth.map((one) => one.name).join(', ')}`, got: name ?? 'nothing' },
  ])
}

/**
 * Checks what was entered against the fields of this way to sign in, after the connector took apart what was pasted.
 * `optional` names secrets that are set already and may stay away.
 */
export function readForm(
  connector: Connector,
  auth: Auth,
  entered: Readonly<Record<string, string>>,
  optional: readonly string[] = [],
): Form {
  const byName = new Map(auth.fields.map((one) => [one.name, one]))
  const unknown = Object.keys(entered).filter((name) => !byName.has(name))
  if (unknown.length > 0)
    throw wrongFields(
      unknown.map((name) => ({
        field: `fields.${name}`,
        expected: `one of ${[...byName.keys()].join(', ')}`,
        got: 'an unknown field',
      })),
    )
  // What is pasted brings spaces and line breaks at its ends; none of our fields means them.
  const trimmed = Object.fromEntries(
    Object.entries(entered)
      .map(([name, value]) => [name, value.trim()] as const)
      .filter(([, value]) => value !== ''),
  )
  const filled = normalised(connector, trimmed, byName)
  const problems: FieldProblem[] = []
  const form: Form = { fields: {}, secrets: new Map() }
  for (const field of auth.fields) {
    const value = filled[field.name] ?? field.default ?? ''
    if (value === '') {
      if (field.required && !(field.secret && optional.includes(field.name)))
        problems.push({ field: `fields.${field.name}`, expected: field.label, got: 'nothing' })
      continue
    }
    const problem = problemOf(field, value)
    if (problem) problems.push(problem)
    else if (field.secret) form.secrets.set(field.name, value)
    else form.fields[field.name] = value
  }
  if (problems.length > 0) throw wrongFields(problems)
  return form
}

function normalised(
  connector: Connector,
  entered: Record<string, string>,
  byName: ReadonlyMap<string, AuthField>,
): Record<string, string> {
  try {
    return connector.normalise?.(entered) ?? entered
  } catch (error) {
    if (!(error instanceof FieldFault)) throw error
    const { field, expected } = error
    throw wrongFields([{ field: `fields.${field}`, expected, got: shown(byName.get(field), entered[field]) }])
  }
}

function problemOf(field: AuthField, value: string): FieldProblem | null {
  const wrong = (expected: string): FieldProblem => ({
    field: `fields.${field.name}`,
    expected,
    got: shown(field, value),
  })
  if (value.includes('\0')) return wrong('text without NUL')
  if (!field.multiline && /[\r\n]/.test(value)) return wrong('one line')
  if (field.options && !field.options.some((one) => one.value === value))
    return wrong(`one of ${field.options.map((one) => one.value).join(', ')}`)
  if (field.pattern !== null && !new RegExp(field.pattern, 'u').test(value)) return wrong(field.help ?? field.label)
  if (value.length > 65_536) return wrong('at most 65,536 characters')
  return null
}

/** A secret is not repeated, not even to who entered it. */
const shown = (field: AuthField | undefined, value: string | undefined): string =>
  value === undefined ? 'nothing' : field?.secret !== false ? 'something else' : value.slice(0, 80)
