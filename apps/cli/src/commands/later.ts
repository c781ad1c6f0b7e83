import type { Command, CommandOption } from '../command.ts'
import { failure } from '../failure.ts'

/** Commands whose work a later version brings. They take their arguments, so that a script learns the one true reason. */
const later = (
  words: string[],
  args: string[],
  about: string,
  options: Record<string, CommandOption> = {},
): Command => ({
  words,
  args,
  options,
  about: `${about} (not in this version)`,
  run: async () => {
    throw failure('not_available', `permission-slip ${words.join(' ')} is not in this version.`)
  },
})

export const commands: readonly Command[] = [
  later(['rules', 'test'], [], 'what a rule would have done', {
    file: { type: 'string', value: 'F', required: true, about: 'the rule as JSON' },
  }),
  later(['backup'], ['FILE'], 'a copy of everything, streamed to a file'),
  later(['restore'], ['FILE?'], 'a server from a backup', {
    'accept-rollback': { type: 'boolean', about: 'go on with a database that is behind its newest checkpoint' },
  }),
  later(['recover'], ['EMAIL'], 'a way back in for a person, on the server’s console'),
  later(['mcp'], [], 'the actions as MCP tools'),
]
