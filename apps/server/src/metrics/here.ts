import about from '../../package.json' with { type: 'json' }
import { iso } from '../clock.ts'
import type { Context } from '../context.ts'
import { migrations } from '../db/migrations/index.ts'
import { reserve } from '../space.ts'
import { type Family, gauge } from './family.ts'

/** How this copy stands: its process, its disk, its clock. Reads no database. */
export function here(ctx: Context): Family[] {
  const { rss } = process.memoryUsage()
  const { user, system } = process.cpuUsage()
  const doubt = ctx.held === null && ctx.clockGuard.problem() !== null
  const writer = ctx.writer.state()
  const build = {
    version: about.version,
    runtime: `bun ${Bun.version}`,
    database: ctx.database.flavour,
    schema: String(migrations.length),
    built: ctx.builtAt === 0 ? 'from source' : iso(ctx.builtAt),
  }
  return [
    gauge('permission_slip_build_info', 'What runs here; always 1.', [1, build]),
    gauge('permission_slip_clock_in_doubt', '1 while no allow rule allows and nothing starts, for the clock.', [
      Number(doubt),
    ]),
    gauge('permission_slip_held', '1 while nothing is executed, since the database is not the one of the checkpoint.', [
      Number(ctx.held !== null),
    ]),
    gauge('permission_slip_writer_waiting', 'Works that wait for a transaction.', [writer.waiting]),
    gauge('permission_slip_writer_failed', '1 if the last transaction failed as a whole.', [
      Number(writer.failed !== null),
    ]),
    gauge('permission_slip_free_bytes', `Free where the data directory is; new requests need ${reserve}.`, [
      ctx.freeSpace(),
    ]),
    gauge('process_resident_memory_bytes', 'Resident memory of this process.', [rss]),
    {
      ...gauge('process_cpu_seconds_total', 'Processor time of this process.', [(user + system) / 1e6]),
      type: 'counter',
    },
    gauge('process_start_time_seconds', 'When this process started, seconds since 1970.', [
      Math.round(Date.now() / 1000 - process.uptime()),
    ]),
  ]
}
