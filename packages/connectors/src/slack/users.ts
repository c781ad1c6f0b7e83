import { z } from 'zod'
import { action } from '../../kit/define.ts'
import { say } from '../../kit/say.ts'
import { cursor, listed, next_cursor, read, userId } from './parts.ts'

const user = z.object({
  id: z.string(),
  name: z.string().optional(),
  real_name: z.string().optional(),
  tz: z.string().nullish(),
  deleted: z.boolean().optional(),
  is_bot: z.boolean().optional(),
  is_admin: z.boolean().optional(),
  profile: z
    .object({
      display_name: z.string().optional(),
      title: z.string().optional(),
      email: z.string().optional(),
      status_text: z.string().optional(),
    })
    .optional(),
})
const one = { id: 'U024BE7LH', name: 'ada', real_name: 'Ada Lovelace' }

export const userActions = {
  list_users: action({
    title: 'List people',
    effect: 'read',
    params: { limit: z.int().min(1).max(999).default(200), cursor: cursor.optional() },
    summary: (p) => say`List ${p.limit} people of the workspace`,
    request: (p) => read('users.list', p, listed),
    result: { members: z.array(user), next_cursor },
    example: { params: {}, answers: [{ ok: true, members: [one] }] },
  }),
  get_user: action({
    title: 'Look a person up',
    effect: 'read',
    params: { user: userId },
    summary: (p) => say`Look up ${p.user}`,
    request: (p) => read('users.info', p),
    result: { user },
    example: { params: { user: 'U024BE7LH' }, answers: [{ ok: true, user: one }] },
  }),
}
