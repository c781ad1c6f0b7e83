import fs from 'node:fs'
import path from 'node:path'
import { createPersonClient } from '@permission-slip/client/client.ts'
import { Unreachable } from '@permission-slip/client/errors.ts'
import { askPassword } from '../ask-password.ts'
import { oneShot, serverUrl } from '../caller.ts'
import type { Command, Context, Given } from '../command.ts'
import { failure, UsageError } from '../failure.ts'
import { readStdin } from '../read-input.ts'
import { line, paint } from '../text.ts'

const setup: Command = {
  words: ['setup'],
  args: [],
  options: {
    email: { type: 'string', value: 'E', required: true, about: 'the owner’s e-mail address' },
    name: { type: 'string', value: 'N', required: true, about: 'the owner’s name' },
    'password-stdin': { type: 'boolean', about: 'the password on stdin, its newline dropped' },
  },
  about: 'the first owner, without a browser, on the server’s own machine; prints a personal token',
  run: async (given, context) => {
    const email = given.text('email') ?? ''
    const name = given.text('name') ?? ''
    const password = await passwordOf(given.has('password-stdin'), context)
    const { person, token, log_key, log_origin } = await madeBy(given, context, { email, name, password })
    const text = line`${paint('green', 'Done.')} ${person.name} is the owner.

Your personal token, shown once:
  export PERMISSION_SLIP_TOKEN=${token}

The log's key, to pin it when the log is verified (log verify --key):
  ${log_key}`
    return { json: { person, token, log_key, log_origin }, text }
  },
}

type Owner = { email: string; name: string; password: string }

/** By the running server; if none runs, by one that starts for this alone and holds the data directory meanwhile. */
async function madeBy(given: Given, context: Context, owner: Owner) {
  const token = setupToken(context)
  try {
    if (token !== null) return await setUp(serverUrl(given, context), token, owner)
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error
  }
  return offline(context, owner)
}

const setUp = (url: string, token: string, owner: Owner) =>
  createPersonClient({ url, token: null, fetch: oneShot }).people.setup({ token, ...owner })

async function offline(context: Context, owner: Owner) {
  const { serve } = await import('@permission-slip/server/serve.ts')
  const { DataDirBusy } = await import('@permission-slip/server/data-dir.ts')
  const here = { PERMISSION_SLIP_HOST: '127.0.0.1', PERMISSION_SLIP_PORT: '0', PERMISSION_SLIP_LOG_LEVEL: 'silent' }
  const server = await serve({ ...context.env.all, ...here }).catch((cause: unknown) => {
    if (!(cause instanceof DataDirBusy)) throw cause
    const file = path.join(context.env.dataDir, 'setup-token')
    const why = fs.existsSync(file) ? 'does not answer at --url' : 'has an owner already'
    throw failure('setup_done', `A server holds ${context.env.dataDir} and ${why}.`, cause)
  })
  try {
    const token = server.setupUrl === null ? null : new URL(server.setupUrl).searchParams.get('token')
    if (token === null) throw failure('setup_done', 'There is an owner already.')
    return await setUp(server.url, token, owner)
  } finally {
    await server.stop()
  }
}

/** A running server leaves it in its data directory, readable for its own user alone, until there is an owner. */
function setupToken(context: Context): string | null {
  const file = path.join(context.env.dataDir, 'setup-token')
  try {
    return fs.readFileSync(file, 'utf8').trim()
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : null
    if (code === 'ENOENT') return null
    throw failure('forbidden', `${file} can't be read (${String(code)}). Run this as the server's user.`, cause)
  }
}

async function passwordOf(fromStdin: boolean, context: Context): Promise<string> {
  if (!fromStdin) {
    if (!context.terminal.interactive)
      throw new UsageError('--password-stdin is missing: without a terminal the password comes from stdin.')
    return askPassword(context.terminal)
  }
  const password = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
    .decode(await readStdin())
    .replace(/\r?\n$/, '')
  if (password === '') throw new UsageError('The password on stdin is empty.')
  return password
}

export const commands: readonly Command[] = [setup]
