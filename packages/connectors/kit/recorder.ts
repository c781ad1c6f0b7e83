import type { Json, JsonObject } from '@permission-slip/protocol/json.ts'
import type { Io, MysqlIo, NotebookIo, PostgresIo, RedisIo } from './io.ts'

/** What a driver was asked, in the words of its own language. */
export interface Recorded {
  readonly method: 'MYSQL' | 'POSTGRES' | 'REDIS' | 'NOTEBOOK'
  readonly body: string
}

/** Thrown when the example has no more answers: what follows can't be known before it runs. */
export class NoAnswer extends Error {}

/**
 * A bound client that sends nothing: it writes down what it is asked and answers from the action's example, so that
 * the exact statement can be shown before anyone approves it.
 */
export function recorder(answers: readonly Json[], record: (asked: Recorded) => void): Io {
  const left = [...answers]
  const answer = (): Json => {
    const next = left.shift()
    if (next === undefined) throw new NoAnswer('the example has no further answer')
    return next
  }
  const statement = (method: Recorded['method'], text: string, params: readonly Json[], max_rows?: number) => {
    // MySQL counts its question marks; PostgreSQL's values have their number in the text.
    const values = params.map((p, i) => `-- ${method === 'MYSQL' ? '?' : '$'}${i + 1} = ${JSON.stringify(p)}`)
    const most = max_rows === undefined ? [] : [`-- at most ${max_rows} rows`]
    record({ method, body: [text, ...values, ...most].join('\n') })
    const rows = left.length > 0 ? objects(answer()) : []
    return { columns: Object.keys(rows[0] ?? {}), rows, row_count: rows.length, truncated: false }
  }
  const sql = async (text: string, params: readonly Json[], max_rows?: number) =>
    statement('POSTGRES', text, params, max_rows)
  const postgres: PostgresIo = {
    query: sql,
    execute: sql,
    maintain: async (text) => {
      await sql(text, [])
    },
  }
  const mysql: MysqlIo = {
    query: async (text, params, max_rows) => statement('MYSQL', text, params, max_rows),
    execute: async (text, params, max_rows) => ({ ...statement('MYSQL', text, params, max_rows), insert_id: null }),
    change: async (text, params) => ({ ...statement('MYSQL', text, params), insert_id: null }),
    grants: async () => statement('MYSQL', 'SHOW GRANTS', []).rows.flatMap((row) => Object.values(row).map(String)),
  }
  const redis: RedisIo = {
    command: async (name, args) => {
      record({ method: 'REDIS', body: [name, ...args.map(quoted)].join(' ') })
      return answer()
    },
  }
  const page = (verb: string, ...rest: readonly string[]): void =>
    record({ method: 'NOTEBOOK', body: [verb, ...rest.map((r) => JSON.stringify(r))].join(' ') })
  const notebook: NotebookIo = {
    write: async (name, body) => {
      page('write', name, body)
      return { page: name, version: 1, created: true, previous: null }
    },
    read: async (name) => {
      page('read', name)
      return { page: name, body: '', version: 1, updated_at: '2026-01-01T00:00:00.000Z' }
    },
    list: async () => {
      page('list')
      return []
    },
    erase: async (name) => {
      page('erase', name)
      return { page: name, body: '' }
    },
    done: async () => undefined,
  }
  return { postgres, mysql, redis, notebook }
}

/** As `redis-cli` takes it: bare where nothing is in doubt. */
const quoted = (arg: string): string => (/^[A-Za-z0-9_.:*+@/-]+$/.test(arg) ? arg : JSON.stringify(arg))

const objects = (value: Json): JsonObject[] =>
  (Array.isArray(value) ? value : [value]).filter(
    (v): v is JsonObject => v !== null && typeof v === 'object' && !Array.isArray(v),
  )
