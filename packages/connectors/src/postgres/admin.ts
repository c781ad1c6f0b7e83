import { z } from 'zod'
import { driven } from '../../kit/define.ts'
import { instant } from '../../kit/kinds.ts'
import { say, words } from '../../kit/say.ts'
import { rowsResult } from '../../kit/sql-rows.ts'
import { identifier, inSchema, qualified, quoted } from './identifier.ts'

const most = 5000
const extensions = `SELECT e.name AS extension, e.default_version, e.installed_version, e.comment
FROM pg_available_extensions e ORDER BY e.installed_version IS NULL, 1`
const databases = `SELECT d.datname AS "database", pg_get_userbyid(d.datdba) AS owner,
  CASE WHEN has_database_privilege(d.oid, 'CONNECT') THEN pg_database_size(d.oid) END AS bytes
FROM pg_database d WHERE NOT d.datistemplate ORDER BY 1`
const sizes = `SELECT c.relname AS "table", c.reltuples::bigint AS estimated_rows, pg_table_size(c.oid) AS table_bytes,
  pg_indexes_size(c.oid) AS index_bytes, pg_total_relation_size(c.oid) AS total_bytes
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'm') ORDER BY 5 DESC, 1`
// The exact start goes out as text, to the microsecond, because it comes back as the pin of `cancel` and `terminate`.
const activity = `SELECT pid, usename AS "user", datname AS "database", application_name AS application, client_addr::text AS client,
  to_char(backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS started_at, state, wait_event_type, wait_event,
  to_char(query_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS query_started_at, query
FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() ORDER BY query_start`
const cancel =
  'SELECT pg_cancel_backend(pid) AS done FROM pg_stat_activity WHERE pid = $1::int AND query_start = $2::timestamptz'
const terminate =
  'SELECT pg_terminate_backend(pid) AS done FROM pg_stat_activity WHERE pid = $1::int AND backend_start = $2::timestamptz'

const pid = z.int().min(1).max(2_147_483_647)
const done = { done: z.boolean() }
const whichTable = { unpinned: 'The table of that name can be another one when this runs.' }

export const adminActions = {
  list_extensions: driven({
    title: 'List extensions',
    effect: 'read',
    params: {},
    summary: () => say`List the extensions`,
    result: rowsResult,
    run: (_, io) => io.postgres.query(extensions, [], most),
    example: { params: {} },
  }),
  create_extension: driven({
    title: 'Install an extension',
    description: 'An extension is code that the database server then runs.',
    effect: 'create',
    risk: 'high',
    params: { extension: identifier(), schema: identifier().default('public') },
    summary: (p) => say`Install the extension ${p.extension} in ${p.schema}`,
    result: done,
    run: async (p, io) => {
      await io.postgres.execute(`CREATE EXTENSION ${quoted(p.extension)} SCHEMA ${quoted(p.schema)}`, [], 1)
      return { done: true }
    },
    undo: { action: 'drop_extension', say: 'Drop the extension.' },
    example: { params: { extension: 'pg_trgm' } },
  }),
  drop_extension: driven({
    title: 'Remove an extension',
    description: 'Fails if something in the database still uses it.',
    effect: 'delete',
    params: { extension: identifier() },
    summary: (p) => say`Remove the extension ${p.extension}`,
    result: done,
    run: async (p, io) => {
      await io.postgres.execute(`DROP EXTENSION ${quoted(p.extension)} RESTRICT`, [], 1)
      return { done: true }
    },
    pins: { extension: { unpinned: 'Its version can change before this runs.' } },
    undo: { action: 'create_extension', say: 'Install it again.' },
    example: { params: { extension: 'pg_trgm' } },
  }),
  database_sizes: driven({
    title: 'Sizes of the databases',
    effect: 'read',
    params: {},
    summary: () => say`List the databases and their sizes`,
    result: rowsResult,
    run: (_, io) => io.postgres.query(databases, [], most),
    example: { params: {} },
  }),
  table_sizes: driven({
    title: 'Sizes of the tables',
    effect: 'read',
    params: { schema: identifier().default('public') },
    summary: (p) => say`List the tables of ${p.schema} by size`,
    result: rowsResult,
    run: (p, io) => io.postgres.query(sizes, [p.schema], most),
    example: { params: {} },
  }),
  activity: driven({
    title: 'Who is connected, and what runs',
    effect: 'read',
    params: {},
    summary: () => say`List the sessions and what they run`,
    result: rowsResult,
    run: (_, io) => io.postgres.query(activity, [], most),
    example: { params: {} },
  }),
  cancel_query: driven({
    title: 'Cancel a running query',
    description: 'Exactly the query that `activity` showed, by its `query_started_at`; `done` is false if it is gone.',
    effect: 'update',
    params: { pid, query_started_at: instant() },
    summary: (p) => say`Cancel the query of session ${p.pid} that began at ${p.query_started_at}`,
    result: done,
    run: async (p, io) => {
      const { rows } = await io.postgres.execute(cancel, [p.pid, p.query_started_at], 1)
      return { done: rows[0]?.['done'] === true }
    },
    pins: { pid: { by: 'query_started_at' } },
    undo: 'irreversible',
    example: { params: { pid: 4711, query_started_at: '2026-01-31T09:00:00.123456Z' }, answers: [{ done: true }] },
  }),
  terminate: driven({
    title: 'End a session',
    description: 'Exactly the session that `activity` showed, by its `started_at`; `done` is false if it is gone.',
    effect: 'delete',
    params: { pid, started_at: instant() },
    summary: (p) => say`End session ${p.pid}, which began at ${p.started_at}`,
    result: done,
    run: async (p, io) => {
      const { rows } = await io.postgres.execute(terminate, [p.pid, p.started_at], 1)
      return { done: rows[0]?.['done'] === true }
    },
    pins: { pid: { by: 'started_at' } },
    undo: 'irreversible',
    example: { params: { pid: 4711, started_at: '2026-01-31T08:00:00.123456Z' }, answers: [{ done: true }] },
  }),
  vacuum: driven({
    title: 'Vacuum a table',
    description: 'Frees the space of dead rows; `full` rewrites the table and locks it meanwhile.',
    effect: 'update',
    params: { ...inSchema, full: z.boolean().default(false), analyze: z.boolean().default(true) },
    summary: (p) =>
      say`Vacuum ${p.schema}.${p.table}${words(p.full ? ', rewriting it under a lock' : '')}${words(p.analyze ? ', and analyze it' : '')}`,
    result: done,
    run: async (p, io) => {
      await io.postgres.maintain(`VACUUM (FULL ${p.full}, ANALYZE ${p.analyze}) ${qualified(p.schema, p.table)}`)
      return { done: true }
    },
    pins: { table: whichTable },
    example: { params: { table: 'customers' } },
  }),
  analyze: driven({
    title: 'Analyze a table',
    description: 'Renews what the planner knows of it.',
    effect: 'update',
    params: inSchema,
    summary: (p) => say`Analyze ${p.schema}.${p.table}`,
    result: done,
    run: async (p, io) => {
      await io.postgres.execute(`ANALYZE ${qualified(p.schema, p.table)}`, [], 1)
      return { done: true }
    },
    pins: { table: whichTable },
    example: { params: { table: 'customers' } },
  }),
}
