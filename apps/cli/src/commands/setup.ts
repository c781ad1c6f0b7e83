import fs from 'node:fs'
import path from 'node:path'
import { createPersonClient } from '@permission-slip/client/client.ts'
import { askPassword } from '../ask-password.ts'
import { oneShot, serverUrl } from '../caller.ts'
import type { Command, Context } from '../command.ts'
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
    const token = setupToken(context)
    const password = await passwordOf(given.has('password-stdin'), context)
    const client = createPersonClient({ url: serverUrl(given, context), token: null, fetch: oneShot })
    const made = await client.people.setup({ token, email, name, password })
    const text = line`${paint('green', 'Done.')} ${made.person.name} is the owner.

Your personal token, shown once:
  export PERMISSION_SLIP_TOKEN=${made.token}

The log's key, to pin it when the log is verified (log verify --key):
  ${made.log_key}`
    return { json: made, text }
  },
}

/** The server leaves it in its data directory, readable for its own user alone, until there is an owner. */
function setupToken(context: Context): string {
  const file = path.join(context.env.dataDir, 'setup-token')
  try {
    return fs.readFileSync(file, 'utf8').trim()
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : null
    if (code !== 'ENOENT')
      throw failure('forbidden', `${file} can't be read (${String(code)}). Run this as the server's user.`, cause)
    const why = `There is no ${file}: the server has an owner already, has not been started (permission-slip serve), or keeps its data elsewhere (PERMISSION_SLIP_DATA_DIR).`
    throw failure('setup_done', why, cause)
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
