import { egressWith, limits, permitFor, pgAccount } from './support.ts'

// Run by a test with a hostile environment: prints as whom a session speaks.
const database = process.argv[2] ?? ''
const bound = egressWith().io(permitFor('postgres'), pgAccount({ database }), { ...limits, step: async () => {} })
const sql = `select current_user as "user", current_database() as database, current_setting('search_path') as path, current_setting('application_name') as app`
const { rows } = await bound.io.postgres.query(sql, [], 1)
console.log(JSON.stringify(rows[0]))
await bound.close()
