import type { Connection, ConnectionCheck } from '@permission-slip/protocol/connection.ts'
import { personClient } from '../caller.ts'
import type { Command } from '../command.ts'
import { UsageError } from '../failure.ts'
import { allPages } from '../pages.ts'
import { parseJsonObject, readStdin } from '../read-input.ts'
import { line, paint, table } from '../text.ts'

const add: Command = {
  words: ['connections', 'add'],
  args: ['CONNECTOR'],
  options: {
    label: { type: 'string', value: 'L', required: true, about: 'what people call it, such as ada@example.org' },
    'fields-stdin': {
      type: 'boolean',
      required: true,
      about: 'the form’s fields as a JSON object on stdin, secrets included',
    },
    auth: { type: 'string', value: 'NAME', about: 'which way of signing in, if there are several' },
    'allow-private': {
      type: 'string',
      value: 'HOST:PORT',
      multiple: true,
      about: 'a private address that this connection may reach',
    },
  },
  about: 'adds an account of a service',
  run: async (given, context) => {
    const { connections } = personClient(given, context)
    const fields = Object.entries(parseJsonObject(await readStdin(), 'stdin')).map(
      ([name, value]): [string, string] => {
        if (typeof value === 'string') return [name, value]
        if (typeof value === 'number' || typeof value === 'boolean') return [name, String(value)]
        throw new UsageError(`stdin: ${name}: expected text.`)
      },
    )
    const auth = given.text('auth')
    const allowed = given.texts('allow-private')
    const made = await connections.add({
      connector: given.args[0] ?? '',
      label: given.text('label') ?? '',
      fields: Object.fromEntries(fields),
      ...(auth === undefined ? {} : { auth }),
      ...(allowed.length === 0 ? {} : { allow_private: [...allowed] }),
    })
    return { json: made, text: [named(made), ...checkLines(made.check)].join('\n') }
  },
}

const named = (c: Connection): string =>
  line`${c.connector}  ${c.label}  ${paint('dim', c.id)}  ${paint(c.status === 'active' ? 'green' : 'yellow', c.status)}`

function checkLines(check: ConnectionCheck | null): string[] {
  if (!check) return []
  const said = check.ok
    ? line`  ${paint('green', 'works')}${check.account ? ` as ${check.account}` : ''}`
    : line`  ${paint('red', check.error?.code ?? 'failed')}  ${check.error?.message ?? ''}`
  return [said, ...check.warnings.map((warning) => line`  ${paint('yellow', 'warning')}  ${warning}`)]
}

const list: Command = {
  words: ['connections', 'list'],
  args: [],
  options: {},
  about: 'every connection',
  run: async (given, context) => {
    const { connections } = personClient(given, context)
    const all = await allPages((cursor) => connections.list(cursor))
    const rows = all.items.map((c) => [
      line`${c.id}`,
      line`${c.connector}`,
      line`${c.label}`,
      line`${paint(c.status === 'active' ? 'green' : 'yellow', c.status)}`,
    ])
    return { json: all, text: rows.length === 0 ? 'No connections.' : table(rows) }
  },
}

const test: Command = {
  words: ['connections', 'test'],
  args: ['ID'],
  options: {},
  about: 'asks the service whether the credential works, and whose account it is',
  run: async (given, context) => {
    const check = await personClient(given, context).connections.test(given.args[0] ?? '')
    return { json: check, text: checkLines(check).join('\n') }
  },
}

const remove: Command = {
  words: ['connections', 'remove'],
  args: ['ID'],
  options: {},
  about: 'forgets an account and erases its credential',
  run: async (given, context) => {
    const id = given.args[0] ?? ''
    const answer = await personClient(given, context).connections.remove(id)
    return { json: answer ?? { id, removed: true }, text: line`Removed ${id}.` }
  },
}

export const commands: readonly Command[] = [add, list, test, remove]
