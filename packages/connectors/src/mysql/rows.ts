import { Refusal } from '@permission-slip/protocol/errors.ts'
import type { Json } from '@permission-slip/protocol/json.ts'
import { z } from 'zod'
import { driven } from '../../kit/define.ts'
import { joined, say } from '../../kit/say.ts'
import { columnsOf, rowsMoved, tableChanges } from '../../kit/sql-rows.ts'
import { identifier, inDatabase, named, qualified, quoted } from './identifier.ts'
import { insertId } from './sql.ts'
import { where, whereSql, whereWords } from './where.ts'

const row = z.record(identifier(), z.json())
/** A prepared statement counts its values in 16 bits. */
const maxValues = 65_535
const changed = { row_count: z.number() }

export const rowActions = {
  insert: driven({
    title: 'Insert rows',
    description:
      'Adds rows, all or none; a column that is not named gets its default. A list or an object is written as JSON. `insert_id` is the first number that AUTO_INCREMENT made.',
    effect: 'create',
    params: { ...inDatabase, rows: z.array(row).min(1).max(1000) },
    summary: (p) => say`Insert into ${named(p)} ${p.rows.length} rows: ${p.rows}`,
    result: { ...changed, insert_id: insertId },
    run: (p, io) => {
      const columns = columnsOf(p.rows)
      if (columns.length * p.rows.length > maxValues)
        throw new Refusal('invalid_params', `rows hold more than ${maxValues} values.`, {
          fields: [
            {
              field: 'rows',
              expected: `at most ${maxValues} values in all`,
              got: `${columns.length * p.rows.length} values`,
            },
          ],
        })
      const places = `(${columns.map(() => '?').join(', ')})`
      const sql = `INSERT INTO ${qualified(p)} (${columns.map(quoted).join(', ')}) VALUES ${p.rows.map(() => places).join(', ')}`
      const values = p.rows.flatMap((one) => columns.map((column) => one[column] ?? null))
      return io.mysql.change(sql, values)
    },
    pins: { table: tableChanges },
    example: { params: { table: 'customers', rows: [{ name: 'Ada', city: 'London' }] } },
  }),
  update: driven({
    title: 'Update rows',
    description:
      'Sets columns in the rows that match; `row_count` says how many matched. A value that is no value of its column is refused.',
    effect: 'update',
    // High: there is no way back once the old values are gone.
    risk: 'high',
    params: { ...inDatabase, set: row, where: where() },
    summary: (p) => say`In ${named(p)} set ${p.set} where ${joined(whereWords(p.where))}`,
    result: changed,
    run: (p, io) => {
      const columns = columnsOf([p.set])
      const values: Json[] = columns.map((column) => p.set[column] ?? null)
      const set = columns.map((column) => `${quoted(column)} = ?`).join(', ')
      return io.mysql.change(`UPDATE ${qualified(p)} SET ${set} WHERE ${whereSql(p.where, values)}`, values)
    },
    pins: { table: tableChanges, where: rowsMoved },
    undo: 'irreversible',
    example: { params: { table: 'customers', set: { city: 'Bergen' }, where: [{ column: 'id', op: '=', value: 7 }] } },
  }),
  delete: driven({
    title: 'Delete rows',
    description:
      'Deletes the rows that match; `row_count` says how many. A value that is no value of its column is refused.',
    effect: 'delete',
    params: { ...inDatabase, where: where() },
    summary: (p) => say`Delete from ${named(p)} where ${joined(whereWords(p.where))}`,
    result: changed,
    run: (p, io) => {
      const values: Json[] = []
      return io.mysql.change(`DELETE FROM ${qualified(p)} WHERE ${whereSql(p.where, values)}`, values)
    },
    pins: { table: tableChanges, where: rowsMoved },
    undo: 'irreversible',
    example: { params: { table: 'customers', where: [{ column: 'id', op: 'in', value: [7, 8] }] } },
  }),
}
