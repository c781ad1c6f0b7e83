import { argName, type Command, type Context, type Given, globalOptions, parseGiven, usageOf } from './command.ts'
import { groups, loadAll } from './commands/index.ts'
import type { Environment } from './environment.ts'
import { exitCodeOf, explained, problemOf, UsageError } from './failure.ts'
import { createTerminal, type Streams } from './terminal.ts'
import { line, paint, table } from './text.ts'

/** Runs one command line and says how it ended. Nothing is printed but here and by the command itself. */
export async function run(argv: readonly string[], streams: Streams, env: Environment): Promise<number> {
  const end = argv.indexOf('--')
  const json = (end < 0 ? argv : argv.slice(0, end)).includes('--json')
  const terminal = createTerminal(streams, { json, colour: env.colour })
  const context: Context = { terminal, env }
  let command: Command | null = null
  try {
    const first = argv[0]
    if (first === undefined) throw new UsageError('Which command?')
    if (['help', '--help', '-h'].includes(first)) return await help(context, argv.slice(1))
    if (first === '--version') return await version(context)
    command = await find(argv)
    const given = parseGiven(command, argv.slice(command.words.length))
    if (given.has('help')) {
      terminal.answer({ usage: usageOf(command), about: command.about }, describe(command))
      return 0
    }
    return await answer(command, given, context)
  } catch (error) {
    terminal.note(explained(error))
    if (error instanceof UsageError)
      terminal.note(
        command ? `Usage: ${usageOf(command)}` : 'Usage: permission-slip COMMAND …  (permission-slip help lists them)',
      )
    if (json) terminal.answer(problemOf(error), '')
    return exitCodeOf(error)
  }
}

async function answer(command: Command, given: Given, context: Context): Promise<number> {
  const outcome = await command.run(given, context)
  if (outcome === null) return 0
  context.terminal.answer(outcome.json, outcome.text)
  return outcome.exit ?? 0
}

/** The command whose words begin the line: the longest that fits. */
async function find(argv: readonly string[]): Promise<Command> {
  const load = Object.hasOwn(groups, argv[0] ?? '') ? groups[argv[0] ?? ''] : undefined
  if (!load) throw new UsageError(`There is no command "${argv[0] ?? ''}".`)
  const commands = await load()
  const fitting = commands.filter(({ words }) => words.every((word, i) => argv[i] === word))
  const longest = fitting.sort((a, b) => b.words.length - a.words.length)[0]
  if (longest) return longest
  const choices = commands.filter(({ words }) => words[0] === argv[0]).map(({ words }) => words.slice(1).join(' '))
  throw new UsageError(`permission-slip ${argv[0] ?? ''}: say which of ${choices.join(', ')}.`)
}

async function help(context: Context, words: readonly string[]): Promise<number> {
  const wanted = words.filter((word) => !word.startsWith('-'))
  const all = (await loadAll()).filter((command) => wanted.every((word, i) => command.words[i] === word))
  if (all.length === 0) throw new UsageError(`There is no command "${wanted.join(' ')}".`)
  const rows = all.map((command) => [
    line`  ${[...command.words, ...command.args.map(argName)].join(' ')}`,
    line`${paint('dim', command.about)}`,
  ])
  const text =
    wanted.length > 0
      ? all.map(describe).join('\n\n')
      : `Usage: permission-slip COMMAND …\n\n${table(rows)}\n\n${optionLines(globalOptions)}`
  context.terminal.answer({ commands: all.map((command) => ({ usage: usageOf(command), about: command.about })) }, text)
  return 0
}

const describe = (command: Command): string =>
  [`Usage: ${usageOf(command)}`, `  ${command.about}`, optionLines(command.options)]
    .filter((part) => part !== '')
    .join('\n')

const optionLines = (options: Command['options']): string =>
  table(Object.entries(options).map(([name, { value, about }]) => [`  --${name}${value ? ` ${value}` : ''}`, about]))

async function version(context: Context): Promise<number> {
  const { version } = (await import('../package.json')).default
  context.terminal.answer({ version }, `permission-slip ${version}`)
  return 0
}
