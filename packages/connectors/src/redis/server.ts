import { z } from 'zod'
import { driven } from '../../kit/define.ts'
import { say } from '../../kit/say.ts'
import { ask } from './commands.ts'
import { n, value } from './parts.ts'

const sections = ['server', 'clients', 'memory', 'persistence', 'stats', 'replication', 'cpu', 'keyspace'] as const

export const serverActions = {
  publish: driven({
    title: 'Publish a message',
    effect: 'send',
    params: { channel: z.string().min(1).max(4096), message: value },
    summary: (p) => say`Publish ${p.message} on ${p.channel}`,
    result: { receivers: n },
    run: async (p, io) => ({ receivers: await ask(io, 'PUBLISH', p.channel, p.message) }),
    pins: { channel: { unpinned: 'Who listens on the channel can change after you approve.' } },
    undo: 'irreversible',
    example: { params: { channel: 'news', message: 'hello' }, answers: [2] },
  }),
  info: driven({
    title: 'About the server',
    effect: 'read',
    params: { section: z.enum(sections).default('server') },
    summary: (p) => say`Read about the server: ${p.section}`,
    result: { values: z.record(z.string(), z.string()) },
    run: async (p, io) => ({ values: infoOf(String(await ask(io, 'INFO', p.section))) }),
    example: { params: { section: 'memory' }, answers: ['# Memory\r\nused_memory:1024\r\n'] },
  }),
  database_size: driven({
    title: 'How many keys there are',
    effect: 'read',
    params: {},
    summary: () => say`Count the keys`,
    result: { keys: n },
    run: async (_, io) => ({ keys: await ask(io, 'DBSIZE') }),
    example: { params: {}, answers: [12] },
  }),
}

/** `name:value` lines; the ones that begin with # are headings. */
export function infoOf(text: string): Record<string, string> {
  const lines = text.split(/\r?\n/).filter((line) => line.includes(':') && !line.startsWith('#'))
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]))
}
