import { newIdempotencyKey, type Submit } from '@permission-slip/client/actions.ts'
import type { AgentClient } from '@permission-slip/client/client.ts'
import { canonical } from '@permission-slip/protocol/canonical.ts'
import { connectionId } from '@permission-slip/protocol/ids.ts'
import { agentClient, eitherClient } from '../caller.ts'
import { agentOptions, type Command, type Given, type Outcome, wholeNumber } from '../command.ts'
import { failure, UsageError } from '../failure.ts'
import { parseObjectText } from '../read-input.ts'
import { exitCodeOfAction, showAction } from '../show.ts'
import { line } from '../text.ts'
import { withKey } from '../tries.ts'

type Action = Awaited<ReturnType<AgentClient['actions']['get']>>
const shown = (action: Action): Outcome => ({ json: action, text: showAction(action), exit: exitCodeOfAction(action) })
const longest = 7 * 86_400
const wait = { type: 'string', value: 'SECONDS', about: 'how long to wait for the outcome (0 unless given)' } as const

const submit: Command = {
  words: ['submit'],
  args: ['CONNECTOR.ACTION'],
  options: {
    params: { type: 'string', value: 'JSON', about: 'the parameters ({} unless given)' },
    connection: { type: 'string', value: 'C', about: 'which account: its id or its label' },
    reason: { type: 'string', value: 'TEXT', about: 'why, in the agent’s words' },
    wait,
    'expires-in': { type: 'string', value: 'SECONDS', about: 'until nobody can approve it any more, or "never"' },
    'idempotency-key': { type: 'string', value: 'K', about: 'one for each thing that is to happen' },
    ...agentOptions,
  },
  about: 'asks for an action, as the agent',
  run: async (given, context) => {
    const seconds = wholeNumber(given, 'wait', 0, longest) ?? 0
    const asked = submissionOf(given)
    const { client, profile } = await agentClient(given, context)
    const submission = await withConnection(asked, given.text('connection'), client)
    const options = { wait: seconds, ...(seconds === 0 ? {} : { retries: 5 }) }
    const ownKey = given.text('idempotency-key')
    if (ownKey !== undefined) {
      if (!/^[\x21-\x7e]{1,255}$/.test(ownKey))
        throw new UsageError('--idempotency-key: expected 1 to 255 visible characters.')
      return shown(await client.actions.submit(submission, { ...options, idempotencyKey: ownKey }))
    }
    const { reason: _words, ...request } = submission
    const identity = canonical({
      url: client.url,
      key: profile?.keyid ?? given.text('token') ?? '',
      request: JSON.parse(JSON.stringify(request)),
    })
    const action = await withKey(context.env.profileDir, identity, newIdempotencyKey, (idempotencyKey, continued) => {
      if (continued)
        context.terminal.note('Going on with an earlier try of the same request, which was never answered.')
      return client.actions.submit(submission, { ...options, idempotencyKey })
    })
    return shown(action)
  },
}

/** All of it but the connection, whose label only the server knows. */
function submissionOf(given: Given): Submit {
  const [connector = '', action = '', more] = (given.args[0] ?? '').split('.')
  if (!connector || !action || more !== undefined)
    throw new UsageError(`CONNECTOR.ACTION: expected a name like notebook.write, got ${given.args[0] ?? ''}.`)
  const reason = given.text('reason')
  const expires = given.text('expires-in')
  const seconds = expires === 'never' ? null : wholeNumber(given, 'expires-in', 1, 10 * 365 * 86_400)
  return {
    connector,
    action,
    params: parseObjectText(given.text('params') ?? '{}', '--params'),
    ...(reason === undefined ? {} : { reason }),
    ...(seconds === undefined ? {} : { expires_in: seconds }),
  }
}

async function withConnection(asked: Submit, named: string | undefined, client: AgentClient): Promise<Submit> {
  return named === undefined ? asked : { ...asked, connection: await connectionOf(client, asked.connector, named) }
}

/** A connection by its id, or by its label if one has that. */
async function connectionOf(client: AgentClient, connector: string, named: string) {
  const asId = connectionId.safeParse(named)
  if (asId.success) return asId.data
  const { connections } = await client.connectors.get(connector)
  const [first, ...others] = connections.filter(({ label }) => label === named)
  if (first && others.length === 0) return connectionId.parse(first.id)
  const known = connections.map(({ id, label }) => `${id} (${label})`).join(', ') || 'none'
  throw failure(
    'connection_required',
    `--connection: ${first ? `several are labelled "${named}"` : `none is labelled "${named}"`}. There are: ${known}.`,
  )
}

const status: Command = {
  words: ['status'],
  args: ['ID'],
  options: { wait, ...agentOptions },
  about: 'how an action stands',
  run: async (given, context) => {
    const seconds = wholeNumber(given, 'wait', 0, longest) ?? 0
    return shown(await (await eitherClient(given, context)).actions.get(given.args[0] ?? '', { wait: seconds }))
  },
}

const cancel: Command = {
  words: ['cancel'],
  args: ['ID'],
  options: agentOptions,
  about: 'withdraws an action that has not started',
  run: async (given, context) => {
    const action = await (await eitherClient(given, context)).actions.cancel(given.args[0] ?? '')
    return {
      json: action,
      text: `${showAction(action)}${action.status === 'cancelled' ? '' : line`\n  It is ${action.status}.`}`,
    }
  },
}

export const commands: readonly Command[] = [submit, status, cancel]
