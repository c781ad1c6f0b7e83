import { bearer } from '../kit/auth.ts'
import { defineConnector } from '../kit/define.ts'
import { check, fault } from './slack/answers.ts'
import { channelActions } from './slack/channels.ts'
import { fileActions } from './slack/files.ts'
import { messageActions } from './slack/messages.ts'
import { reactionActions } from './slack/reactions.ts'
import { scheduledActions } from './slack/scheduled.ts'
import { userActions } from './slack/users.ts'

export const slack = defineConnector({
  id: 'slack',
  name: 'Slack',
  description: 'Messages, threads, reactions, channels, files and people of a Slack workspace, as an app of it.',
  docs: 'https://docs.slack.dev/reference/methods',
  origins: { api: 'https://slack.com' },
  auth: [bearer('Bot token', 'https://api.slack.com/apps, under OAuth & Permissions (xoxb-…)')],
  fault,
  check,
  actions: {
    ...messageActions,
    ...scheduledActions,
    ...reactionActions,
    ...channelActions,
    ...userActions,
    ...fileActions,
  },
})
