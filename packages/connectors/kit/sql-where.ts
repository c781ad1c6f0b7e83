import type { Json } from '@permission-slip/protocol/json.ts'
import { z } from 'zod'
import { say, words } from './say.ts'

interface Dialect<C extends readonly string[]> {
  readonly compare: C
  /** The schema of a column's name. */
  readonly name: () => z.ZodString
  /** A name so that nothing in it is read as SQL. */
  readonly quoted: (name: string) => string
  /** How the statement refers to its n-th value, counted from 1. */
  readonly place: (n: number) => string
}

const scalar = z.union([z.string(), z.number(), z.boolean()])

/** Conditions as parameters, as SQL and as words, for a database that writes names and values in its own way. */
export function whereOf<const C extends readonly string[]>(dialect: Dialect<C>) {
  const { name, quoted, place } = dialect
  const condition = z.union([
    z.strictObject({ column: name(), op: z.enum(dialect.compare), value: scalar }),
    z.strictObject({ column: name(), op: z.enum(['in', 'not in']), value: z.array(scalar).min(1).max(1000) }),
    z.strictObject({ column: name(), op: z.enum(['is null', 'is not null']) }),
  ])

  return {
    /** Conditions that must all hold. At least one: a change to every row is a statement of its own, read as SQL. */
    where: () => z.array(condition).min(1, 'expected at least one condition').max(50),

    /** The text after WHERE; values go to `values`, where the statement finds them. */
    whereSql(conditions: readonly Condition[], values: Json[]): string {
      const next = (value: Json): string => place(values.push(value))
      return conditions
        .map((c) => {
          const left = `${quoted(c.column)} ${c.op.toUpperCase()}`
          if (c.value === undefined) return left
          return Array.isArray(c.value) ? `${left} (${c.value.map(next).join(', ')})` : `${left} ${next(c.value)}`
        })
        .join(' AND ')
    },

    whereWords: (conditions: readonly Condition[]) =>
      conditions.map((c, i) => {
        const and = words(i === 0 ? '' : ' and ')
        return c.value === undefined
          ? say`${and}${c.column} ${words(c.op)}`
          : say`${and}${c.column} ${words(c.op)} ${c.value}`
      }),
  }
}

type Scalar = z.infer<typeof scalar>
interface Condition {
  readonly column: string
  readonly op: string
  readonly value?: Scalar | Scalar[]
}
