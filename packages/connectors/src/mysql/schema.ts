import { z } from 'zod'
import { driven } from '../../kit/define.ts'
import { say, words } from '../../kit/say.ts'
import { rowsResult } from '../../kit/sql-rows.ts'
import { identifier, inDatabase, named } from './identifier.ts'

const most = 5000
// Every column gets a name here: MySQL 8 answers in capitals, MariaDB as it was asked.
const here = 'TABLE_SCHEMA = COALESCE(?, DATABASE())'

const databases = `SELECT SCHEMA_NAME AS \`database\`, DEFAULT_CHARACTER_SET_NAME AS \`charset\`, DEFAULT_COLLATION_NAME AS \`collation\`
FROM information_schema.SCHEMATA ORDER BY 1`

const tables = `SELECT TABLE_NAME AS \`table\`, LOWER(TABLE_TYPE) AS kind, ENGINE AS engine, TABLE_ROWS AS estimated_rows,
  DATA_LENGTH AS table_bytes, INDEX_LENGTH AS index_bytes, TABLE_COLLATION AS \`collation\`, TABLE_COMMENT AS comment
FROM information_schema.TABLES WHERE ${here} ORDER BY 1`

const columns = `SELECT COLUMN_NAME AS \`column\`, COLUMN_TYPE AS type, IS_NULLABLE = 'YES' AS nullable, COLUMN_DEFAULT AS \`default\`,
  EXTRA AS extra, COLLATION_NAME AS \`collation\`, COLUMN_COMMENT AS comment
FROM information_schema.COLUMNS WHERE ${here} AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION`

const constraints = `SELECT c.CONSTRAINT_NAME AS \`constraint\`, LOWER(c.CONSTRAINT_TYPE) AS kind, k.COLUMN_NAME AS \`column\`,
  k.REFERENCED_TABLE_SCHEMA AS referenced_database, k.REFERENCED_TABLE_NAME AS referenced_table,
  k.REFERENCED_COLUMN_NAME AS referenced_column
FROM information_schema.TABLE_CONSTRAINTS c LEFT JOIN information_schema.KEY_COLUMN_USAGE k
  ON k.CONSTRAINT_SCHEMA = c.CONSTRAINT_SCHEMA AND k.CONSTRAINT_NAME = c.CONSTRAINT_NAME
  AND k.TABLE_SCHEMA = c.TABLE_SCHEMA AND k.TABLE_NAME = c.TABLE_NAME
WHERE c.${here} AND c.TABLE_NAME = ? ORDER BY 1, k.ORDINAL_POSITION`

const indexes = `SELECT INDEX_NAME AS \`index\`, NON_UNIQUE = 0 AS \`unique\`, SEQ_IN_INDEX AS position, COLUMN_NAME AS \`column\`,
  SUB_PART AS prefix, LOWER(INDEX_TYPE) AS kind, CARDINALITY AS estimated_values
FROM information_schema.STATISTICS WHERE ${here} AND TABLE_NAME = ? ORDER BY 1, 3`

const routines = `SELECT ROUTINE_NAME AS routine, LOWER(ROUTINE_TYPE) AS kind, DTD_IDENTIFIER AS returns,
  SQL_DATA_ACCESS AS data_access, SECURITY_TYPE AS security, DEFINER AS definer
FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = COALESCE(?, DATABASE()) ORDER BY 1`

const database = identifier().optional()
const of = (name: string | undefined) => (name === undefined ? words('') : words(say` of ${name}`))

export const schemaActions = {
  list_databases: driven({
    title: 'List databases',
    effect: 'read',
    params: {},
    summary: () => say`List the databases`,
    result: rowsResult,
    run: (_, io) => io.mysql.query(databases, [], most),
    example: { params: {} },
  }),
  list_tables: driven({
    title: 'List tables and views',
    description: 'Of the named database, or of the connection’s own; with sizes and an estimate of rows.',
    effect: 'read',
    params: { database },
    summary: (p) => say`List the tables${of(p.database)}`,
    result: rowsResult,
    run: (p, io) => io.mysql.query(tables, [p.database ?? null], most),
    example: { params: { database: 'shop' } },
  }),
  describe_table: driven({
    title: 'Describe a table',
    description: 'Columns with types and defaults, and constraints, one line for each of their columns.',
    effect: 'read',
    params: inDatabase,
    summary: (p) => say`Describe the table ${named(p)}`,
    result: { columns: z.array(z.record(z.string(), z.json())), constraints: z.array(z.record(z.string(), z.json())) },
    run: async (p, io) => ({
      columns: (await io.mysql.query(columns, [p.database ?? null, p.table], most)).rows,
      constraints: (await io.mysql.query(constraints, [p.database ?? null, p.table], most)).rows,
    }),
    example: { params: { table: 'customers' } },
  }),
  list_indexes: driven({
    title: 'List the indexes of a table',
    description: 'One line for each column of each index.',
    effect: 'read',
    params: inDatabase,
    summary: (p) => say`List the indexes of ${named(p)}`,
    result: rowsResult,
    run: (p, io) => io.mysql.query(indexes, [p.database ?? null, p.table], most),
    example: { params: { table: 'customers' } },
  }),
  list_routines: driven({
    title: 'List functions and procedures',
    effect: 'read',
    params: { database },
    summary: (p) => say`List the functions and procedures${of(p.database)}`,
    result: rowsResult,
    run: (p, io) => io.mysql.query(routines, [p.database ?? null], most),
    example: { params: { database: 'shop' } },
  }),
}
