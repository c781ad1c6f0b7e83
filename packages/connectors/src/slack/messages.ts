import { z } from 'zod'
import { action } from '../../kit/define.ts'
import { say, words } from '../../kit/say.ts'
import { byName, channelId, destination, moving, text, ts, write } from './parts.ts'

const sent = { channel: z.string(), ts: z.string() }
const undo = { action: 'delete_message', say: 'Delete the message; who has read it has read it.' }
const one = { channel: 'C024BE91L', ts: '1503435956.000247' }

export const messageActions = {
  send_message: action({
    title: 'Send a message',
    description: 'Posts to a channel that the app is in, or to a person. The text is Slack mrkdwn.',
    effect: 'send',
    params: {
      channel: destination,
      text,
      unfurl_links: z.boolean().default(false),
    },
    summary: (p) => say`Send to ${p.channel}: ${p.text}`,
    request: (p) => write('chat.postMessage', { ...p, unfurl_media: p.unfurl_links }),
    result: sent,
    undo,
    pins: { channel: byName },
    example: { params: { channel: '#general', text: 'The build is green.' }, answers: [one] },
  }),
  reply: action({
    title: 'Reply in a thread',
    effect: 'send',
    params: {
      channel: channelId,
      thread_ts: ts,
      text,
      also_to_channel: z.boolean().default(false),
    },
    summary: (p) =>
      say`Reply in ${p.channel} to ${p.thread_ts}${words(p.also_to_channel ? ', also to the whole channel' : '')}: ${p.text}`,
    request: ({ also_to_channel, ...p }) =>
      write('chat.postMessage', { ...p, ...(also_to_channel ? { reply_broadcast: true } : {}) }),
    result: sent,
    undo,
    pins: { thread_ts: { unpinned: 'The thread can go on after you approve.' } },
    example: {
      params: { channel: 'C024BE91L', thread_ts: '1503435956.000247', text: 'Done.' },
      answers: [{ channel: 'C024BE91L', ts: '1503435957.000100' }],
    },
  }),
  update_message: action({
    title: 'Change a message',
    description: 'Replaces the text of a message that the app itself has sent.',
    effect: 'update',
    params: { channel: channelId, ts, text },
    summary: (p) => say`Change the message ${p.ts} in ${p.channel} to: ${p.text}`,
    request: (p) => write('chat.update', p),
    result: sent,
    pins: { ts: moving },
    example: { params: { ...one, text: 'The build is red.' }, answers: [one] },
  }),
  delete_message: action({
    title: 'Delete a message',
    description: 'Deletes a message that the app itself has sent.',
    effect: 'delete',
    params: { channel: channelId, ts },
    summary: (p) => say`Delete the message ${p.ts} in ${p.channel}`,
    request: (p) => write('chat.delete', p),
    result: sent,
    undo: 'irreversible',
    pins: { ts: moving },
    example: { params: one, answers: [one] },
  }),
}
