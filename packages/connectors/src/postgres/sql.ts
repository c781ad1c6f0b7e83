import { z } from 'zod'
import { driven } from '../../kit/define.ts'
import { code } from '../../kit/kinds.ts'
import { say, words } from '../../kit/say.ts'
import { maxRows, rowsResult } from '../../kit/sql-rows.ts'

const sql = code('sql').max(100_000)
const params = z.array(z.json()).max(1000).default([])
const withValues = (values: readonly unknown[]) => (values.length > 0 ? words(say` with ${values}`) : words(''))
const moved = 'What the tables hold, and what the functions in it do, can change after you approve.'

export const sqlActions = {
  query: driven({
    title: 'Read with SQL',
    description: 'One statement in a read-only transaction. `$1`, `$2` … stand for `params`.',
    effect: 'run',
    // Medium, below what running something is otherwise: a cursor in a read-only transaction changes no table.
    risk: 'medium',
    params: { sql, params, max_rows: maxRows },
    code: ['sql'],
    summary: (p) => say`Run the query ${p.sql}${withValues(p.params)}`,
    result: rowsResult,
    run: (p, io) => io.postgres.query(p.sql, p.params, p.max_rows),
    pins: { sql: { unpinned: moved } },
    example: { params: { sql: 'SELECT id, name FROM customers WHERE city = $1', params: ['Oslo'], max_rows: 100 } },
  }),
  execute: driven({
    title: 'Run any SQL',
    description: 'One statement of any kind in its own transaction. `$1`, `$2` … stand for `params`.',
    effect: 'run',
    params: { sql, params, max_rows: maxRows },
    code: ['sql'],
    summary: (p) => say`Run the statement ${p.sql}${withValues(p.params)}`,
    result: rowsResult,
    run: (p, io) => io.postgres.execute(p.sql, p.params, p.max_rows),
    pins: { sql: { unpinned: moved } },
    undo: 'irreversible',
    example: { params: { sql: 'UPDATE customers SET city = $1 WHERE id = $2', params: ['Bergen', 7] } },
  }),
}
