import type { AgentChange } from '@permission-slip/client/agents.ts'
import type { PersonClient } from '@permission-slip/client/client.ts'
import { type Access, type Agent, access as accessShape } from '@permission-slip/protocol/agent.ts'
import { personClient, serverUrl } from '../caller.ts'
import type { Command, CommandOption, Given, Outcome } from '../command.ts'
import { UsageError } from '../failure.ts'
import { allPages } from '../pages.ts'
import { parseJson, readFileOrStdin } from '../read-input.ts'
import { line, paint, table } from '../text.ts'
import { wordsOf } from './enroll.ts'

const named = (agent: Agent): string =>
  line`${agent.name}  ${paint('dim', agent.id)}  ${paint(agent.status === 'active' ? 'green' : 'yellow', agent.status)}`
const shown = (agent: Agent): Outcome => ({ json: agent, text: named(agent) })

const invite: Command = {
  words: ['agent', 'invite'],
  args: [],
  options: {},
  about: 'a code that enrols one agent, for 15 minutes',
  run: async (given, context) => {
    const invitation = await personClient(given, context).agents.invite()
    const how = `permission-slip agent enroll ${serverUrl(given, context)} ${invitation.code}`
    return { json: invitation, text: line`${paint('bold', invitation.code)}  until ${invitation.expires_at}\n  ${how}` }
  },
}

const list: Command = {
  words: ['agent', 'list'],
  args: [],
  options: {},
  about: 'every agent',
  run: async (given, context) => {
    const { agents } = personClient(given, context)
    const all = await allPages((cursor) => agents.list(cursor))
    const rows = all.items.map((a) => [
      line`${a.id}`,
      line`${paint(a.status === 'active' ? 'green' : 'yellow', a.status)}`,
      line`${a.name}`,
      a.held ? 'held: its code was used twice' : '',
    ])
    return {
      json: all,
      text: rows.length === 0 ? 'No agents. permission-slip agent invite makes a code for one.' : table(rows),
    }
  },
}

const confirm: Command = {
  words: ['agent', 'confirm'],
  args: ['ID'],
  options: {
    words: { type: 'string', value: 'TWO', about: 'the two words that the page would ask for, checked by the server' },
    name: { type: 'string', value: 'N', about: 'your name for it' },
  },
  about: 'lets an enrolled agent ask; prints its six words, which must be those that it printed',
  run: async (given, context) => {
    const { agents } = personClient(given, context)
    const id = given.args[0] ?? ''
    const before = await agents.get(id)
    const key = before.keys.find(({ status }) => status === 'unconfirmed') ?? before.keys[0]
    const words = key ? await wordsOf(key.public_key) : []
    const two = given
      .text('words')
      ?.trim()
      .split(/[\s,]+/)
    const name = given.text('name')
    if (two && two.length !== 2) throw new UsageError('--words: expected two words.')
    if (before.held)
      context.terminal.note(
        line`${paint('yellow', 'Its invite code was tried a second time by someone else.')} Look at the words.`,
      )
    const agent = await agents.confirm(id, { ...(two ? { words: two } : {}), ...(name === undefined ? {} : { name }) })
    const text = line`  ${paint('bold', words.join('  '))}\nIf the agent printed other words, it is not yours: permission-slip agent revoke ${id}`
    return { json: { ...agent, words }, text: `${named(agent)}\n${text}` }
  },
}

const set: Command = {
  words: ['agent', 'set'],
  args: ['ID'],
  options: {
    limit: {
      type: 'string',
      value: 'NAME=N',
      multiple: true,
      about: 'pending, submissions_per_second, long_polls, params_bytes, stored_bytes',
    },
    access: {
      type: 'string',
      value: 'FILE',
      about: 'JSON: [{connector, connections, actions}], or null for everything that is switched on',
    },
    name: { type: 'string', value: 'N', about: 'your name for it' },
    expiry: { type: 'string', value: 'SECONDS', about: 'how long its requests wait unless they say, or "never"' },
  },
  about: 'changes what an agent may do',
  run: async (given, context) => {
    const change = await changeOf(given)
    if (Object.keys(change).length === 0)
      throw new UsageError('Say what to change: --limit, --access, --name or --expiry.')
    const agent = await personClient(given, context).agents.change(given.args[0] ?? '', change)
    const limits = Object.entries(agent.limits).map(([name, n]) => [line`  ${name}`, String(n)])
    return { json: agent, text: `${named(agent)}\n${table(limits)}` }
  },
}

async function changeOf(given: Given): Promise<AgentChange> {
  const limits = given.texts('limit').map((text): [string, number] => {
    const [, name, n] = /^([a-z_]+)=(\d{1,15})$/.exec(text) ?? []
    if (name === undefined) throw new UsageError(`--limit: expected NAME=N such as pending=100, got ${text}.`)
    return [name, Number(n)]
  })
  const file = given.text('access')
  const name = given.text('name')
  const expiry = given.text('expiry')
  if (expiry !== undefined && expiry !== 'never' && !/^[1-9]\d{0,9}$/.test(expiry))
    throw new UsageError(`--expiry: expected seconds or "never", got ${expiry}.`)
  return {
    ...(limits.length === 0 ? {} : { limits: Object.fromEntries(limits) }),
    ...(file === undefined ? {} : { access: accessOf(await readFileOrStdin(file), file) }),
    ...(name === undefined ? {} : { name }),
    ...(expiry === undefined ? {} : { default_expiry: expiry === 'never' ? null : Number(expiry) }),
  }
}

function accessOf(bytes: Uint8Array, file: string): Access {
  const parsed = accessShape.safeParse(parseJson(bytes, file))
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new UsageError(`${file}: ${issue?.path.join('.') ?? ''} ${issue?.message ?? 'is not an access list'}`)
}

const token: Command = {
  words: ['agent', 'token'],
  args: ['ID'],
  options: { name: { type: 'string', value: 'N', about: 'what the token is for' } },
  about: 'a bearer token for an agent that can not sign; shown once',
  run: async (given, context) => {
    const made = await personClient(given, context).agents.token(
      given.args[0] ?? '',
      given.text('name') ?? 'command line',
    )
    return { json: made, text: line`${made.token}` }
  },
}

function verb(word: 'pause' | 'resume' | 'revoke', about: string): Command {
  const options: Record<string, CommandOption> = {}
  const run = (agents: PersonClient['agents'], id: string) => agents[word](id)
  return {
    words: ['agent', word],
    args: ['ID'],
    options,
    about,
    run: async (given, context) => shown(await run(personClient(given, context).agents, given.args[0] ?? '')),
  }
}

export const commands: readonly Command[] = [
  invite,
  list,
  confirm,
  set,
  token,
  verb('pause', 'stops an agent; what it asked for waits'),
  verb('resume', 'lets a paused agent go on'),
  verb('revoke', 'ends an agent for good'),
]
