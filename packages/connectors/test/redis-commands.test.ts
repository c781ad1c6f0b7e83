import { describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Json } from '@permission-slip/protocol/json.ts'
import { driveIo } from '../kit/drive.ts'
import { parseParams } from '../kit/params.ts'
import { recorder } from '../kit/recorder.ts'
import { exampleContext } from '../kit/render.ts'
import { pairs, scored } from '../src/redis/commands.ts'
import { redis, redisCommands } from '../src/redis.ts'

interface Command {
  readonly arity: number
  readonly flags: readonly string[]
}
const table = join(import.meta.dirname, '../../../../shared/specs/redis/commands.json')

/** Every command that the examples send, word by word. */
async function sent(): Promise<string[][]> {
  const all: string[][] = []
  for (const a of Object.values(redis.actions)) {
    const io = recorder(a.example.answers ?? [], () => {})
    const command = (name: string, args: readonly string[]): Promise<Json> => {
      all.push([name, ...args])
      return io.redis.command(name, args)
    }
    const seen = { ...io, redis: { command } }
    await driveIo(a, parseParams(a, a.example.params), seen, exampleContext(a))
  }
  return all
}

describe('Redis commands', () => {
  test('are all on the closed list, and the list holds none that no action needs', async () => {
    const used = new Set((await sent()).map(([name]) => name ?? ''))
    const others = ['XREVRANGE'] // newest first
    expect([...used, ...others].sort().filter((c, i, all) => all.indexOf(c) === i)).toEqual([...redisCommands].sort())
  })
  test('run no script, block nobody, and leave the server as it is', () => {
    const never = [
      'CONFIG',
      'MODULE',
      'EVAL',
      'EVALSHA',
      'FUNCTION',
      'FCALL',
      'SCRIPT',
      'DEBUG',
      'MIGRATE',
      'REPLICAOF',
      'SLAVEOF',
      'ACL',
      'SAVE',
      'BGSAVE',
      'SHUTDOWN',
      'FLUSHALL',
      'FLUSHDB',
      'KEYS',
      'MONITOR',
      'RESTORE',
      'SORT',
      'BLPOP',
      'MULTI',
      'CLIENT',
      'SWAPDB',
      'MOVE',
      'COPY',
      'WAIT',
      'SUBSCRIBE',
    ]
    for (const name of never) expect(redisCommands as readonly string[]).not.toContain(name)
  })
  test.skipIf(!existsSync(table))(
    "have as many words as the server's own table says (needs ../shared/specs)",
    async () => {
      const commands = JSON.parse(readFileSync(table, 'utf8')) as Record<string, Command>
      for (const name of redisCommands) {
        const flags = commands[name.toLowerCase()]?.flags
        expect({ name, flags: flags?.filter((f) => ['admin', 'blocking', 'dangerous'].includes(f)) }).toEqual({
          name,
          flags: [],
        })
      }
      for (const command of await sent()) {
        const arity = commands[command[0]?.toLowerCase() ?? '']?.arity ?? 0
        expect({ command, fits: arity > 0 ? command.length === arity : command.length >= -arity }).toEqual({
          command,
          fits: true,
        })
      }
    },
  )
  test('are answered alike by both protocol versions', () => {
    expect(pairs(['a', '1', 'b', '2'])).toEqual({ a: '1', b: '2' })
    expect(pairs({ a: '1' })).toEqual({ a: '1' })
    expect(scored(['a', '1', 'b', '2'])).toEqual(
      scored([
        ['a', 1],
        ['b', 2],
      ]),
    )
  })
})
