import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { publicKey } from '@permission-slip/protocol/agent.ts'
import { personClient } from '../caller.ts'
import type { Command, Context, Given } from '../command.ts'
import { failure, UsageError } from '../failure.ts'
import { safeJson } from '../terminal.ts'
import { line, paint } from '../text.ts'

const verify: Command = {
  words: ['log', 'verify'],
  args: ['FILE?'],
  options: { key: { type: 'string', value: 'K', about: 'the log’s first public key, pinned: what setup printed' } },
  about: 'checks an export from its bytes alone; without FILE, the server’s own',
  run: async (given, context) => {
    const { verifyLog } = await import('@permission-slip/server/log/verify.ts')
    const key = given.text('key')
    if (key !== undefined && !publicKey.safeParse(key).success)
      throw new UsageError('--key: expected 32 bytes in base64url (43 characters).')
    const report = await verifyLog(await exportOf(given, context), key === undefined ? {} : { key })
    const { ok, entries, erased, pinned, first, log, problems } = report
    const head = ok
      ? line`${paint('green', 'The log holds.')} ${entries} entries of ${log ?? ''}`
      : line`${paint('red', 'The log does not hold.')}`
    const where =
      first === null
        ? ''
        : line`\n  first at ${first.seq === null ? (first.type ?? 'the export') : `entry ${first.seq} (${first.type ?? '?'})`}: ${first.what}`
    const more = problems.length > 1 ? line`\n  and ${problems.length - 1} more; --json lists them` : ''
    const gone = erased > 0 ? line`\n  ${erased} contents were erased; their entries hold` : ''
    const trust =
      pinned || report.key === null
        ? ''
        : line`\n  ${paint('yellow', 'The key is the export’s own, not pinned.')} To pin it: --key ${report.key}`
    return { json: report, text: head + where + more + gone + trust, exit: ok ? 0 : 1 }
  },
}

async function exportOf(given: Given, context: Context): Promise<string | ReadableStream<Uint8Array>> {
  const file = given.args[0]
  if (file === undefined) return bodyOf(await personClient(given, context).log.export())
  if (file === '-') return Bun.stdin.stream()
  if (!fs.existsSync(file)) throw failure('not_found', `${file}: there is no such file.`)
  return file
}

function bodyOf(response: Response): ReadableStream<Uint8Array> {
  if (!response.body) throw failure('unavailable', 'The server sent an empty export.')
  return response.body
}

const exportLog: Command = {
  words: ['log', 'export'],
  args: ['FILE?'],
  options: {},
  about: 'the whole log as a tar, to FILE, or to stdout if that is no terminal',
  run: async (given, context) => {
    const { terminal } = context
    const toStdout = given.args[0] === undefined && !terminal.json && process.stdout.isTTY !== true
    const stream = bodyOf(await personClient(given, context).log.export())
    if (toStdout) {
      for await (const chunk of stream) await terminal.raw(chunk)
      return null
    }
    const file = given.args[0] ?? `permission-slip-log-${new Date().toISOString().replace(/[:.]/g, '-')}.tar`
    const written = await save(stream, file)
    return { json: { file, ...written }, text: line`${file}  ${written.bytes} bytes  sha256 ${written.sha256}` }
  },
}

/** Whole or not at all; a file that is there is not overwritten. */
async function save(stream: ReadableStream<Uint8Array>, file: string): Promise<{ bytes: number; sha256: string }> {
  if (fs.existsSync(file)) throw failure('forbidden', `${file} is there already; name another file.`)
  const half = `${file}.${process.pid}.part`
  const handle = fs.openSync(half, 'wx', 0o600)
  const hash = createHash('sha256')
  let bytes = 0
  try {
    for await (const chunk of stream) {
      hash.update(chunk)
      bytes += chunk.length
      for (let at = 0; at < chunk.length; ) at += fs.writeSync(handle, chunk, at)
    }
    fs.fsyncSync(handle)
    fs.closeSync(handle)
    fs.renameSync(half, file)
  } catch (cause) {
    fs.rmSync(half, { force: true })
    throw cause
  }
  return { bytes, sha256: hash.digest('hex') }
}

const checkpoint: Command = {
  words: ['log', 'checkpoint'],
  args: [],
  options: {},
  about: 'the newest checkpoint, a C2SP signed note',
  run: async (given, context) => {
    const note = await personClient(given, context).log.checkpoint()
    if (context.terminal.json) return { json: { checkpoint: note }, text: '' }
    await context.terminal.raw(note)
    return null
  },
}

const proof: Command = {
  words: ['log', 'proof'],
  args: ['ACTION_ID'],
  options: {},
  about: 'what the log proves of one action: its entries, their place in the tree, the checkpoint',
  run: async (given, context) => {
    const proven = await personClient(given, context).log.proof(given.args[0] ?? '')
    return { json: proven, text: safeJson(proven, true) }
  },
}

export const commands: readonly Command[] = [verify, exportLog, checkpoint, proof]
