import { whereOf } from '../../kit/sql-where.ts'
import { identifier, quoted } from './identifier.ts'

export const { where, whereSql, whereWords } = whereOf({
  compare: ['=', '<>', '<', '<=', '>', '>=', 'like', 'ilike'],
  name: identifier,
  quoted,
  place: (n) => `$${n}`,
})
