import {
  type AgentClient,
  createAgentClient,
  createPersonClient,
  type PersonClient,
} from '@permission-slip/client/client.ts'
import { signerOf } from '@permission-slip/client/keys.ts'
import type { Fetch } from '@permission-slip/client/transport.ts'
import type { Context, Given } from './command.ts'
import { failure, UsageError } from './failure.ts'
import { chooseProfile, type Profile, readProfiles } from './profiles.ts'

/** A connection for each request: Bun sends some requests a second time when a kept one closes under it. */
export const oneShot: Fetch = (url, init) => fetch(url, { ...init, keepalive: false })

/** The server's origin from `--url`, else the environment. */
export function serverUrl(given: Given, context: Context): string {
  return originOf(given.text('url') ?? context.env.url, given.has('url') ? '--url' : 'PERMISSION_SLIP_PUBLIC_URL')
}

export function originOf(text: string, name: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  const plain =
    url &&
    ['http:', 'https:'].includes(url.protocol) &&
    url.pathname === '/' &&
    url.search === '' &&
    url.hash === '' &&
    url.username === ''
  if (!plain) throw new UsageError(`${name}: expected an address like http://localhost:8080, got ${text}.`)
  return url.origin
}

export function personClient(given: Given, context: Context): PersonClient {
  const token = given.text('token') ?? context.env.token
  if (token === null)
    throw failure('unauthenticated', 'This needs a personal token: give --token, or set PERMISSION_SLIP_TOKEN.')
  return createPersonClient({ url: serverUrl(given, context), token, fetch: oneShot })
}

/** The agent that a command signs as. A bearer token (`psa_…`) given on the command line takes the key's place. */
export async function agentClient(
  given: Given,
  context: Context,
): Promise<{ client: AgentClient; profile: Profile | null }> {
  const token = given.text('token')
  if (token !== undefined)
    return { client: createAgentClient({ url: serverUrl(given, context), token, fetch: oneShot }), profile: null }
  const profile = profileOf(given, context)
  if (profile)
    return { client: createAgentClient({ url: profile.url, signer: await signerOf(profile), fetch: oneShot }), profile }
  if (context.env.token?.startsWith('psa_'))
    return {
      client: createAgentClient({ url: serverUrl(given, context), token: context.env.token, fetch: oneShot }),
      profile: null,
    }
  throw failure(
    'unauthenticated',
    `No agent is enrolled here for ${serverUrl(given, context)}. Ask the owner for a code, then: permission-slip agent enroll URL CODE`,
  )
}

/** For what agents and people may both do: as the agent, unless only a token is there. */
export async function eitherClient(
  given: Given,
  context: Context,
): Promise<Pick<AgentClient, 'actions' | 'connectors' | 'url'>> {
  const token = given.text('token')
  const hasProfile = token === undefined && profileOf(given, context) !== null
  return hasProfile || (token ?? context.env.token ?? 'psa_').startsWith('psa_')
    ? (await agentClient(given, context)).client
    : personAsEither(given, context)
}

function personAsEither(given: Given, context: Context): Pick<AgentClient, 'actions' | 'connectors' | 'url'> {
  const person = personClient(given, context)
  const submit = async () => {
    throw failure('forbidden', 'Only an agent submits.')
  }
  return { url: person.url, connectors: person.connectors, actions: { ...person.actions, submit } }
}

/** By `--url`; else by the environment's address if an agent is enrolled there; else the last one enrolled. */
function profileOf(given: Given, context: Context): Profile | null {
  const profiles = readProfiles(context.env.profileDir)
  const agent = given.text('agent')
  if (given.has('url')) return chooseProfile(profiles, { url: serverUrl(given, context), agent })
  const there = context.env.urlGiven ? profiles.filter(({ url }) => url === serverUrl(given, context)) : []
  return chooseProfile(there.length > 0 ? there : profiles, { url: null, agent })
}
