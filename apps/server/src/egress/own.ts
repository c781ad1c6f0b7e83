import net from 'node:net'
import os from 'node:os'
import { plainAddress } from './address.ts'
import type { Resolver } from './resolve.ts'

export interface HostPort {
  readonly host: string
  readonly port: number
}

/** This server itself: where it listens, the name it goes by, the database it keeps. Never an upstream. */
export interface Own {
  /** Is this one of our names with its port? */
  names(host: string, port: number): boolean
  /** Is this address, with this port, one that we listen on or keep our database at? */
  reaches(address: string, port: number): Promise<boolean>
}

export function makeOwn(parts: {
  /** Ports this server listens on; asked each time, since port 0 is settled late. */
  ports(): readonly number[]
  publicUrl: string
  database: HostPort | null
  resolver: Resolver
  /** Addresses of this machine; replaced in tests. */
  addresses?: () => readonly string[]
}): Own {
  const { ports, database, resolver } = parts
  const url = new URL(parts.publicUrl)
  const publicPort = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
  const publicHost = url.hostname.toLowerCase().replace(/^\[(.*)\]$/, '$1')
  const local = parts.addresses ?? machineAddresses

  const isHere = (address: string): boolean =>
    /^(127\.|0\.)/.test(address) || address === '::1' || address === '::' || local().includes(address)

  async function isDatabase(address: string, port: number): Promise<boolean> {
    if (!database || database.port !== port) return false
    const addresses = net.isIP(database.host) ? [database.host] : await resolver(database.host).catch(() => [])
    return addresses.map(plainAddress).some((one) => one === address || (isHere(one) && isHere(address)))
  }

  return {
    names: (host, port) =>
      (host === publicHost && port === publicPort) ||
      (database !== null && host === database.host.toLowerCase() && port === database.port),
    reaches: async (address, port) => (ports().includes(port) && isHere(address)) || (await isDatabase(address, port)),
  }
}

const machineAddresses = (): string[] =>
  Object.values(os.networkInterfaces()).flatMap((all) =>
    (all ?? []).map((one) => plainAddress(one.address.split('%')[0] ?? '')),
  )

/** Host and port of our own database, if it is a PostgreSQL server. */
export function databaseAddress(databaseUrl: string): HostPort | null {
  if (databaseUrl.startsWith('sqlite:')) return null
  const url = new URL(databaseUrl)
  return { host: url.hostname.replace(/^\[(.*)\]$/, '$1') || 'localhost', port: Number(url.port || 5432) }
}
