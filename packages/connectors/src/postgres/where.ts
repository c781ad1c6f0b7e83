import type { Json } from '@permission-slip/protocol/json.ts'
import { z } from 'zod'
import { say, words } from '../../kit/say.ts'
import { identifier, quoted } from './identifier.ts'

const scalar = z.union([z.string(), z.number(), z.boolean()])
const compare = ['=', '<>', '<', '<=', '>', '>=', 'like', 'ilike'] as const

const condition = z.union([
  z.strictObject({ column: identifier(), op: z.enum(compare), value: scalar }),
  z.strictObject({ column: identifier(), op: z.enum(['in', 'not in']), value: z.array(scalar).min(1).max(1000) }),
  z.strictObject({ column: identifier(), op: z.enum(['is null', 'is not null']) }),
])
type Condition = z.infer<typeof condition>

/** Conditions that must all hold. At least one: a change to every row is a statement of its own, to be read as SQL. */
export const where = () => z.array(condition).min(1, 'expected at least one condition').max(50)

/** The text after WHERE; values go to `values`, whose places they take as `$n`. */
export function whereSql(conditions: readonly Condition[], values: Json[]): string {
  const place = (value: Json): string => `$${values.push(value)}`
  return conditions
    .map((c) => {
      if (!('value' in c)) return `${quoted(c.column)} ${c.op.toUpperCase()}`
      if (Array.isArray(c.value)) return `${quoted(c.column)} ${c.op.toUpperCase()} (${c.value.map(place).join(', ')})`
      return `${quoted(c.column)} ${c.op.toUpperCase()} ${place(c.value)}`
    })
    .join(' AND ')
}

export const whereWords = (conditions: readonly Condition[]) =>
  conditions.map((c, i) => {
    const and = words(i === 0 ? '' : ' and ')
    return 'value' in c ? say`${and}${c.column} ${words(c.op)} ${c.value}` : say`${and}${c.column} ${words(c.op)}`
  })
