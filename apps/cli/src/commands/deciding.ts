import type { Action } from '@permission-slip/protocol/action.ts'
import { personClient } from '../caller.ts'
import type { Command, Outcome } from '../command.ts'
import { UsageError } from '../failure.ts'
import { allPages } from '../pages.ts'
import { parseObjectText } from '../read-input.ts'
import { showAction } from '../show.ts'
import { line, paint } from '../text.ts'

/** What was asked for was recorded: exit 0, whatever becomes of the action. */
const recorded = (action: Action): Outcome => ({ json: action, text: showAction(action) })

const approvals: Command = {
  words: ['approvals'],
  args: [],
  options: {},
  about: 'what waits for a person',
  run: async (given, context) => {
    const client = personClient(given, context)
    const all = await allPages((cursor) => client.approvals.list(cursor))
    const text = all.items.map((a) => {
      const said = a.reason ? line`\n  ${paint('dim', 'It says:')} ${a.reason}` : ''
      const account = a.connection_label ? ` (${a.connection_label})` : ''
      return (
        line`${paint('bold', a.id)}  ${a.agent_name}  ${a.connector}.${a.action}${account}  ${paint(a.risk === 'high' ? 'red' : 'dim', `${a.effect}, ${a.risk} risk`)}\n  ${a.summary.text}` +
        said
      )
    })
    return { json: all, text: text.length === 0 ? 'Nothing waits.' : text.join('\n') }
  },
}

const approve: Command = {
  words: ['approve'],
  args: ['ID'],
  options: { params: { type: 'string', value: 'JSON', about: 'other parameters: what runs is these' } },
  about: 'approves an action as it stands',
  run: async (given, context) => {
    const client = personClient(given, context)
    const id = given.args[0] ?? ''
    const edit = given.text('params')
    const params = edit === undefined ? {} : { params: parseObjectText(edit, '--params') }
    const { digest } = await client.approvals.get(id)
    return recorded(await client.approvals.approve(id, { digest, ...params }))
  },
}

const deny: Command = {
  words: ['deny'],
  args: ['ID'],
  options: { reason: { type: 'string', value: 'TEXT', about: 'why; the agent reads it' } },
  about: 'denies an action',
  run: async (given, context) => {
    const client = personClient(given, context)
    const id = given.args[0] ?? ''
    const reason = given.text('reason')
    const { digest } = await client.approvals.get(id)
    return recorded(await client.approvals.deny(id, { digest, ...(reason === undefined ? {} : { reason }) }))
  },
}

const settle: Command = {
  words: ['settle'],
  args: ['ID'],
  options: {
    happened: { type: 'boolean', about: 'it happened' },
    'did-not': { type: 'boolean', about: 'it did not' },
    note: { type: 'string', value: 'TEXT', about: 'how you know' },
  },
  about: 'says what became of an action whose outcome is unknown',
  run: async (given, context) => {
    const happened = given.has('happened')
    if (happened === given.has('did-not')) throw new UsageError('Say one of --happened and --did-not.')
    const note = given.text('note')
    const client = personClient(given, context)
    return recorded(
      await client.actions.settle(given.args[0] ?? '', { happened, ...(note === undefined ? {} : { note }) }),
    )
  },
}

const retry: Command = {
  words: ['retry'],
  args: ['ID'],
  options: {},
  about: 'asks for the same again: a new action with its own decision',
  run: async (given, context) => recorded(await personClient(given, context).actions.retry(given.args[0] ?? '')),
}

export const commands: readonly Command[] = [approvals, approve, deny, settle, retry]
