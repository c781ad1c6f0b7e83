import { z } from 'zod'
import { driven } from '../../kit/define.ts'
import { say } from '../../kit/say.ts'
import { ask } from './commands.ts'
import { count, index, key, moving, n, ok, text, value, values } from './parts.ts'

const pushed = { length: n }
const popped = { values: z.array(text) }
const list = (reply: unknown): unknown => reply ?? []

export const listActions = {
  list_range: driven({
    title: 'Read part of a list',
    description: 'Positions count from 0; negative ones from the end.',
    effect: 'read',
    params: { key, start: index.default(0), stop: index.default(99) },
    summary: (p) => say`Read ${p.key} from ${p.start} to ${p.stop}`,
    result: popped,
    run: async (p, io) => ({ values: await ask(io, 'LRANGE', p.key, p.start, p.stop) }),
    example: { params: { key: 'jobs', start: 0, stop: 9 }, answers: [['a', 'b']] },
  }),
  list_length: driven({
    title: 'Length of a list',
    effect: 'read',
    params: { key },
    summary: (p) => say`Read the length of ${p.key}`,
    result: pushed,
    run: async (p, io) => ({ length: await ask(io, 'LLEN', p.key) }),
    example: { params: { key: 'jobs' }, answers: [2] },
  }),
  lpush: driven({
    title: 'Put in front of a list',
    effect: 'create',
    params: { key, values },
    summary: (p) => say`Put ${p.values} in front of ${p.key}`,
    result: pushed,
    run: async (p, io) => ({ length: await ask(io, 'LPUSH', p.key, ...p.values) }),
    example: { params: { key: 'jobs', values: ['a'] }, answers: [3] },
  }),
  rpush: driven({
    title: 'Put at the end of a list',
    effect: 'create',
    params: { key, values },
    summary: (p) => say`Put ${p.values} at the end of ${p.key}`,
    result: pushed,
    run: async (p, io) => ({ length: await ask(io, 'RPUSH', p.key, ...p.values) }),
    example: { params: { key: 'jobs', values: ['c'] }, answers: [3] },
  }),
  lpop: driven({
    title: 'Take from the front of a list',
    effect: 'update',
    params: { key, count: count.default(1) },
    summary: (p) => say`Take ${p.count} from the front of ${p.key}`,
    result: popped,
    run: async (p, io) => ({ values: list(await ask(io, 'LPOP', p.key, p.count)) }),
    pins: { key: moving },
    undo: { action: 'lpush', say: 'Put the values of the result back, the last one first.' },
    example: { params: { key: 'jobs', count: 2 }, answers: [['a', 'b']] },
  }),
  rpop: driven({
    title: 'Take from the end of a list',
    effect: 'update',
    params: { key, count: count.default(1) },
    summary: (p) => say`Take ${p.count} from the end of ${p.key}`,
    result: popped,
    run: async (p, io) => ({ values: list(await ask(io, 'RPOP', p.key, p.count)) }),
    pins: { key: moving },
    undo: { action: 'rpush', say: 'Put the values of the result back, the last one first.' },
    example: { params: { key: 'jobs', count: 2 }, answers: [['c', 'b']] },
  }),
  list_set: driven({
    title: 'Replace an item of a list',
    effect: 'update',
    params: { key, position: index, value },
    summary: (p) => say`In ${p.key} replace item ${p.position} by ${p.value}`,
    result: ok,
    run: async (p, io) => {
      await ask(io, 'LSET', p.key, p.position, p.value)
      return { done: true }
    },
    pins: { key: moving, position: moving },
    example: { params: { key: 'jobs', position: 0, value: 'a' }, answers: ['OK'] },
  }),
  list_remove: driven({
    title: 'Remove a value from a list',
    description: '`count` 0 removes every one; negative counts from the end.',
    effect: 'delete',
    params: { key, value, count: index.default(0) },
    summary: (p) => say`Remove ${p.value} from ${p.key} (count ${p.count})`,
    result: { count: n },
    run: async (p, io) => ({ count: await ask(io, 'LREM', p.key, p.count, p.value) }),
    pins: { key: moving },
    undo: 'irreversible',
    example: { params: { key: 'jobs', value: 'a', count: 1 }, answers: [1] },
  }),
  list_trim: driven({
    title: 'Keep only part of a list',
    effect: 'delete',
    params: { key, start: index, stop: index },
    summary: (p) => say`Of ${p.key} keep only ${p.start} to ${p.stop}`,
    result: ok,
    run: async (p, io) => {
      await ask(io, 'LTRIM', p.key, p.start, p.stop)
      return { done: true }
    },
    pins: { key: moving },
    undo: 'irreversible',
    example: { params: { key: 'jobs', start: 0, stop: 99 }, answers: ['OK'] },
  }),
}
