import { z } from 'zod'
import { action } from '../../kit/define.ts'
import { say } from '../../kit/say.ts'
import { channelId, moving, ts, write } from './parts.ts'

const reaction = {
  channel: channelId,
  ts,
  name: z
    .string()
    .max(100)
    .regex(/^[^\s:]+(::skin-tone-[2-6])?$/, 'expected the name of an emoji without colons, such as thumbsup'),
}
const params = { channel: 'C024BE91L', ts: '1503435956.000247', name: 'thumbsup' }

export const reactionActions = {
  add_reaction: action({
    title: 'Add a reaction',
    effect: 'create',
    params: reaction,
    summary: (p) => say`React with ${p.name} to the message ${p.ts} in ${p.channel}`,
    request: ({ ts: timestamp, ...p }) => write('reactions.add', { ...p, timestamp }),
    result: {},
    undo: { action: 'remove_reaction', say: 'Take the reaction back.' },
    pins: { ts: moving },
    example: { params, answers: [{ ok: true }] },
  }),
  remove_reaction: action({
    title: 'Take a reaction back',
    effect: 'update',
    params: reaction,
    summary: (p) => say`Take ${p.name} back from the message ${p.ts} in ${p.channel}`,
    request: ({ ts: timestamp, ...p }) => write('reactions.remove', { ...p, timestamp }),
    result: {},
    undo: { action: 'add_reaction', say: 'Add the reaction again.' },
    pins: { ts: moving },
    example: { params, answers: [{ ok: true }] },
  }),
}
