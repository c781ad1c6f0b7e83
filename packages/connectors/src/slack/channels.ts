import { z } from 'zod'
import { action } from '../../kit/define.ts'
import { say } from '../../kit/say.ts'
import { channelId, cursor, listed, next_cursor, read, ts } from './parts.ts'

const message = z.object({
  ts: z.string(),
  type: z.string().optional(),
  subtype: z.string().optional(),
  user: z.string().optional(),
  username: z.string().optional(),
  bot_id: z.string().optional(),
  text: z.string().optional(),
  thread_ts: z.string().optional(),
  reply_count: z.number().optional(),
  reactions: z.array(z.object({ name: z.string(), count: z.number() })).optional(),
  files: z.array(z.object({ id: z.string(), name: z.string().nullish(), mimetype: z.string().nullish() })).optional(),
})
const messages = { messages: z.array(message), has_more: z.boolean().optional(), next_cursor }
const span = {
  oldest: ts.optional(),
  latest: ts.optional(),
  limit: z.int().min(1).max(999).default(100),
  cursor: cursor.optional(),
}
const answers = [{ ok: true, messages: [{ ts: '1503435956.000247', user: 'U024BE7LH', text: 'Hello' }] }]

export const channelActions = {
  list_channels: action({
    title: 'List channels',
    effect: 'read',
    params: {
      types: z
        .array(z.enum(['public_channel', 'private_channel', 'mpim', 'im']))
        .min(1)
        .default(['public_channel']),
      exclude_archived: z.boolean().default(true),
      limit: z.int().min(1).max(999).default(200),
      cursor: cursor.optional(),
    },
    summary: (p) => say`List channels (${p.types})`,
    request: ({ types, ...p }) => read('conversations.list', { types: types.join(','), ...p }, listed),
    result: {
      channels: z.array(
        z.object({
          id: z.string(),
          name: z.string().optional(),
          user: z.string().optional(),
          is_private: z.boolean().optional(),
          is_archived: z.boolean().optional(),
          is_member: z.boolean().optional(),
          num_members: z.number().optional(),
          topic: z.object({ value: z.string() }).optional(),
          purpose: z.object({ value: z.string() }).optional(),
        }),
      ),
      next_cursor,
    },
    example: {
      params: { types: ['public_channel', 'private_channel'] },
      answers: [{ ok: true, channels: [{ id: 'C024BE91L', name: 'general' }] }],
    },
  }),
  read_messages: action({
    title: 'Read a channel',
    description: 'Messages of a channel that the app is in, newest first; threads are read apart.',
    effect: 'read',
    params: { channel: channelId, ...span },
    summary: (p) => say`Read ${p.limit} messages of ${p.channel}`,
    request: (p) => read('conversations.history', p, listed),
    result: messages,
    example: { params: { channel: 'C024BE91L', oldest: '1503435956.000247' }, answers },
  }),
  read_thread: action({
    title: 'Read a thread',
    effect: 'read',
    params: { channel: channelId, ts, ...span },
    summary: (p) => say`Read ${p.limit} messages of the thread ${p.ts} in ${p.channel}`,
    request: (p) => read('conversations.replies', p, listed),
    result: messages,
    example: { params: { channel: 'C024BE91L', ts: '1503435956.000247' }, answers },
  }),
}
