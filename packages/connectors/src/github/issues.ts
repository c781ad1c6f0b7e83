import { z } from 'zod'
import { action } from '../../kit/define.ts'
import { instant } from '../../kit/kinds.ts'
import { path } from '../../kit/path.ts'
import { get, patch, post } from '../../kit/request.ts'
import { say } from '../../kit/say.ts'
import { body, listed, login, moving, next_page, number, paged, repository, title } from './parts.ts'

const labels = z.array(z.string().min(1).max(100)).max(100)
const assignees = z.array(z.string().min(1).max(100)).max(10)
const opened = { number: z.number(), html_url: z.string() }
const changed = { ...opened, state: z.string() }

const issue = z.object({
  number: z.number(),
  title: z.string(),
  state: z.string(),
  state_reason: z.string().nullish(),
  body: z.string().nullish(),
  user: login,
  labels: z.array(z.union([z.string(), z.object({ name: z.string().nullish() })])).optional(),
  assignees: z.array(z.object({ login: z.string() })).nullish(),
  comments: z.number().optional(),
  created_at: z.string(),
  updated_at: z.string(),
  closed_at: z.string().nullish(),
  html_url: z.string(),
  /** There if the issue is a pull request, which GitHub lists among the issues. */
  pull_request: z.object({ html_url: z.string().nullish() }).optional(),
})
const one = {
  number: 7,
  title: 'It broke',
  state: 'open',
  created_at: '2026-01-01T00:00:00Z',
  updated_at: '2026-01-01T00:00:00Z',
  html_url: 'https://github.com/octocat/hello/issues/7',
}
const pins = { issue_number: moving('The issue') }

export const issueActions = {
  list_issues: action({
    title: 'List issues',
    description: 'Issues of a repository. Pull requests are among them and have `pull_request`.',
    effect: 'read',
    params: {
      ...repository,
      state: z.enum(['open', 'closed', 'all']).default('open'),
      labels: labels.optional(),
      assignee: z.string().min(1).max(100).optional(),
      since: instant().optional(),
      sort: z.enum(['created', 'updated', 'comments']).default('created'),
      direction: z.enum(['asc', 'desc']).default('desc'),
      ...paged,
    },
    summary: (p) => say`List ${p.state} issues of ${p.owner}/${p.repo}, page ${p.page}`,
    request: ({ owner, repo, labels, ...query }) =>
      get(path`/repos/${owner}/${repo}/issues`, {
        query: { ...query, labels: labels?.join(',') },
        decode: listed('issues'),
      }),
    result: { issues: z.array(issue), next_page },
    example: { params: { owner: 'octocat', repo: 'hello', labels: ['bug'] }, answers: [[one]] },
  }),
  get_issue: action({
    title: 'Read an issue',
    effect: 'read',
    params: { ...repository, issue_number: number },
    summary: (p) => say`Read issue ${p.issue_number} of ${p.owner}/${p.repo}`,
    request: (p) => get(path`/repos/${p.owner}/${p.repo}/issues/${p.issue_number}`),
    result: issue,
    example: { params: { owner: 'octocat', repo: 'hello', issue_number: 7 }, answers: [one] },
  }),
  list_comments: action({
    title: 'List the comments of an issue',
    description: 'Comments of an issue or of the conversation of a pull request, oldest first.',
    effect: 'read',
    params: { ...repository, issue_number: number, since: instant().optional(), ...paged },
    summary: (p) => say`List the comments of ${p.owner}/${p.repo} ${p.issue_number}, page ${p.page}`,
    request: ({ owner, repo, issue_number, ...query }) =>
      get(path`/repos/${owner}/${repo}/issues/${issue_number}/comments`, { query, decode: listed('comments') }),
    result: {
      comments: z.array(
        z.object({
          id: z.number(),
          user: login,
          body: z.string().nullish(),
          created_at: z.string(),
          updated_at: z.string(),
          html_url: z.string(),
        }),
      ),
      next_page,
    },
    example: { params: { owner: 'octocat', repo: 'hello', issue_number: 7 }, answers: [[]] },
  }),
  create_issue: action({
    title: 'Open an issue',
    effect: 'create',
    params: { ...repository, title, body: body.optional(), labels: labels.optional(), assignees: assignees.optional() },
    summary: (p) => say`Open issue ${p.title} in ${p.owner}/${p.repo}`,
    request: ({ owner, repo, ...issue }) => post(path`/repos/${owner}/${repo}/issues`, issue),
    result: opened,
    example: {
      params: { owner: 'octocat', repo: 'hello', title: 'It broke', body: 'When I press the button …' },
      answers: [one],
    },
  }),
  update_issue: action({
    title: 'Change an issue',
    description: 'Changes what is given; labels and assignees replace those that are there.',
    effect: 'update',
    params: {
      ...repository,
      issue_number: number,
      title: title.optional(),
      body: body.optional(),
      state: z.enum(['open', 'closed']).optional(),
      labels: labels.optional(),
      assignees: assignees.optional(),
    },
    summary: (p) => say`Change issue ${p.issue_number} of ${p.owner}/${p.repo}`,
    request: ({ owner, repo, issue_number, ...issue }) =>
      patch(path`/repos/${owner}/${repo}/issues/${issue_number}`, issue),
    result: changed,
    pins,
    example: {
      params: { owner: 'octocat', repo: 'hello', issue_number: 7, title: 'It broke again', labels: ['bug'] },
      answers: [one],
    },
  }),
  close_issue: action({
    title: 'Close an issue',
    effect: 'update',
    params: {
      ...repository,
      issue_number: number,
      state_reason: z.enum(['completed', 'not_planned', 'duplicate']).default('completed'),
    },
    summary: (p) => say`Close issue ${p.issue_number} of ${p.owner}/${p.repo} as ${p.state_reason}`,
    request: ({ owner, repo, issue_number, state_reason }) =>
      patch(path`/repos/${owner}/${repo}/issues/${issue_number}`, { state: 'closed', state_reason }),
    result: changed,
    undo: { action: 'update_issue', say: 'Open it again by the state open.' },
    pins,
    example: {
      params: { owner: 'octocat', repo: 'hello', issue_number: 7 },
      answers: [{ ...one, state: 'closed' }],
    },
  }),
  add_comment: action({
    title: 'Comment',
    description: 'Adds a comment to an issue, or to the conversation of a pull request by its number.',
    effect: 'create',
    params: { ...repository, issue_number: number, body: body.min(1) },
    summary: (p) => say`Comment on ${p.owner}/${p.repo} ${p.issue_number}: ${p.body}`,
    request: ({ owner, repo, issue_number, body }) =>
      post(path`/repos/${owner}/${repo}/issues/${issue_number}/comments`, { body }),
    result: { id: z.number(), html_url: z.string() },
    pins,
    example: {
      params: { owner: 'octocat', repo: 'hello', issue_number: 7, body: 'I see it too.' },
      answers: [{ id: 1, html_url: 'https://github.com/octocat/hello/issues/7#issuecomment-1' }],
    },
  }),
}
