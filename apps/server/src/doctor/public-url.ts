import ipaddr from 'ipaddr.js'
import type { Config } from '../config/config.ts'
import { type Finding, note, well, wrong } from './finding.ts'

const check = 'public URL'
/** `[::1]` as an address is written elsewhere. */
const bare = (host: string): string => host.replace(/^\[|\]$/g, '')
const loopback = (host: string): boolean =>
  host === 'localhost' || (ipaddr.isValid(bare(host)) && ipaddr.process(bare(host)).range() === 'loopback')

/** Whether people, passkeys and links can use the address that the server gives as its own. */
export function lookAtPublicUrl(config: Pick<Config, 'publicUrl' | 'host' | 'port'>): Finding[] {
  return [...address(config), ...listening(config)]
}

function address({ publicUrl, port }: Pick<Config, 'publicUrl' | 'port'>): Finding[] {
  const url = new URL(publicUrl)
  const here = loopback(url.hostname)
  const asLocalhost = `PERMISSION_SLIP_PUBLIC_URL=${url.protocol}//localhost${url.port ? `:${url.port}` : ''}`
  if (url.protocol === 'http:' && !here)
    return [
      wrong(
        check,
        `${publicUrl} is plain http: passwords and sessions can be read on the way, and passkeys do not work.`,
        'Put something with TLS before the server (Tailscale, a reverse proxy), and set PERMISSION_SLIP_PUBLIC_URL to its https address.',
      ),
    ]
  if (ipaddr.isValid(bare(url.hostname)))
    return [
      wrong(
        check,
        `${publicUrl} is an address, not a name: passkeys do not work on an address.`,
        here ? `Set ${asLocalhost}.` : 'Give the machine a name, and set PERMISSION_SLIP_PUBLIC_URL to it.',
      ),
    ]
  if (!here) return [well(check, `${publicUrl}; passkeys belong to the name ${url.hostname}.`)]
  if (url.protocol === 'http:' && Number(url.port || 80) !== port)
    return [
      wrong(
        check,
        `${publicUrl} leads to another port than the one that the server listens on (${port}).`,
        `Set PERMISSION_SLIP_PUBLIC_URL=http://localhost:${port}, or leave it unset.`,
      ),
    ]
  return [
    note(
      check,
      `${publicUrl} is for this machine alone, and so are passkeys made there: no phone reaches it.`,
      'For other devices, put something with TLS before it, and set PERMISSION_SLIP_PUBLIC_URL before you make passkeys.',
    ),
  ]
}

function listening({ host, port }: Pick<Config, 'host' | 'port'>): Finding[] {
  if (loopback(host)) return []
  return [
    note(
      'listening',
      `It listens on ${host}:${port}, without TLS, for whoever reaches that port.`,
      'Leave PERMISSION_SLIP_HOST unset where a proxy on the same machine is all that has to reach it.',
    ),
  ]
}
