import type { AuthField, AuthMethod } from '@permission-slip/protocol/connector.ts'

/** The form before anything is typed: the defaults. */
export const emptyForm = (fields: readonly AuthField[]): Record<string, string> =>
  Object.fromEntries(fields.map((f) => [f.name, f.default ?? '']))

/** What was filled in; a field left empty is not sent. */
export const filled = (values: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).filter(([, v]) => v !== ''))

/** Whether a URL was pasted that stands for the other fields. Where the URL itself is required, it is one of them. */
export const pasted = (method: AuthMethod, values: Record<string, string>): boolean =>
  method.fields.some((f) => f.name === 'url' && !f.required && Boolean(values['url']))

/** What is still to fill in. */
export function missing(method: AuthMethod, values: Record<string, string>): string[] {
  if (pasted(method, values)) return []
  return method.fields.filter((f) => f.required && !values[f.name]).map((f) => f.label)
}

/** Whether a value fits the field's own pattern. A pattern that the browser can't read is left to the server. */
export function fits(field: AuthField, value: string): boolean {
  if (!field.pattern || value === '') return true
  try {
    return new RegExp(field.pattern, 'u').test(value)
  } catch {
    return true
  }
}
