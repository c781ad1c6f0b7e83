import type { Json } from '@permission-slip/protocol/json.ts'
import { z } from 'zod'
import { driven } from '../../kit/define.ts'
import { say } from '../../kit/say.ts'
import { ask, pairs } from './commands.ts'
import { count, field, key, moving, n, value } from './parts.ts'

const end = z.string().regex(/^[-+]$|^\(?\d{1,20}(-\d{1,20})?$/, 'expected an entry id such as 1700000000000-0, - or +')
const entryId = z.string().regex(/^\d{1,20}-\d{1,20}$/, 'expected an entry id such as 1700000000000-0')
const entries = { entries: z.array(z.object({ id: z.string(), values: z.record(z.string(), z.json()) })) }

const read = (reply: Json) =>
  (Array.isArray(reply) ? reply : []).flatMap((e) =>
    Array.isArray(e) ? [{ id: String(e[0]), values: pairs(e[1] ?? []) }] : [],
  )

export const streamActions = {
  stream_range: driven({
    title: 'Read a stream',
    effect: 'read',
    params: {
      key,
      from: end.default('-'),
      to: end.default('+'),
      newest_first: z.boolean().default(false),
      count: count.default(100),
    },
    summary: (p) =>
      say`Read ${p.count} entries of ${p.key} from ${p.from} to ${p.to} (newest first: ${p.newest_first})`,
    result: entries,
    run: async (p, io) => ({
      entries: read(
        p.newest_first
          ? await ask(io, 'XREVRANGE', p.key, p.to, p.from, 'COUNT', p.count)
          : await ask(io, 'XRANGE', p.key, p.from, p.to, 'COUNT', p.count),
      ),
    }),
    example: { params: { key: 'events', count: 10 }, answers: [[['1700000000000-0', ['kind', 'login']]]] },
  }),
  stream_length: driven({
    title: 'Length of a stream',
    effect: 'read',
    params: { key },
    summary: (p) => say`Read the length of ${p.key}`,
    result: { length: n },
    run: async (p, io) => ({ length: await ask(io, 'XLEN', p.key) }),
    example: { params: { key: 'events' }, answers: [12] },
  }),
  stream_add: driven({
    title: 'Add to a stream',
    description: 'With `keep`, about so many of the newest entries stay; older ones are dropped.',
    effect: 'create',
    params: {
      key,
      values: z.record(field, value).refine((v) => Object.keys(v).length > 0, 'expected at least one field'),
      keep: z.int().min(1).max(1_000_000_000).optional(),
    },
    summary: (p) => say`Add ${p.values} to ${p.key}, keeping ${p.keep ?? 'all'}`,
    result: { id: z.string() },
    run: async (p, io) => {
      const trim = p.keep === undefined ? [] : ['MAXLEN', '~', p.keep]
      return { id: await ask(io, 'XADD', p.key, ...trim, '*', ...Object.entries(p.values).flat()) }
    },
    undo: { action: 'stream_delete', say: 'Delete the entry by the id in the result.' },
    example: { params: { key: 'events', values: { kind: 'login' }, keep: 1000 }, answers: ['1700000000000-0'] },
  }),
  stream_delete: driven({
    title: 'Delete entries of a stream',
    effect: 'delete',
    params: { key, ids: z.array(entryId).min(1).max(1000) },
    summary: (p) => say`Delete ${p.ids} of ${p.key}`,
    result: { count: n },
    run: async (p, io) => ({ count: await ask(io, 'XDEL', p.key, ...p.ids) }),
    pins: { key: moving },
    undo: 'irreversible',
    example: { params: { key: 'events', ids: ['1700000000000-0'] }, answers: [1] },
  }),
  stream_trim: driven({
    title: 'Keep only the newest of a stream',
    effect: 'delete',
    params: { key, keep: z.int().min(0).max(1_000_000_000) },
    summary: (p) => say`Of ${p.key} keep only the newest ${p.keep}`,
    result: { count: n },
    run: async (p, io) => ({ count: await ask(io, 'XTRIM', p.key, 'MAXLEN', p.keep) }),
    pins: { key: moving },
    undo: 'irreversible',
    example: { params: { key: 'events', keep: 1000 }, answers: [4] },
  }),
}
