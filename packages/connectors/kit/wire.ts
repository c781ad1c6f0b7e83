import { NotSent } from './faults.ts'
import { overrideOf, type Place, resolveOrigin } from './origin.ts'
import type { Action, Connector, Context, HttpRequest, WireRequest } from './types.ts'

/** True if the request may change something at the service. */
export const hasEffect = (action: Action | null, request: HttpRequest): boolean =>
  action !== null &&
  action.effect !== 'read' &&
  request.reads !== true &&
  request.method !== 'GET' &&
  request.method !== 'HEAD'

/** The key of one step: the action's own for the first, so that two steps of one action never share one. */
export const stepKey = (key: string, step: number): string => (step === 1 ? key : `${key}-${step}`)

/** A request with its whole address and headers, the credential still at home. */
export function toWire(
  connector: Connector,
  action: Action | null,
  request: HttpRequest,
  ctx: Context,
  step: number,
  place: Place = {},
): WireRequest {
  const where = action?.idempotency?.where ?? null
  const key = where !== null && hasEffect(action, request) ? stepKey(ctx.key, step) : null
  const handedOff = 'handoff' in request.to
  const headers: Record<string, string> = { accept: 'application/json' }
  // A hand-off is another service's address: our service's own headers have no business there.
  for (const [name, value] of Object.entries({ ...(handedOff ? {} : connector.headers), ...request.headers }))
    headers[name.toLowerCase()] = value
  if (key !== null && where?.startsWith('header:')) headers[where.slice('header:'.length)] = key
  for (const [name, value] of Object.entries(headers))
    if (!/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name) || /[^\t\u0020-\u007e\u0080-\u00ff]/.test(value))
      throw new NotSent(`the header ${JSON.stringify(name)} can not be sent as it is`)
  return {
    step,
    method: request.method,
    url: handedOff ? handoffUrl(connector, request.to, place) : ownUrl(connector, request, ctx, place),
    headers,
    body: request.body,
    credential: !handedOff,
    key,
    handoff: handedOff,
  }
}

function ownUrl(connector: Connector, request: HttpRequest, ctx: Context, place: Place): string {
  if (!('origin' in request.to)) throw new TypeError('not a request to an origin')
  const auth = place.auth ?? ctx.auth
  const origin = resolveOrigin(connector, request.to.origin, ctx.fields, {
    ...place,
    ...(auth === undefined ? {} : { auth }),
  })
  const text = origin + request.path
  const url = new URL(text)
  const path = text.slice(url.origin.length).split('?')[0]
  // What the URL parser would change (dots, slashes, a second host) is not what was checked and shown.
  if (!request.path.startsWith('/') || !text.startsWith(`${url.origin}/`) || url.pathname !== path || url.hash !== '')
    throw new NotSent(`the address ${origin}${path} is not a plain one`, 'egress_refused')
  return text
}

function handoffUrl(connector: Connector, to: HttpRequest['to'], place: Place): string {
  if (!('handoff' in to)) throw new TypeError('not a hand-off')
  const url = URL.canParse(to.handoff) ? new URL(to.handoff) : null
  if (url === null) throw new NotSent('the service handed over something that is no address', 'egress_refused')
  const host = url.hostname
  const listed = to.hosts.some((h) => (h.startsWith('*.') ? host.endsWith(h.slice(1)) : host === h))
  const plain = url.protocol === 'https:' && url.port === '' && url.username === '' && url.password === ''
  if ((listed && plain) || url.origin === originOf(overrideOf(connector.id, 'handoff', place.origins))) return url.href
  throw new NotSent(`the service handed over an address outside its own list: ${url.origin}`, 'egress_refused')
}
const originOf = (text: string | undefined): string | null =>
  text !== undefined && URL.canParse(text) ? new URL(text).origin : null
