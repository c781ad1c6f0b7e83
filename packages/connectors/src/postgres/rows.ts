import type { Json } from '@permission-slip/protocol/json.ts'
import { z } from 'zod'
import { driven } from '../../kit/define.ts'
import { joined, say } from '../../kit/say.ts'
import { columnsOf, maxRows, rowsMoved, rowsResult, tableChanges } from '../../kit/sql-rows.ts'
import { identifier, inSchema, qualified, quoted } from './identifier.ts'
import { where, whereSql, whereWords } from './where.ts'

const row = z.record(identifier(), z.json())
const returning = z.array(identifier()).max(200).default([])
const returningSql = (columns: readonly string[]): string =>
  columns.length === 0 ? '' : ` RETURNING ${columns.map(quoted).join(', ')}`

export const rowActions = {
  insert: driven({
    title: 'Insert rows',
    description: 'Adds rows; a column that is not named gets its default. Bytes are written as `\\x` and hex.',
    effect: 'create',
    params: { ...inSchema, rows: z.array(row).min(1).max(1000), returning },
    summary: (p) => say`Insert into ${p.schema}.${p.table} ${p.rows.length} rows: ${p.rows}`,
    result: rowsResult,
    // The server reads the values by the table's own row type, so that lists, JSON and dates become what each column is.
    run: (p, io) => {
      const columns = columnsOf(p.rows).map(quoted).join(', ')
      const table = qualified(p.schema, p.table)
      const sql = `INSERT INTO ${table} (${columns}) SELECT ${columns} FROM jsonb_populate_recordset(NULL::${table}, $1::jsonb)${returningSql(p.returning)}`
      return io.postgres.execute(sql, [p.rows], p.rows.length)
    },
    pins: { table: tableChanges },
    example: {
      params: { table: 'customers', rows: [{ name: 'Ada', city: 'London' }], returning: ['id'] },
      answers: [{ id: 7 }],
    },
  }),
  update: driven({
    title: 'Update rows',
    description: 'Sets columns in the rows that match; `row_count` says how many.',
    effect: 'update',
    // High: there is no way back once the old values are gone.
    risk: 'high',
    params: { ...inSchema, set: row, where: where(), returning, max_rows: maxRows },
    summary: (p) => say`In ${p.schema}.${p.table} set ${p.set} where ${joined(whereWords(p.where))}`,
    result: rowsResult,
    run: (p, io) => {
      const columns = columnsOf([p.set]).map(quoted).join(', ')
      const table = qualified(p.schema, p.table)
      const values: Json[] = [p.set]
      const matches = whereSql(p.where, values)
      const sql = `UPDATE ${table} SET (${columns}) = (SELECT ${columns} FROM jsonb_populate_record(NULL::${table}, $1::jsonb)) WHERE ${matches}${returningSql(p.returning)}`
      return io.postgres.execute(sql, values, p.max_rows)
    },
    pins: { table: tableChanges, where: rowsMoved },
    undo: 'irreversible',
    example: {
      params: { table: 'customers', set: { city: 'Bergen' }, where: [{ column: 'id', op: '=', value: 7 }] },
      answers: [{ id: 7 }],
    },
  }),
  delete: driven({
    title: 'Delete rows',
    description: 'Deletes the rows that match; `returning` gives them back as they were.',
    effect: 'delete',
    params: { ...inSchema, where: where(), returning, max_rows: maxRows },
    summary: (p) => say`Delete from ${p.schema}.${p.table} where ${joined(whereWords(p.where))}`,
    result: rowsResult,
    run: (p, io) => {
      const values: Json[] = []
      const sql = `DELETE FROM ${qualified(p.schema, p.table)} WHERE ${whereSql(p.where, values)}${returningSql(p.returning)}`
      return io.postgres.execute(sql, values, p.max_rows)
    },
    pins: { table: tableChanges, where: rowsMoved },
    undo: 'irreversible',
    example: { params: { table: 'customers', where: [{ column: 'id', op: 'in', value: [7, 8] }] } },
  }),
}
