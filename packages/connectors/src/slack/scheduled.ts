import { z } from 'zod'
import { action } from '../../kit/define.ts'
import { instant } from '../../kit/kinds.ts'
import { say } from '../../kit/say.ts'
import { byName, channelId, destination, text, ts, write } from './parts.ts'

export const scheduledActions = {
  schedule_message: action({
    title: 'Schedule a message',
    description: 'Slack posts it at that time, at most 120 days ahead.',
    effect: 'send',
    params: { channel: destination, text, post_at: instant(), thread_ts: ts.optional() },
    summary: (p) => say`Send to ${p.channel} at ${p.post_at}: ${p.text}`,
    // Slack wants whole seconds since 1970.
    request: ({ post_at, ...p }) =>
      write('chat.scheduleMessage', { ...p, post_at: Math.floor(Date.parse(post_at) / 1000) }),
    result: { channel: z.string(), scheduled_message_id: z.string() },
    undo: { action: 'cancel_scheduled_message', say: 'Cancel it before it is sent.' },
    pins: { channel: byName },
    example: {
      params: { channel: '#general', text: 'Good morning', post_at: '2026-01-02T08:00:00Z' },
      answers: [{ channel: 'C024BE91L', scheduled_message_id: 'Q1298393284' }],
    },
  }),
  cancel_scheduled_message: action({
    title: 'Cancel a scheduled message',
    effect: 'delete',
    params: {
      channel: channelId,
      scheduled_message_id: z.string().regex(/^[A-Z0-9]{3,40}$/, 'expected an id such as Q1298393284'),
    },
    summary: (p) => say`Cancel the scheduled message ${p.scheduled_message_id} in ${p.channel}`,
    request: (p) => write('chat.deleteScheduledMessage', p),
    result: {},
    undo: { action: 'schedule_message', say: 'Schedule it again.' },
    pins: { scheduled_message_id: { unpinned: 'It may have been sent before this runs.' } },
    example: { params: { channel: 'C024BE91L', scheduled_message_id: 'Q1298393284' }, answers: [{ ok: true }] },
  }),
}
