import { BadAnswer, NotSent, ServiceFault, Unanswered } from '@permission-slip/connectors/kit/faults.ts'
import type { RedisIo } from '@permission-slip/connectors/kit/io.ts'
import { redisCommands } from '@permission-slip/connectors/redis.ts'
import type { Json } from '@permission-slip/protocol/json.ts'
import { hostPort } from '../address.ts'
import { plainHost } from '../resolve.ts'
import { openRedisSession, type RedisSession } from './redis-session.ts'
import { BadResp, RedisError } from './resp.ts'
import type { Bound, Session } from './session.ts'

/** Commands of this closed list only, whoever asks: whatever is not on it never reaches the server. */
const listed = new Set<string>(redisCommands)

/** Redis for one action: a session of its own, one command at a time, nothing queued, nothing sent twice. */
export function openRedis(session: Session): Bound<RedisIo> {
  const { account, deadline, step } = session
  const fields = account.connection?.fields ?? {}
  const where = hostPort(plainHost(fields['host'] ?? ''), Number(fields['port'] || 6379))
  let opened: Promise<RedisSession> | null = null

  return {
    io: {
      async command(name, args): Promise<Json> {
        const command = name.toUpperCase()
        if (!listed.has(command))
          throw new ServiceFault(
            'service_refused',
            `The Redis command ${session.clean(name.slice(0, 40))} is not on the list of allowed ones.`,
          )
        await step('REDIS', where)
        if (deadline.ended() !== null) throw new NotSent(`Nothing was sent: ${deadline.ended()}.`)
        opened ??= openRedisSession(session)
        const redis = await opened
        try {
          return await redis.send(command.split(' '), args)
        } catch (error) {
          if (error instanceof RedisError) throw refused(session.clean(error.message).slice(0, 2000))
          if (error instanceof BadAnswer) throw error
          const why =
            deadline.ended() ?? (error instanceof Error ? session.clean(error.message) : 'the connection was lost')
          if (error instanceof BadResp)
            throw new Unanswered(`${where}: the command was sent; the answer can't be read: ${why}.`)
          throw new Unanswered(`${where}: the command was sent, and no whole answer came: ${why}.`, { cause: error })
        }
      },
    },
    async close() {
      const redis = await opened?.catch(() => null)
      redis?.close()
    },
  }
}

/** The server said no. A cluster's redirection is not followed: that address did not pass. */
function refused(message: string): ServiceFault {
  if (/^(MOVED|ASK) /.test(message))
    return new ServiceFault(
      'service_refused',
      `The key lives on another node of the cluster (${message}); connect that node.`,
    )
  if (/^(NOAUTH|WRONGPASS|NOPERM)\b/.test(message)) return new ServiceFault('credential_refused', message)
  const transient = /^(LOADING|BUSY|TRYAGAIN|CLUSTERDOWN|MASTERDOWN|OOM)\b/.test(message)
  return transient ? new ServiceFault('service_failed', message, true) : new ServiceFault('service_refused', message)
}
