import { randomUUID } from 'node:crypto'
import net from 'node:net'
import { rebindPending } from './actions/rebind.ts'
import { recover } from './actions/recover.ts'
import { CannotStart } from './bootstrap.ts'
import { parseConfig } from './config/config.ts'
import { ConfigError } from './config/error.ts'
import { type Context, makeContext, type Outside } from './context.ts'
import { forgetCopy, rememberCopy } from './copies.ts'
import { DataDirBusy } from './data-dir.ts'
import { NewerSchema } from './db/migrate.ts'
import { lookAtUser, userOf } from './doctor/user.ts'
import { sweepUploads } from './files/sweep.ts'
import { makeApp } from './http/app.ts'
import { startJobs } from './jobs/index.ts'

declare const PERMISSION_SLIP_BUILT_AT: number | undefined
/** When this executable was built, milliseconds since 1970; 0 when it runs from source. */
export const builtAt: number = typeof PERMISSION_SLIP_BUILT_AT === 'number' ? PERMISSION_SLIP_BUILT_AT : 0

export interface Running {
  readonly ctx: Context
  /** Where it listens. */
  readonly url: string
  /** The one-time set-up link, while there is no owner. */
  readonly setupUrl: string | null
  stop(): Promise<void>
}

/**
 * Starts a server: database, keys, recovery, jobs, port, in this order. The set-up link is handed to `announce` before
 * the port opens, so that whoever sees the port has the link.
 */
export async function serve(
  env: Record<string, string | undefined>,
  outside: Outside & { announce?: (line: string) => void } = {},
): Promise<Running> {
  const config = parseConfig(await withPort(env))
  const ctx = await makeContext(config, outside)
  try {
    await rememberCopy(ctx)
    await sweepUploads(ctx)
    const announce = async (): Promise<string | null> => {
      const setup = await ctx.people.setupToken()
      if (!setup) return null
      const link = `${config.publicUrl}/setup?token=${setup.token}`
      outside.announce?.(`Open this link once to become the owner: ${link}`)
      return link
    }
    const setupUrl = await announce()
    // Whoever runs programs as this user owns the keys: said at every start, not only to who runs doctor.
    const [user] = process.getuid ? lookAtUser(userOf(process.getuid()), []) : []
    if (user && user.state !== 'well') outside.announce?.(user.say)
    await ctx.database.listen(() => ctx.hub.announceAll())
    if (ctx.held === null) {
      await rebindPending(ctx)
      await recover(ctx, true)
    }
    const app = makeApp(ctx)
    const server = Bun.serve({
      hostname: config.host,
      port: config.port,
      idleTimeout: 255,
      maxRequestBodySize: 64 * 1024 * 1024,
      fetch: (request, bun) => app.fetch(request, { address: bun.requestIP(request)?.address ?? '' }),
      error(error) {
        const request = randomUUID()
        ctx.logger.error({ err: error, request }, 'a request failed before it was understood')
        return new Response(null, { status: 500, headers: { 'x-request-id': request } })
      },
    })
    const stopJobs = startJobs(ctx)
    ctx.logger.info(
      { url: config.publicUrl, copy: ctx.copy, log: ctx.keys.origin, log_key: ctx.keys.log.publicKey },
      'listening',
    )
    // A link is good for an hour; while there is no owner a new one follows it.
    const renew = async () => {
      try {
        if ((await announce()) === null) clearInterval(renewal)
      } catch (error) {
        ctx.logger.error({ err: error }, 'no new set-up link')
      }
    }
    const renewal = setupUrl ? setInterval(renew, 3_500_000) : undefined
    return {
      ctx,
      url: `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${config.port}`,
      setupUrl,
      async stop() {
        clearInterval(renewal)
        // No new requests; what runs ends or is left to recovery; then the files close.
        const closing = server.stop(false)
        await stopJobs()
        await ctx.executor.drain(20_000)
        ctx.hub.close()
        await Promise.race([closing, new Promise((resolve) => setTimeout(resolve, 1000))])
        await server.stop(true)
        await ctx.checkpointer.checkpoint().catch(() => {})
        await forgetCopy(ctx)
        await ctx.close()
      },
    }
  } catch (error) {
    await ctx.close()
    throw error
  }
}

/** Port 0 is any free one: it must be known before links and names are made of it. */
async function withPort(env: Record<string, string | undefined>): Promise<Record<string, string | undefined>> {
  if (env['PERMISSION_SLIP_PORT'] !== '0') return env
  const port = await new Promise<number>((resolve, reject) => {
    const probe = net.createServer()
    probe.on('error', reject)
    probe.listen(0, env['PERMISSION_SLIP_HOST'] || '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
  return { ...env, PERMISSION_SLIP_PORT: String(port) }
}

/** Whether a start was refused for a reason that the operator can mend: then its message is the whole story. */
export const isStartRefusal = (cause: unknown): cause is Error =>
  cause instanceof CannotStart ||
  cause instanceof ConfigError ||
  cause instanceof DataDirBusy ||
  cause instanceof NewerSchema ||
  (cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE')
