import fs from 'node:fs'
import path from 'node:path'
import type { Context } from '../context.ts'
import { folder } from './store.ts'

const oldMs = 3_600_000

/**
 * At the start, before anything is taken: halves of uploads that a stop cut off, and bytes older than an hour that no
 * row speaks of, left by a commit that did not happen. In a database that is held as too old, rows may be missing.
 */
export async function sweepUploads(ctx: Context): Promise<void> {
  const dir = folder(ctx)
  if (ctx.held !== null || !fs.existsSync(dir)) return
  const names = fs.readdirSync(dir)
  for (const name of names) if (name.endsWith('.part')) fs.rmSync(path.join(dir, name), { force: true })
  const before = ctx.clock.now() - oldMs
  const old = names.filter((name) => /^fil_[0-9a-z]+$/.test(name) && fs.statSync(path.join(dir, name)).mtimeMs < before)
  for (let i = 0; i < old.length; i += 500) {
    const some = old.slice(i, i + 500)
    const rows = await ctx.db.selectFrom('files').select('id').where('id', 'in', some).execute()
    const known = new Set(rows.map(({ id }) => id))
    for (const name of some) if (!known.has(name)) fs.rmSync(path.join(dir, name), { force: true })
  }
}
