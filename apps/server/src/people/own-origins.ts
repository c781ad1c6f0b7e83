import type { Config } from '../config/config.ts'

const loopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127\./.test(host)

/** The origins of our own pages: the public URL and, when bound to loopback, its names with the port. */
export function ownOrigins(config: Pick<Config, 'host' | 'port' | 'publicUrl'>): string[] {
  const names = loopback(config.host) ? ['localhost', '127.0.0.1', '[::1]'] : []
  return [...new Set([config.publicUrl, ...names.map((name) => new URL(`http://${name}:${config.port}`).origin)])]
}

/**
 * Whether a request came by the public https name, where the cookie may be bound to that host and to TLS. A caller who
 * only says so gains nothing: a session counts where it was opened, and the cookie of the https name never leaves it.
 */
export function overTls(publicUrl: string, headers: Record<string, string>): boolean {
  const name = new URL(publicUrl)
  const { host, 'x-forwarded-host': forwarded } = headers
  return name.protocol === 'https:' && [host, forwarded].some((said) => said?.toLowerCase() === name.host)
}
