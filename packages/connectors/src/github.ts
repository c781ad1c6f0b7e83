import { defineConnector } from '../kit/define.ts'
import { check, fault, normalise, origin, signIn } from './github/connection.ts'
import { contentActions } from './github/contents.ts'
import { issueActions } from './github/issues.ts'
import { pullActions } from './github/pulls.ts'
import { releaseActions } from './github/releases.ts'
import { repositoryActions } from './github/repositories.ts'
import { workflowActions } from './github/workflows.ts'

export const github = defineConnector({
  id: 'github',
  name: 'GitHub',
  description: 'Issues, pull requests, files, workflows and releases, on github.com or an own GitHub Enterprise.',
  docs: 'https://docs.github.com/rest',
  origins: { api: origin },
  // The version that github.com keeps until 2028 and that GitHub Enterprise Server knows too.
  headers: { accept: 'application/vnd.github+json', 'X-GitHub-Api-Version': '2022-11-28' },
  destination: ['server'],
  auth: [signIn],
  normalise,
  fault,
  check,
  actions: {
    ...repositoryActions,
    ...issueActions,
    ...pullActions,
    ...contentActions,
    ...workflowActions,
    ...releaseActions,
  },
})
