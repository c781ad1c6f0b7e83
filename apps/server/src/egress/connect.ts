import net from 'node:net'
import tls from 'node:tls'
import { NotSent } from '@permission-slip/connectors/kit/faults.ts'
import { hostPort } from './address.ts'
import type { Deadline } from './deadline.ts'
import type { Checked } from './resolve.ts'

/** How a driver's socket is protected. `require`: encrypted, the server unproved; `verify`: certificate and name too. */
export const tlsModes = ['disable', 'require', 'verify'] as const
export type TlsMode = (typeof tlsModes)[number]

/** A socket to the first address that takes it. Every one of them passed the guard; nothing else is ever tried. */
export async function connectTcp(to: Checked, deadline: Deadline): Promise<net.Socket> {
  let last: unknown
  for (const address of to.addresses) {
    try {
      return await connectOne(address, to.port, deadline)
    } catch (error) {
      last = error
      if (deadline.ended() !== null) break
    }
  }
  throw new NotSent(`${hostPort(to.host, to.port)} can't be reached: ${reason(last)}.`, 'not_sent', { cause: last })
}

function connectOne(address: string, port: number, deadline: Deadline): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host: address, port, family: net.isIP(address) })
    const settle = (error: Error | null) => {
      stop()
      socket.removeAllListeners('connect').removeAllListeners('error').removeAllListeners('close')
      if (!error) return resolve(socket)
      socket.on('error', () => {}) // it was given up
      socket.destroy()
      reject(error)
    }
    const stop = deadline.onEnd((why) => settle(new Error(why)))
    socket.once('connect', () => settle(null))
    socket.once('error', settle)
    socket.once('close', () => settle(new Error('the connection was closed')))
  })
}

/** TLS over a connected socket, by the name that was asked for. Nothing of the request has been sent when it fails. */
export function secure(
  socket: net.Socket,
  to: Checked,
  mode: Exclude<TlsMode, 'disable'>,
  deadline: Deadline,
  trust: readonly string[],
): Promise<tls.TLSSocket> {
  return new Promise((resolve, reject) => {
    const secured = tls.connect({
      socket,
      // The name is what the certificate must be for; an address is no server name (RFC 6066).
      host: to.host,
      ...(net.isIP(to.host) ? {} : { servername: to.host }),
      rejectUnauthorized: mode === 'verify',
      minVersion: 'TLSv1.2',
      ...(trust.length > 0 ? { ca: [...tls.rootCertificates, ...trust] } : {}),
    })
    const settle = (error: Error | null) => {
      stop()
      secured.removeAllListeners('secureConnect').removeAllListeners('error').removeAllListeners('close')
      if (!error) return resolve(secured)
      secured.on('error', () => {})
      secured.destroy()
      socket.destroy()
      reject(
        new NotSent(`${hostPort(to.host, to.port)}: no secure connection: ${reason(error)}.`, 'not_sent', {
          cause: error,
        }),
      )
    }
    const stop = deadline.onEnd((why) => settle(new Error(why)))
    secured.once('secureConnect', () => settle(null))
    secured.once('error', settle)
    secured.once('close', () => settle(new Error('the connection was closed')))
  })
}

/** Why a connection failed, in few words; the system's own. */
export function reason(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const code = 'code' in error && typeof error.code === 'string' ? error.code : null
  return known[code ?? ''] ?? (code ? `${code} (${error.message})` : error.message).slice(0, 300)
}
const known: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  EHOSTUNREACH: 'no way to the host',
  ENETUNREACH: 'no way to the network',
  ETIMEDOUT: 'it does not answer',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is self-signed',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate comes from nobody we trust',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate comes from nobody we trust',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
}
