import { z } from 'zod'
import { driven } from '../../kit/define.ts'
import { say } from '../../kit/say.ts'
import { ask, pairs, scanned } from './commands.ts'
import { count, cursor, field, key, moving, n, pattern, text, value } from './parts.ts'

const fields = z.array(field).min(1).max(1000)

export const hashActions = {
  hash_get: driven({
    title: 'Read fields of a hash',
    effect: 'read',
    params: { key, fields },
    summary: (p) => say`Read ${p.fields} of ${p.key}`,
    result: { values: z.array(text) },
    run: async (p, io) => ({ values: await ask(io, 'HMGET', p.key, ...p.fields) }),
    example: { params: { key: 'cart:7', fields: ['apples', 'pears'] }, answers: [['3', null]] },
  }),
  hash_get_all: driven({
    title: 'Read a whole hash',
    effect: 'read',
    params: { key },
    summary: (p) => say`Read all of ${p.key}`,
    result: { values: z.record(z.string(), z.json()) },
    run: async (p, io) => ({ values: pairs(await ask(io, 'HGETALL', p.key)) }),
    example: { params: { key: 'cart:7' }, answers: [['apples', '3']] },
  }),
  hash_scan: driven({
    title: 'Look for fields in a hash',
    effect: 'read',
    params: { key, match: pattern.default('*'), cursor: cursor.default('0'), count: count.default(100) },
    summary: (p) => say`Look for fields like ${p.match} in ${p.key}, about ${p.count} from ${p.cursor}`,
    result: { cursor: z.string(), values: z.record(z.string(), z.json()) },
    run: async (p, io) => {
      const found = scanned(await ask(io, 'HSCAN', p.key, p.cursor, 'MATCH', p.match, 'COUNT', p.count))
      return { cursor: found.cursor, values: pairs(found.items) }
    },
    example: { params: { key: 'cart:7', match: 'a*' }, answers: [['0', ['apples', '3']]] },
  }),
  hash_set: driven({
    title: 'Set fields of a hash',
    effect: 'update',
    params: {
      key,
      values: z.record(field, value).refine((v) => Object.keys(v).length > 0, 'expected at least one field'),
    },
    summary: (p) => say`In ${p.key} set ${p.values}`,
    result: { added: n },
    run: async (p, io) => ({ added: await ask(io, 'HSET', p.key, ...Object.entries(p.values).flat()) }),
    pins: { key: moving },
    example: { params: { key: 'cart:7', values: { apples: '3' } }, answers: [1] },
  }),
  hash_increment: driven({
    title: 'Add to a number in a hash',
    effect: 'update',
    params: { key, field, by: z.int().default(1) },
    summary: (p) => say`Add ${p.by} to ${p.field} of ${p.key}`,
    result: { value: n },
    run: async (p, io) => ({ value: await ask(io, 'HINCRBY', p.key, p.field, p.by) }),
    pins: { key: moving },
    undo: { action: 'hash_increment', say: 'Add the same with the other sign.' },
    example: { params: { key: 'cart:7', field: 'apples' }, answers: [4] },
  }),
  hash_delete: driven({
    title: 'Delete fields of a hash',
    effect: 'delete',
    params: { key, fields },
    summary: (p) => say`Delete ${p.fields} of ${p.key}`,
    result: { count: n },
    run: async (p, io) => ({ count: await ask(io, 'HDEL', p.key, ...p.fields) }),
    pins: { key: moving, fields: moving },
    undo: 'irreversible',
    example: { params: { key: 'cart:7', fields: ['apples'] }, answers: [1] },
  }),
}
