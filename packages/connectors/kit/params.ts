import { type FieldProblem, Refusal } from '@permission-slip/protocol/errors.ts'
import type { Json, JsonObject } from '@permission-slip/protocol/json.ts'
import type { z } from 'zod'
import type { Action } from './types.ts'

/** Parameters as the action takes them, defaults filled in; otherwise every problem by field. */
export function parseParams(action: Action, input: Json): JsonObject {
  const parsed = action.params.safeParse(input)
  if (parsed.success) return parsed.data as JsonObject
  const fields = parsed.error.issues.flatMap((issue) => problems(issue, input))
  const first = fields[0]
  const more = fields.length > 1 ? ` (and ${fields.length - 1} more)` : ''
  const detail = first ? `${first.field}: expected ${first.expected}, got ${first.got}${more}.` : undefined
  throw new Refusal('invalid_params', detail, { fields })
}

type Issue = z.core.$ZodIssue

function problems(issue: Issue, input: Json, base: readonly PropertyKey[] = []): FieldProblem[] {
  const path = [...base, ...issue.path]
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      field: named([...path, key]),
      expected: 'no such parameter',
      got: kindOf(at(input, [...path, key])),
    }))
  if (issue.code === 'invalid_union') {
    // The member that came closest is the one that was meant: the one whose first problem lies deepest.
    const depth = (list: readonly Issue[]): number => Math.min(...list.map((i) => i.path.length))
    const closest = [...issue.errors].filter((e) => e.length > 0).sort((a, b) => depth(b) - depth(a))[0]
    if (closest && depth(closest) > 0) return closest.flatMap((i) => problems(i, input, path))
    const wanted = [...new Set(issue.errors.flatMap((e) => e.map(expected)))]
    if (wanted.length > 0) return [{ field: named(path), expected: wanted.join(', or '), got: kindOf(at(input, path)) }]
  }
  return [{ field: named(path), expected: expected(issue), got: kindOf(at(input, path)) }]
}

function expected(issue: Issue): string {
  // A message that the connector wrote begins with the word; zod's own do not.
  if (issue.message.startsWith('expected ')) return issue.message.slice('expected '.length)
  switch (issue.code) {
    case 'invalid_type':
      return kinds[issue.expected] ?? issue.expected
    case 'invalid_value':
      return `one of ${issue.values.map((v) => JSON.stringify(v)).join(', ')}`
    case 'too_small':
      return size(issue.origin, issue.inclusive === false ? 'more than' : 'at least', issue.minimum)
    case 'too_big':
      return size(issue.origin, issue.inclusive === false ? 'less than' : 'at most', issue.maximum)
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`
    case 'invalid_format':
      return (
        formats[issue.format] ??
        ('pattern' in issue && issue.format === 'regex'
          ? `text that matches ${issue.pattern}`
          : `a valid ${issue.format}`)
      )
    case 'unrecognized_keys':
      return 'no such parameter'
    case 'custom':
      return issue.message
    default:
      return 'an acceptable value'
  }
}

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
  null: 'null',
}
const formats: Readonly<Record<string, string>> = {
  email: 'an e-mail address',
  url: 'a web address (https://…)',
  datetime: 'an instant such as 2026-01-31T09:00:00Z',
  date: 'a date such as 2026-01-31',
  base64: 'base64',
}
const units: Readonly<Record<string, string>> = { string: ' characters', array: ' items', object: ' members' }
const size = (origin: string, how: string, n: number | bigint): string => `${how} ${n}${units[origin] ?? ''}`

const named = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (all, p) => (typeof p === 'number' ? `${all}[${p}]` : all === '' ? String(p) : `${all}.${String(p)}`),
    '',
  ) || 'params'

function at(value: Json, path: readonly PropertyKey[]): Json | undefined {
  let v: Json | undefined = value
  for (const key of path) {
    if (v === null || v === undefined || typeof v !== 'object') return undefined
    if (Array.isArray(v)) v = v[Number(key)]
    else v = Object.hasOwn(v, key) ? v[String(key)] : undefined
  }
  return v
}

/** What came, short: the agent knows what it sent, and long texts have no place in an error. */
function kindOf(value: Json | undefined): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object') return 'an object'
  if (typeof value === 'string')
    return value.length <= 40 ? JSON.stringify(value) : `text of ${value.length} characters`
  return String(value)
}
