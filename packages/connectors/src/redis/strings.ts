import { z } from 'zod'
import { driven } from '../../kit/define.ts'
import { say, words } from '../../kit/say.ts'
import { ask } from './commands.ts'
import { index, key, moving, n, ok, text, ttl, value } from './parts.ts'

export const stringActions = {
  get: driven({
    title: 'Read a value',
    effect: 'read',
    params: { key },
    summary: (p) => say`Read ${p.key}`,
    result: { value: text },
    run: async (p, io) => ({ value: await ask(io, 'GET', p.key) }),
    example: { params: { key: 'greeting' }, answers: ['hello'] },
  }),
  get_many: driven({
    title: 'Read several values',
    effect: 'read',
    params: { keys: z.array(key).min(1).max(1000) },
    summary: (p) => say`Read ${p.keys}`,
    result: { values: z.array(text) },
    run: async (p, io) => ({ values: await ask(io, 'MGET', ...p.keys) }),
    example: { params: { keys: ['greeting', 'farewell'] }, answers: [['hello', null]] },
  }),
  get_range: driven({
    title: 'Read part of a value',
    effect: 'read',
    params: { key, start: index, end: index },
    summary: (p) => say`Read ${p.key} from byte ${p.start} to ${p.end}`,
    result: { value: text },
    run: async (p, io) => ({ value: await ask(io, 'GETRANGE', p.key, p.start, p.end) }),
    example: { params: { key: 'greeting', start: 0, end: 3 }, answers: ['hell'] },
  }),
  length: driven({
    title: 'Length of a value',
    effect: 'read',
    params: { key },
    summary: (p) => say`Read the length of ${p.key}`,
    result: { bytes: n },
    run: async (p, io) => ({ bytes: await ask(io, 'STRLEN', p.key) }),
    example: { params: { key: 'greeting' }, answers: [5] },
  }),
  set: driven({
    title: 'Set a value',
    description: 'Replaces what the key held, unless `only_if` says when. Without `ttl_seconds` it stays for good.',
    effect: 'update',
    params: { key, value, ttl_seconds: ttl.optional(), only_if: z.enum(['absent', 'present']).optional() },
    summary: (p) =>
      say`Set ${p.key} to ${p.value}${p.ttl_seconds === undefined ? words('') : words(say` for ${p.ttl_seconds} s`)}${p.only_if === undefined ? words('') : words(say` if it is ${p.only_if}`)}`,
    result: ok,
    run: async (p, io) => {
      const more = p.ttl_seconds === undefined ? [] : ['EX', p.ttl_seconds]
      const when = p.only_if === undefined ? [] : [p.only_if === 'absent' ? 'NX' : 'XX']
      return { done: (await ask(io, 'SET', p.key, p.value, ...more, ...when)) !== null }
    },
    pins: { key: moving },
    example: { params: { key: 'greeting', value: 'hello', ttl_seconds: 3600, only_if: 'absent' }, answers: ['OK'] },
  }),
  set_many: driven({
    title: 'Set several values',
    effect: 'update',
    params: { values: z.record(key, value).refine((v) => Object.keys(v).length > 0, 'expected at least one key') },
    summary: (p) => say`Set ${p.values}`,
    result: ok,
    run: async (p, io) => {
      await ask(io, 'MSET', ...Object.entries(p.values).flat())
      return { done: true }
    },
    pins: { values: moving },
    example: { params: { values: { greeting: 'hello', farewell: 'bye' } }, answers: ['OK'] },
  }),
  append: driven({
    title: 'Append to a value',
    effect: 'update',
    params: { key, value },
    summary: (p) => say`Append ${p.value} to ${p.key}`,
    result: { bytes: n },
    run: async (p, io) => ({ bytes: await ask(io, 'APPEND', p.key, p.value) }),
    pins: { key: moving },
    example: { params: { key: 'greeting', value: ' world' }, answers: [11] },
  }),
  increment: driven({
    title: 'Add to a number',
    description: 'A negative `by` takes away.',
    effect: 'update',
    params: { key, by: z.int().default(1) },
    summary: (p) => say`Add ${p.by} to ${p.key}`,
    result: { value: n },
    run: async (p, io) => ({ value: await ask(io, 'INCRBY', p.key, p.by) }),
    pins: { key: moving },
    undo: { action: 'increment', say: 'Add the same with the other sign.' },
    example: { params: { key: 'visits', by: 2 }, answers: [42] },
  }),
  take: driven({
    title: 'Read a value and delete it',
    effect: 'delete',
    params: { key },
    summary: (p) => say`Read and delete ${p.key}`,
    result: { value: text },
    run: async (p, io) => ({ value: await ask(io, 'GETDEL', p.key) }),
    pins: { key: moving },
    undo: { action: 'set', say: 'Set it again to the value in the result.' },
    example: { params: { key: 'greeting' }, answers: ['hello'] },
  }),
}
