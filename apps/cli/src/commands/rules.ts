import { newRule } from '@permission-slip/protocol/rule.ts'
import { personClient } from '../caller.ts'
import type { Command } from '../command.ts'
import { UsageError } from '../failure.ts'
import { allPages } from '../pages.ts'
import { parseJson, readFileOrStdin } from '../read-input.ts'
import { line, paint, table } from '../text.ts'

const list: Command = {
  words: ['rules', 'list'],
  args: [],
  options: {},
  about: 'every rule',
  run: async (given, context) => {
    const { rules } = personClient(given, context)
    const all = await allPages((cursor) => rules.list(cursor))
    const rows = all.items.map((r) => [
      line`${r.id}`,
      line`${paint(r.effect === 'allow' ? 'green' : 'yellow', r.enabled ? r.effect : `${r.effect} (off)`)}`,
      line`${r.connector}.${r.action}`,
      line`${r.name}`,
    ])
    return { json: all, text: rows.length === 0 ? 'No rules: every action asks.' : table(rows) }
  },
}

const add: Command = {
  words: ['rules', 'add'],
  args: [],
  options: { file: { type: 'string', value: 'F', required: true, about: 'the rule as JSON; - is stdin' } },
  about: 'adds a rule',
  run: async (given, context) => {
    const file = given.text('file') ?? ''
    const parsed = newRule.safeParse(parseJson(await readFileOrStdin(file), file))
    if (!parsed.success) {
      const issue = parsed.error.issues[0]
      throw new UsageError(`${file}: ${issue?.path.join('.') || 'the rule'}: ${issue?.message ?? 'is not right'}`)
    }
    const rule = await personClient(given, context).rules.add(parsed.data)
    return { json: rule, text: line`${rule.id}  ${rule.effect}  ${rule.connector}.${rule.action}  ${rule.name}` }
  },
}

const remove: Command = {
  words: ['rules', 'remove'],
  args: ['ID'],
  options: {},
  about: 'removes a rule',
  run: async (given, context) => {
    const id = given.args[0] ?? ''
    const answer = await personClient(given, context).rules.remove(id)
    return { json: answer ?? { id, removed: true }, text: line`Removed ${id}.` }
  },
}

export const commands: readonly Command[] = [list, add, remove]
