import { z } from 'zod'
import { driven } from '../../kit/define.ts'
import { say } from '../../kit/say.ts'
import { ask, scanned, scored } from './commands.ts'
import { count, cursor, key, moving, n, pattern, text, value, values } from './parts.ts'

const score = z.number()

export const setActions = {
  set_members: driven({
    title: 'Read a set',
    effect: 'read',
    params: { key },
    summary: (p) => say`Read all members of ${p.key}`,
    result: { members: z.array(text) },
    run: async (p, io) => ({ members: await ask(io, 'SMEMBERS', p.key) }),
    example: { params: { key: 'tags' }, answers: [['red', 'blue']] },
  }),
  set_scan: driven({
    title: 'Look for members of a set',
    effect: 'read',
    params: { key, match: pattern.default('*'), cursor: cursor.default('0'), count: count.default(100) },
    summary: (p) => say`Look for members like ${p.match} in ${p.key}, about ${p.count} from ${p.cursor}`,
    result: { cursor: z.string(), members: z.array(text) },
    run: async (p, io) => {
      const found = scanned(await ask(io, 'SSCAN', p.key, p.cursor, 'MATCH', p.match, 'COUNT', p.count))
      return { cursor: found.cursor, members: found.items }
    },
    example: { params: { key: 'tags', match: 'r*' }, answers: [['0', ['red']]] },
  }),
  set_has: driven({
    title: 'Is it in a set',
    effect: 'read',
    params: { key, member: value },
    summary: (p) => say`Read whether ${p.member} is in ${p.key}`,
    result: { has: z.boolean(), size: n },
    run: async (p, io) => ({
      has: (await ask(io, 'SISMEMBER', p.key, p.member)) === 1,
      size: await ask(io, 'SCARD', p.key),
    }),
    example: { params: { key: 'tags', member: 'red' }, answers: [1, 2] },
  }),
  set_add: driven({
    title: 'Add to a set',
    effect: 'create',
    params: { key, members: values },
    summary: (p) => say`Add ${p.members} to ${p.key}`,
    result: { added: n },
    run: async (p, io) => ({ added: await ask(io, 'SADD', p.key, ...p.members) }),
    undo: { action: 'set_remove', say: 'Remove those that were added.' },
    example: { params: { key: 'tags', members: ['red', 'blue'] }, answers: [2] },
  }),
  set_remove: driven({
    title: 'Remove from a set',
    effect: 'delete',
    params: { key, members: values },
    summary: (p) => say`Remove ${p.members} from ${p.key}`,
    result: { count: n },
    run: async (p, io) => ({ count: await ask(io, 'SREM', p.key, ...p.members) }),
    pins: { key: moving },
    undo: { action: 'set_add', say: 'Add them again.' },
    example: { params: { key: 'tags', members: ['red'] }, answers: [1] },
  }),
  sorted_range: driven({
    title: 'Read part of a sorted set',
    description: 'By position, or between two scores with `by_score`.',
    effect: 'read',
    params: {
      key,
      start: score.default(0),
      stop: score.default(99),
      by_score: z.boolean().default(false),
      highest_first: z.boolean().default(false),
    },
    summary: (p) =>
      say`Read ${p.key} from ${p.start} to ${p.stop} (by score: ${p.by_score}, highest first: ${p.highest_first})`,
    result: { members: z.array(z.object({ member: z.string(), score: z.number() })) },
    run: async (p, io) => {
      const ends = p.by_score && p.highest_first ? [p.stop, p.start] : [p.start, p.stop]
      const how = [...(p.by_score ? ['BYSCORE'] : []), ...(p.highest_first ? ['REV'] : [])]
      return { members: scored(await ask(io, 'ZRANGE', p.key, ...ends, ...how, 'WITHSCORES')) }
    },
    example: { params: { key: 'scores', start: 0, stop: 9, highest_first: true }, answers: [['ada', '12']] },
  }),
  sorted_score: driven({
    title: 'Score and place in a sorted set',
    effect: 'read',
    params: { key, member: value },
    summary: (p) => say`Read score and place of ${p.member} in ${p.key}`,
    result: { score: n.nullable(), place: n.nullable(), size: n },
    run: async (p, io) => {
      const found = await ask(io, 'ZSCORE', p.key, p.member)
      const place = await ask(io, 'ZRANK', p.key, p.member)
      return { score: found === null ? null : Number(found), place, size: await ask(io, 'ZCARD', p.key) }
    },
    example: { params: { key: 'scores', member: 'ada' }, answers: ['12', 0, 3] },
  }),
  sorted_count: driven({
    title: 'How many between two scores',
    effect: 'read',
    params: { key, min: score, max: score },
    summary: (p) => say`Count members of ${p.key} with scores from ${p.min} to ${p.max}`,
    result: { count: n },
    run: async (p, io) => ({ count: await ask(io, 'ZCOUNT', p.key, p.min, p.max) }),
    example: { params: { key: 'scores', min: 10, max: 20 }, answers: [2] },
  }),
  sorted_add: driven({
    title: 'Set scores in a sorted set',
    effect: 'update',
    params: {
      key,
      members: z
        .array(z.strictObject({ member: value, score }))
        .min(1)
        .max(1000),
    },
    summary: (p) => say`In ${p.key} set ${p.members}`,
    result: { added: n },
    run: async (p, io) => ({ added: await ask(io, 'ZADD', p.key, ...p.members.flatMap((m) => [m.score, m.member])) }),
    pins: { key: moving },
    undo: { action: 'sorted_remove', say: 'Remove those that were added; a score that was replaced is gone.' },
    example: { params: { key: 'scores', members: [{ member: 'ada', score: 12 }] }, answers: [1] },
  }),
  sorted_increment: driven({
    title: 'Add to a score',
    effect: 'update',
    params: { key, member: value, by: score },
    summary: (p) => say`Add ${p.by} to the score of ${p.member} in ${p.key}`,
    result: { score: n },
    run: async (p, io) => ({ score: Number(await ask(io, 'ZINCRBY', p.key, p.by, p.member)) }),
    pins: { key: moving },
    undo: { action: 'sorted_increment', say: 'Add the same with the other sign.' },
    example: { params: { key: 'scores', member: 'ada', by: 3 }, answers: ['15'] },
  }),
  sorted_remove: driven({
    title: 'Remove from a sorted set',
    effect: 'delete',
    params: { key, members: values },
    summary: (p) => say`Remove ${p.members} from ${p.key}`,
    result: { count: n },
    run: async (p, io) => ({ count: await ask(io, 'ZREM', p.key, ...p.members) }),
    pins: { key: moving },
    undo: 'irreversible',
    example: { params: { key: 'scores', members: ['ada'] }, answers: [1] },
  }),
}
