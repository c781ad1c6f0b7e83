import { whereOf } from '../../kit/sql-where.ts'
import { identifier, quoted } from './identifier.ts'

export const { where, whereSql, whereWords } = whereOf({
  compare: ['=', '<>', '<', '<=', '>', '>=', 'like', 'not like'],
  name: identifier,
  quoted,
  place: () => '?',
})
