import { NotSent } from '@permission-slip/connectors/kit/faults.ts'

/** An address taken apart; `target` is the rest as it was written, so that what was shown is what is sent. */
export interface Address {
  readonly secure: boolean
  /** Without brackets. */
  readonly host: string
  readonly port: number
  /** For the Host header: name, and port unless it is the scheme's own. */
  readonly authority: string
  readonly origin: string
  /** Path and query. */
  readonly target: string
}

const shape = /^(https?):\/\/([^/?#@\\\s]+)(\/[^#\\\s]*)?(\?[^#\\\s]*)?$/i

export function parseAddress(text: string): Address {
  const match = shape.exec(text)
  const head = match && `${match[1]}://${match[2]}`
  if (!match || !head || !URL.canParse(head)) throw new NotSent('The request has no usable address.')
  const url = new URL(head)
  const secure = url.protocol === 'https:'
  return {
    secure,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(url.port || (secure ? 443 : 80)),
    authority: url.host,
    origin: url.origin,
    target: `${match[3] ?? '/'}${match[4] ?? ''}`,
  }
}
