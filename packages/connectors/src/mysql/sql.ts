import { z } from 'zod'
import { driven } from '../../kit/define.ts'
import { code } from '../../kit/kinds.ts'
import { say, words } from '../../kit/say.ts'
import { maxRows, rowsResult } from '../../kit/sql-rows.ts'

const sql = code('sql').max(100_000)
const params = z.array(z.json()).max(1000).default([])
const withValues = (values: readonly unknown[]) => (values.length > 0 ? words(say` with ${values}`) : words(''))
const moved = 'What the tables hold, and what the functions in it do, can change after you approve.'
export const insertId = z.union([z.number(), z.string()]).nullable()

export const sqlActions = {
  query: driven({
    title: 'Read with SQL',
    description:
      'One SELECT, VALUES, TABLE or WITH, in a read-only transaction. Each `?` stands for one of `params`; bytes come as base64.',
    effect: 'run',
    // Medium, below what running something is otherwise: the server changes no table in a read-only transaction.
    risk: 'medium',
    params: { sql, params, max_rows: maxRows },
    code: ['sql'],
    summary: (p) => say`Run the query ${p.sql}${withValues(p.params)}`,
    result: rowsResult,
    run: (p, io) => io.mysql.query(p.sql, p.params, p.max_rows),
    pins: { sql: { unpinned: moved } },
    example: { params: { sql: 'SELECT id, name FROM customers WHERE city = ?', params: ['Oslo'], max_rows: 100 } },
  }),
  execute: driven({
    title: 'Run any SQL',
    description:
      'One statement of any kind in its own transaction, which DDL ends at once. Each `?` stands for one of `params`; bytes are written FROM_BASE64(?). Of several results a procedure gives the first; `truncated` says so.',
    effect: 'run',
    params: { sql, params, max_rows: maxRows },
    code: ['sql'],
    summary: (p) => say`Run the statement ${p.sql}${withValues(p.params)}`,
    result: { ...rowsResult, insert_id: insertId },
    run: (p, io) => io.mysql.execute(p.sql, p.params, p.max_rows),
    pins: { sql: { unpinned: moved } },
    undo: 'irreversible',
    example: { params: { sql: 'UPDATE customers SET city = ? WHERE id = ?', params: ['Bergen', 7] } },
  }),
}
