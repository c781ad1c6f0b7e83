import { z } from 'zod'
import { driven } from '../../kit/define.ts'
import { say, words } from '../../kit/say.ts'
import { ask, scanned } from './commands.ts'
import { count, cursor, key, moving, n, ok, pattern, ttl } from './parts.ts'

const keys = z.array(key).min(1).max(1000)
const types = ['string', 'list', 'set', 'zset', 'hash', 'stream'] as const

export const keyActions = {
  scan: driven({
    title: 'Look for keys',
    description: 'Some of the keys that match; go on with `cursor` until it is 0.',
    effect: 'read',
    params: {
      match: pattern.default('*'),
      type: z.enum(types).optional(),
      cursor: cursor.default('0'),
      count: count.default(100),
    },
    summary: (p) =>
      say`Look for keys like ${p.match}${p.type ? words(say` that hold a ${p.type}`) : words('')}, about ${p.count} from ${p.cursor}`,
    result: { cursor: z.string(), keys: z.array(z.string()) },
    run: async (p, io) => {
      const type = p.type ? ['TYPE', p.type] : []
      const found = scanned(await ask(io, 'SCAN', p.cursor, 'MATCH', p.match, 'COUNT', p.count, ...type))
      return { cursor: found.cursor, keys: found.items }
    },
    example: { params: { match: 'cart:*', type: 'hash', count: 50 }, answers: [['0', ['cart:7']]] },
  }),
  exists: driven({
    title: 'Are there such keys',
    effect: 'read',
    params: { keys },
    summary: (p) => say`Count how many of ${p.keys} exist`,
    result: { count: n },
    run: async (p, io) => ({ count: await ask(io, 'EXISTS', ...p.keys) }),
    example: { params: { keys: ['cart:7', 'cart:8'] }, answers: [1] },
  }),
  type: driven({
    title: 'What a key holds',
    effect: 'read',
    params: { key },
    summary: (p) => say`Read what kind of value ${p.key} holds`,
    result: { type: z.string() },
    run: async (p, io) => ({ type: await ask(io, 'TYPE', p.key) }),
    example: { params: { key: 'cart:7' }, answers: ['hash'] },
  }),
  ttl: driven({
    title: 'How long a key stays',
    description: '`milliseconds` is null for a key that stays for good, or is not there (`exists`).',
    effect: 'read',
    params: { key },
    summary: (p) => say`Read how long ${p.key} stays`,
    result: { exists: z.boolean(), milliseconds: n.nullable() },
    run: async (p, io) => {
      const left = Number(await ask(io, 'PTTL', p.key))
      return { exists: left !== -2, milliseconds: left < 0 ? null : left }
    },
    example: { params: { key: 'cart:7' }, answers: [60000] },
  }),
  expire: driven({
    title: 'Let a key expire',
    effect: 'update',
    // High: what expires is gone for good.
    risk: 'high',
    params: { key, ttl_seconds: ttl },
    summary: (p) => say`Delete ${p.key} in ${p.ttl_seconds} s`,
    result: ok,
    run: async (p, io) => ({ done: (await ask(io, 'EXPIRE', p.key, p.ttl_seconds)) === 1 }),
    pins: { key: moving },
    undo: { action: 'persist', say: 'Before it expires, let it stay for good.' },
    example: { params: { key: 'cart:7', ttl_seconds: 3600 }, answers: [1] },
  }),
  persist: driven({
    title: 'Let a key stay for good',
    effect: 'update',
    params: { key },
    summary: (p) => say`Let ${p.key} stay for good`,
    result: ok,
    run: async (p, io) => ({ done: (await ask(io, 'PERSIST', p.key)) === 1 }),
    pins: { key: moving },
    undo: { action: 'expire', say: 'Let it expire again.' },
    example: { params: { key: 'cart:7' }, answers: [1] },
  }),
  rename: driven({
    title: 'Rename a key',
    description: 'Only if there is no key of the new name.',
    effect: 'update',
    params: { key, to: key },
    summary: (p) => say`Rename ${p.key} to ${p.to}`,
    result: ok,
    run: async (p, io) => ({ done: (await ask(io, 'RENAMENX', p.key, p.to)) === 1 }),
    pins: { key: moving, to: moving },
    undo: { action: 'rename', say: 'Rename it back.' },
    example: { params: { key: 'cart:7', to: 'cart:8' }, answers: [1] },
  }),
  delete: driven({
    title: 'Delete keys',
    effect: 'delete',
    params: { keys },
    summary: (p) => say`Delete ${p.keys}`,
    result: { count: n },
    run: async (p, io) => ({ count: await ask(io, 'DEL', ...p.keys) }),
    pins: { keys: moving },
    undo: 'irreversible',
    example: { params: { keys: ['cart:7'] }, answers: [1] },
  }),
}
