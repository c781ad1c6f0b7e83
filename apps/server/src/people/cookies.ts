/** Browsers keep a cookie for 400 days at most; the server ends a session that is not used long before. */
const maxAge = 400 * 86_400

/** On https the name itself makes the browser insist on Secure, this host only and Path=/ (RFC 6265bis, `__Host-`). */
export const cookieName = (tls: boolean): string => (tls ? '__Host-ps_session' : 'ps_session')

const line = (tls: boolean, value: string, age: number): string =>
  `${cookieName(tls)}=${value}; Path=/; Max-Age=${age}; HttpOnly; SameSite=Strict${tls ? '; Secure' : ''}`
export const sessionCookie = (tls: boolean, token: string): string => line(tls, token, maxAge)
export const endedCookie = (tls: boolean): string => line(tls, '', 0)

/**
 * The session's cookie out of a `cookie` header. Two of that name are none: another program on this host (all ports
 * share cookies) may have planted one.
 */
export function readCookie(header: string | undefined, tls: boolean): string | null {
  const name = `${cookieName(tls)}=`
  const found = (header ?? '')
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part.startsWith(name))
  const value = found.length === 1 ? found[0]?.slice(name.length) : undefined
  return value !== undefined && /^[A-Za-z0-9_-]{43}$/.test(value) ? value : null
}
