import { z } from 'zod'
import { driven } from '../../kit/define.ts'
import { say } from '../../kit/say.ts'
import { rowsResult } from '../../kit/sql-rows.ts'
import { identifier, inSchema } from './identifier.ts'

const most = 5000

// `information_schema` hides what the role may not use; the catalogue itself says what is there.
const schemas = `SELECT n.nspname AS schema, pg_get_userbyid(n.nspowner) AS owner
FROM pg_namespace n WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1`

const tables = `SELECT c.relname AS "table",
  CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view'
    WHEN 'm' THEN 'materialized view' ELSE 'foreign table' END AS kind,
  pg_get_userbyid(c.relowner) AS owner, c.reltuples::bigint AS estimated_rows, obj_description(c.oid, 'pg_class') AS comment
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY 1`

const columns = `SELECT a.attname AS "column", format_type(a.atttypid, a.atttypmod) AS type, NOT a.attnotnull AS nullable,
  pg_get_expr(d.adbin, d.adrelid) AS "default", a.attidentity <> '' AS identity, a.attgenerated <> '' AS generated,
  col_description(a.attrelid, a.attnum) AS comment
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE n.nspname = $1 AND c.relname = $2 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`

const constraints = `SELECT k.conname AS "constraint",
  CASE k.contype WHEN 'p' THEN 'primary key' WHEN 'f' THEN 'foreign key' WHEN 'u' THEN 'unique' WHEN 'c' THEN 'check'
    WHEN 'x' THEN 'exclusion' WHEN 'n' THEN 'not null' ELSE 'trigger' END AS kind, pg_get_constraintdef(k.oid) AS definition
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relname = $2 ORDER BY 1`

const indexes = `SELECT i.relname AS index, x.indisunique AS "unique", x.indisprimary AS "primary", x.indisvalid AS valid,
  pg_get_indexdef(x.indexrelid) AS definition, pg_relation_size(x.indexrelid) AS bytes
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2 ORDER BY 1`

const functions = `SELECT p.proname AS function, pg_get_function_identity_arguments(p.oid) AS arguments,
  pg_get_function_result(p.oid) AS returns, l.lanname AS language, p.prosecdef AS security_definer
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
WHERE n.nspname = $1 ORDER BY 1, 2`

const schema = identifier().default('public')

export const schemaActions = {
  list_schemas: driven({
    title: 'List schemas',
    effect: 'read',
    params: {},
    summary: () => say`List the schemas`,
    result: rowsResult,
    run: (_, io) => io.postgres.query(schemas, [], most),
    example: { params: {} },
  }),
  list_tables: driven({
    title: 'List tables and views',
    effect: 'read',
    params: { schema },
    summary: (p) => say`List the tables of ${p.schema}`,
    result: rowsResult,
    run: (p, io) => io.postgres.query(tables, [p.schema], most),
    example: { params: { schema: 'public' } },
  }),
  describe_table: driven({
    title: 'Describe a table',
    description: 'Columns with types and defaults, and constraints.',
    effect: 'read',
    params: inSchema,
    summary: (p) => say`Describe the table ${p.schema}.${p.table}`,
    result: { columns: z.array(z.record(z.string(), z.json())), constraints: z.array(z.record(z.string(), z.json())) },
    run: async (p, io) => ({
      columns: (await io.postgres.query(columns, [p.schema, p.table], most)).rows,
      constraints: (await io.postgres.query(constraints, [p.schema, p.table], most)).rows,
    }),
    example: { params: { table: 'customers' } },
  }),
  list_indexes: driven({
    title: 'List the indexes of a table',
    effect: 'read',
    params: inSchema,
    summary: (p) => say`List the indexes of ${p.schema}.${p.table}`,
    result: rowsResult,
    run: (p, io) => io.postgres.query(indexes, [p.schema, p.table], most),
    example: { params: { table: 'customers' } },
  }),
  list_functions: driven({
    title: 'List functions',
    effect: 'read',
    params: { schema },
    summary: (p) => say`List the functions of ${p.schema}`,
    result: rowsResult,
    run: (p, io) => io.postgres.query(functions, [p.schema], most),
    example: { params: {} },
  }),
}
