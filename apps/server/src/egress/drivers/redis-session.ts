import type net from 'node:net'
import { BadAnswer, NotSent, ServiceFault } from '@permission-slip/connectors/kit/faults.ts'
import type { Json } from '@permission-slip/protocol/json.ts'
import { hostPort } from '../address.ts'
import { connectTcp, secure, tlsModes } from '../connect.ts'
import { plainHost } from '../resolve.ts'
import { within } from '../within.ts'
import { encodeCommand, RedisError, ReplyReader } from './resp.ts'
import type { Session } from './session.ts'

export interface RedisSession {
  /** One command and its answer. Rejects with RedisError when the server refuses it. */
  send(command: readonly string[], args: readonly string[]): Promise<Json>
  close(): void
}

/**
 * A client of our own, since node-redis opens its own sockets, resolves names itself, and in version 6 may follow the
 * server to another address (maintenance notices). This one has a connected socket and one command on its way.
 */
export async function openRedisSession(session: Session): Promise<RedisSession> {
  const { account, deadline, guard, trust } = session
  const fields = account.connection?.fields ?? {}
  const host = plainHost(fields['host'] ?? '')
  const port = Number(fields['port'] || 6379)
  const mode = tlsModes.find((one) => one === (fields['tls'] || 'verify'))
  if (host === '' || !mode || !Number.isInteger(port))
    throw new NotSent('The connection has no host, port or TLS mode.')
  const to = await within(
    deadline,
    guard.check({ connector: account.connector.id, host, port, allowed: account.connection?.egressAllowed ?? [] }),
  )
  const tcp = await connectTcp(to, deadline)
  const socket = mode === 'disable' ? tcp : await secure(tcp, to, mode, deadline, trust)
  const line = talk(socket, session.maxBytes)
  const stop = deadline.onEnd((why) => socket.destroy(new Error(why)))
  const close = () => {
    stop()
    socket.destroy()
  }
  try {
    const password = account.secrets.get('password')?.reveal() ?? ''
    if (password !== '') await line(['AUTH'], fields['username'] ? [fields['username'], password] : [password])
    if (fields['database'] && fields['database'] !== '0') await line(['SELECT'], [fields['database']])
  } catch (error) {
    close()
    const message = session
      .clean(deadline.ended() ?? (error instanceof Error ? error.message : 'unknown'))
      .slice(0, 500)
    // Nothing of the action has been sent yet.
    if (error instanceof RedisError) throw new ServiceFault('credential_refused', `${hostPort(host, port)}: ${message}`)
    throw new NotSent(`${hostPort(host, port)}: no session: ${message}.`)
  }
  return { send: line, close }
}

/** Sends one command and waits for its one reply; another while it waits, or after the end, is refused unsent. */
function talk(socket: net.Socket, maxBytes: number): RedisSession['send'] {
  let busy = false
  let gone: Error | null = null
  socket.on('error', (error) => {
    gone ??= error
  })
  socket.on('close', () => {
    gone ??= new Error('the connection was closed')
  })
  return (command, args) => {
    if (busy || gone) throw new Error(busy ? 'one command at a time' : `the session has ended: ${gone?.message}`)
    busy = true
    const reader = new ReplyReader()
    let size = 0
    return new Promise<Json>((resolve, reject) => {
      const settle = (end: () => void) => {
        socket.off('data', onData).off('close', onEnd).off('end', onEnd)
        busy = false
        end()
      }
      const broken = (error: Error) =>
        settle(() => {
          gone ??= error
          socket.destroy()
          reject(error)
        })
      const onEnd = () => broken(gone ?? new Error('the connection was closed'))
      const onData = (part: Uint8Array) => {
        size += part.length
        if (size > maxBytes)
          return broken(new BadAnswer(`The answer is larger than ${maxBytes} bytes.`, 'answer_too_large'))
        try {
          const reply = reader.push(part)
          if (!reply) return
          if (reader.left() > 0) return broken(new Error('more came than was asked for'))
          settle(() => ('error' in reply ? reject(reply.error) : resolve(reply.value)))
        } catch (error) {
          broken(error instanceof Error ? error : new Error('unreadable'))
        }
      }
      socket.on('data', onData).on('close', onEnd).on('end', onEnd)
      const [name = '', ...rest] = command
      socket.write(encodeCommand(name, [...rest, ...args]))
    })
  }
}
