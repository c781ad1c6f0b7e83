import type { AuthField } from '@permission-slip/protocol/connector.ts'
import type { Auth } from './types.ts'

interface FieldOptions {
  readonly secret?: boolean
  readonly required?: boolean
  readonly help?: string
  readonly options?: readonly (readonly [value: string, label: string])[]
  readonly default?: string
  readonly multiline?: boolean
  readonly pattern?: RegExp
}

/** One field of a connection's form: not secret, required, one line, unless said. */
export const field = (name: string, label: string, o: FieldOptions = {}): AuthField => ({
  name,
  label,
  secret: o.secret ?? false,
  required: o.required ?? true,
  help: o.help ?? null,
  options: o.options?.map(([value, text]) => ({ value, label: text })) ?? null,
  default: o.default ?? null,
  multiline: o.multiline ?? false,
  pattern: o.pattern?.source ?? null,
})

const token = (label: string, help: string): AuthField => field('token', label, { secret: true, help })

/** `Authorization: Bearer …` with a token that its owner makes at `where`. */
export const bearer = (title: string, where: string, fields: readonly AuthField[] = []): Auth => ({
  name: 'token',
  title,
  kind: 'fields',
  fields: [...fields, token(title, `Make one at ${where}`)],
  apply: { kind: 'bearer', secret: 'token' },
})

export const headerKey = (title: string, header: string, where: string, fields: readonly AuthField[] = []): Auth => ({
  name: 'key',
  title,
  kind: 'fields',
  fields: [...fields, field('key', title, { secret: true, help: `Find it at ${where}` })],
  apply: { kind: 'header', name: header, secret: 'key' },
})

/** `Authorization: Basic …` from a non-secret field and a secret one. */
export const basic = (
  title: string,
  user: AuthField,
  password: AuthField,
  fields: readonly AuthField[] = [],
): Auth => ({
  name: 'basic',
  title,
  kind: 'fields',
  fields: [...fields, user, password],
  apply: {
    kind: 'basic',
    user: user.secret ? { secret: user.name } : { field: user.name },
    password: { secret: password.name },
  },
})

/** The bound client of `run` uses the fields itself. */
export const forDriver = (title: string, fields: readonly AuthField[]): Auth => ({
  name: 'connection',
  title,
  kind: 'fields',
  fields: [...fields],
  apply: { kind: 'driver' },
})
