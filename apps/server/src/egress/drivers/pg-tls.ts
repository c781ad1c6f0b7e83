import type net from 'node:net'
import { NotSent } from '@permission-slip/connectors/kit/faults.ts'
import { hostPort } from '../address.ts'
import { secure, type TlsMode } from '../connect.ts'
import type { Deadline } from '../deadline.ts'
import type { Checked } from '../resolve.ts'

/** PostgreSQL's SSLRequest: length 8, code 80877103. Answered by one byte, `S` or `N`, and nothing behind it. */
const sslRequest = new Uint8Array([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f])

/** Asks the server for TLS and makes it. A server without TLS is not spoken to: no falling back. */
export async function securePg(
  socket: net.Socket,
  to: Checked,
  mode: Exclude<TlsMode, 'disable'>,
  deadline: Deadline,
  trust: readonly string[],
): Promise<net.Socket> {
  const answer = await ask(socket, to, deadline)
  if (answer === 'S') return secure(socket, to, mode, deadline, trust)
  socket.destroy()
  throw new NotSent(
    answer === 'N'
      ? `${hostPort(to.host, to.port)}: the server has no TLS; the connection asks for it (tls: ${mode}).`
      : `${hostPort(to.host, to.port)}: that is no PostgreSQL server.`,
  )
}

function ask(socket: net.Socket, to: Checked, deadline: Deadline): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => {
      done()
      socket.on('error', () => {})
      socket.destroy()
      reject(new NotSent(`${hostPort(to.host, to.port)}: ${why}.`))
    }
    const onData = (part: Uint8Array) => {
      // More than one byte would be something slipped in before the encryption began (CVE-2021-23222).
      const text = part.length === 1 ? String.fromCharCode(part[0] ?? 0) : '?'
      done()
      socket.pause()
      resolve(text)
    }
    const onError = (error: Error) => fail(error.message)
    const onClose = () => fail('the connection was closed')
    const done = () => {
      stop()
      socket.off('data', onData).off('error', onError).off('close', onClose)
    }
    const stop = deadline.onEnd(fail)
    socket.on('data', onData).on('error', onError).on('close', onClose)
    socket.write(sslRequest)
  })
}
