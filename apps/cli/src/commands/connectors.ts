import type { ConnectorDescription } from '@permission-slip/protocol/connector.ts'
import { eitherClient } from '../caller.ts'
import { agentOptions, type Command, type Given } from '../command.ts'
import { UsageError } from '../failure.ts'
import { parseObjectText } from '../read-input.ts'
import { safeJson } from '../terminal.ts'
import { line, paint, table } from '../text.ts'

const connectors: Command = {
  words: ['connectors'],
  args: ['ID?'],
  options: agentOptions,
  about: 'what may be asked for, or one connector in full',
  run: async (given, context) => {
    const client = await eitherClient(given, context)
    const id = given.args[0]
    if (id !== undefined) {
      const one = await client.connectors.get(id)
      return { json: one, text: describe(one) }
    }
    const all = await client.connectors.list()
    const rows = all.items.map((c) => [
      line`${paint('bold', c.id)}`,
      line`${c.name}`,
      line`${paint('dim', `${c.actions.length} actions`)}`,
    ])
    return {
      json: all,
      text: rows.length === 0 ? 'No connectors: the owner has not switched any on for this agent.' : table(rows),
    }
  },
}

function describe(connector: ConnectorDescription): string {
  const rows = connector.actions.map((a) => [
    line`  ${connector.id}.${paint('bold', a.id)}`,
    line`${a.effect}, ${a.risk}`,
    line`${a.title}`,
  ])
  const accounts = connector.connections.map((c) => line`  ${c.id}  ${c.label}`)
  return [
    line`${paint('bold', connector.name)}  ${connector.description}`,
    table(rows),
    ...(accounts.length > 0 ? ['Connections:', ...accounts] : []),
  ].join('\n')
}

const render: Command = {
  words: ['connectors', 'render'],
  args: ['CONNECTOR.ACTION?'],
  options: {
    params: { type: 'string', value: 'JSON', about: 'the parameters; without them, the action’s own example' },
    auth: { type: 'string', value: 'NAME', about: 'the way of signing in that decides the address' },
    all: { type: 'boolean', about: 'every action of every connector, from its own example' },
  },
  about: 'the exact requests, credential left out, nothing sent: one JSON object a line',
  run: async (given) => {
    const requests = await rendered(given)
    return { json: requests, text: requests.map((request) => safeJson(request)).join('\n') }
  },
}

async function rendered(given: Given) {
  const { renderAction, renderAll } = await import('@permission-slip/connectors/render.ts')
  const name = given.args[0]
  const auth = given.text('auth')
  const params = given.text('params')
  const place = auth === undefined ? {} : { auth }
  if (given.has('all')) {
    if (name !== undefined || params !== undefined)
      throw new UsageError('--all takes neither CONNECTOR.ACTION nor --params.')
    return renderAll(place)
  }
  const [connector = '', action = '', more] = (name ?? '').split('.')
  if (!connector || !action || more !== undefined)
    throw new UsageError('CONNECTOR.ACTION: expected a name like notebook.write, or --all.')
  return renderAction(connector, action, {
    ...place,
    ...(params === undefined ? {} : { params: parseObjectText(params, '--params') }),
  })
}

export const commands: readonly Command[] = [connectors, render]
