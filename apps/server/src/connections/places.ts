import { FieldFault, NotSent } from '@permission-slip/connectors/kit/faults.ts'
import { resolveOrigin } from '@permission-slip/connectors/kit/origin.ts'
import type { Connector } from '@permission-slip/connectors/kit/types.ts'
import { Refusal } from '@permission-slip/protocol/errors.ts'
import type { Context } from '../context.ts'
import { hostPort } from '../egress/address.ts'
import { plainHost } from '../egress/resolve.ts'
import { wrongFields } from './form.ts'

interface Place {
  readonly host: string
  readonly port: number
}

/** Where a connection with these fields would go: a driver's server, or the connector's origins. */
function placesOf(ctx: Context, connector: Connector, auth: string, fields: Readonly<Record<string, string>>): Place[] {
  if (connector.driver !== null) return [{ host: plainHost(fields['host'] ?? ''), port: Number(fields['port']) }]
  try {
    return Object.keys(connector.origins).map((name) => {
      const url = new URL(resolveOrigin(connector, name, fields, { auth, origins: ctx.config.origins }))
      return { host: plainHost(url.hostname), port: Number(url.port || (url.protocol === 'https:' ? 443 : 80)) }
    })
  } catch (error) {
    if (!(error instanceof FieldFault)) throw error
    throw wrongFields([
      { field: `fields.${error.field}`, expected: error.expected, got: fields[error.field] ?? 'nothing' },
    ])
  }
}

/** A name that does not resolve now is no secret address: egress looks again at every use. */
async function standing(ctx: Context, connector: Connector, place: Place, allowed: readonly string[]) {
  try {
    return await ctx.egress.guard.look({ connector: connector.id, ...place, allowed })
  } catch (error) {
    if (error instanceof NotSent && error.code === 'not_sent') return 'unresolved'
    throw error
  }
}

/**
 * The private addresses of a form that the owner said yes to, out of those in `allow`: exactly `host:port`. One that
 * nobody allowed is refused by name, so that the page can ask once; what can never be reached is refused whatever was said.
 */
export async function allowedPlaces(
  ctx: Context,
  connector: Connector,
  auth: string,
  fields: Readonly<Record<string, string>>,
  allow: readonly string[],
): Promise<string[]> {
  const places = placesOf(ctx, connector, auth, fields)
  const named = [...new Set(places.map((place) => hostPort(place.host, place.port)))]
  const stray = allow.filter((one) => !named.includes(one))
  if (stray.length > 0)
    throw wrongFields([
      {
        field: 'allow_private',
        expected: `only addresses of this form: ${named.join(', ')}`,
        got: stray.join(', ').slice(0, 200),
      },
    ])
  const asked: string[] = []
  for (const place of places) {
    const name = hostPort(place.host, place.port)
    if ((await standing(ctx, connector, place, allow)) === 'private') asked.push(name)
  }
  if (asked.length > 0)
    throw new Refusal(
      'egress_refused',
      `${[...new Set(asked)].join(', ')}: a private address. Allow exactly this for this connection?`,
      {
        more: { addresses: [...new Set(asked)] },
      },
    )
  return named.filter((name) => allow.includes(name))
}
