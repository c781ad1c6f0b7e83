import { type ParseArgsConfig, parseArgs } from 'node:util'
import type { Environment } from './environment.ts'
import { UsageError } from './failure.ts'
import type { Terminal } from './terminal.ts'

export interface CommandOption {
  readonly type: 'string' | 'boolean'
  /** How the value is named in the usage line; none for a switch. */
  readonly value?: string
  readonly multiple?: boolean
  readonly required?: boolean
  readonly about: string
}

/** What a command came to. `exit` is 0 unless it says otherwise. */
export interface Outcome {
  readonly json: unknown
  readonly text: string
  readonly exit?: number
}

/** One command. Its words and its usage stand here and nowhere else. */
export interface Command {
  /** `['agent', 'invite']` */
  readonly words: readonly string[]
  /** Positional arguments; one that ends in `?` may be left out. */
  readonly args: readonly string[]
  readonly options: Readonly<Record<string, CommandOption>>
  readonly about: string
  /** Null: it has written its answer itself. */
  run(given: Given, context: Context): Promise<Outcome | null>
}

export interface Context {
  readonly terminal: Terminal
  readonly env: Environment
}

/** Every command takes these. */
export const globalOptions: Readonly<Record<string, CommandOption>> = {
  json: { type: 'boolean', about: 'one JSON document on stdout, never a question' },
  url: { type: 'string', value: 'URL', about: 'the server (PERMISSION_SLIP_PUBLIC_URL, else http://localhost:8080)' },
  token: { type: 'string', value: 'TOKEN', about: 'a personal token (PERMISSION_SLIP_TOKEN)' },
  help: { type: 'boolean', about: 'how a command is used' },
}
/** For commands that sign as an agent. */
export const agentOptions: Readonly<Record<string, CommandOption>> = {
  agent: { type: 'string', value: 'NAME', about: 'which of several enrolled agents (else the last one)' },
}

/** The arguments as given, read by name. */
export interface Given {
  readonly args: readonly string[]
  has(option: string): boolean
  text(option: string): string | undefined
  texts(option: string): readonly string[]
}

export function parseGiven(command: Command, argv: readonly string[]): Given {
  const declared = { ...globalOptions, ...command.options }
  const options: NonNullable<ParseArgsConfig['options']> = {}
  for (const [name, { type, multiple }] of Object.entries(declared))
    options[name] = { type, multiple: multiple === true }
  const { values, positionals } = parsed(argv, options)
  const most = command.args.length
  const least = command.args.filter((name) => !name.endsWith('?')).length
  if (values['help'] !== true) {
    const missing = command.args[positionals.length]
    if (positionals.length < least && missing !== undefined) throw new UsageError(`${missing} is missing.`)
    if (positionals.length > most) throw new UsageError(`"${positionals[most] ?? ''}" is one argument too many.`)
    for (const [name, option] of Object.entries(declared))
      if (option.required && values[name] === undefined) throw new UsageError(`--${name} is missing.`)
  }
  const text = (option: string): string | undefined => {
    const value = values[option]
    return typeof value === 'string' ? value : undefined
  }
  return {
    args: positionals,
    has: (option) => values[option] === true || values[option] !== undefined,
    text,
    texts: (option) => {
      const value = values[option]
      return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
    },
  }
}

function parsed(argv: readonly string[], options: NonNullable<ParseArgsConfig['options']>) {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true, strict: true })
  } catch (cause) {
    // Its messages name the option; what follows the first sentence is about other programs' habits.
    if (cause instanceof TypeError && 'code' in cause)
      throw new UsageError(`${cause.message.split(/\. |\n/)[0]?.replace(/\.$/, '')}.`)
    throw cause
  }
}

/** A whole number from an option. */
export function wholeNumber(given: Given, option: string, least: number, most: number): number | undefined {
  const text = given.text(option)
  if (text === undefined) return undefined
  if (!/^\d{1,15}$/.test(text) || Number(text) < least || Number(text) > most)
    throw new UsageError(`--${option}: expected a whole number from ${least} to ${most}, got ${text}.`)
  return Number(text)
}

/** How an argument is shown: in brackets if it may be left out. */
export const argName = (name: string): string => (name.endsWith('?') ? `[${name.slice(0, -1)}]` : name)

export function usageOf(command: Command): string {
  const args = command.args.map(argName)
  const options = Object.entries(command.options).map(([name, { value, required, multiple }]) => {
    const shown = `--${name}${value ? ` ${value}` : ''}`
    return required ? shown : `[${shown}]${multiple ? '…' : ''}`
  })
  return ['permission-slip', ...command.words, ...args, ...options].join(' ')
}
