import { z } from 'zod'
import { readAnswer } from '../../kit/answer.ts'
import { action } from '../../kit/define.ts'
import { path } from '../../kit/path.ts'
import { get, post, put } from '../../kit/request.ts'
import { say } from '../../kit/say.ts'
import {
  body,
  branch,
  commit,
  listed,
  login,
  madeSince,
  moving,
  next_page,
  number,
  paged,
  repository,
  title,
} from './parts.ts'

const end = z.object({ ref: z.string(), sha: z.string() })
const pull = z.object({
  number: z.number(),
  title: z.string(),
  state: z.string(),
  draft: z.boolean().optional(),
  body: z.string().nullish(),
  user: login,
  /** `head.sha` is what a review or a merge pins. */
  head: end,
  base: end,
  merged_at: z.string().nullish(),
  created_at: z.string(),
  updated_at: z.string(),
  html_url: z.string(),
})
const whole = pull.extend({
  merged: z.boolean().optional(),
  mergeable: z.boolean().nullish(),
  mergeable_state: z.string().optional(),
  commits: z.number().optional(),
  additions: z.number().optional(),
  deletions: z.number().optional(),
  changed_files: z.number().optional(),
})
const sha = '6dcb09b5b57875f334f61aebed695e2e4193db5e'
const one = {
  number: 12,
  title: 'Mend it',
  state: 'open',
  head: { ref: 'mend', sha },
  base: { ref: 'main', sha: '7fd1a60b01f91b314f59955a4e4d4e80d8edf11d' },
  created_at: '2026-01-01T00:00:00Z',
  updated_at: '2026-01-01T00:00:00Z',
  html_url: 'https://github.com/octocat/hello/pull/12',
}
const named = { owner: 'octocat', repo: 'hello', pull_number: 12 }
const merged = z.object({
  merged: z.boolean(),
  merged_at: z.string().nullish(),
  merge_commit_sha: z.string().nullish(),
  head: end,
})

export const pullActions = {
  list_pull_requests: action({
    title: 'List pull requests',
    effect: 'read',
    params: {
      ...repository,
      state: z.enum(['open', 'closed', 'all']).default('open'),
      base: branch.optional(),
      head: branch.optional().describe('owner:branch'),
      sort: z.enum(['created', 'updated', 'popularity', 'long-running']).default('created'),
      direction: z.enum(['asc', 'desc']).default('desc'),
      ...paged,
    },
    summary: (p) => say`List ${p.state} pull requests of ${p.owner}/${p.repo}, page ${p.page}`,
    request: ({ owner, repo, ...query }) =>
      get(path`/repos/${owner}/${repo}/pulls`, { query, decode: listed('pull_requests') }),
    result: { pull_requests: z.array(pull), next_page },
    example: { params: { owner: 'octocat', repo: 'hello', base: 'main' }, answers: [[one]] },
  }),
  get_pull_request: action({
    title: 'Read a pull request',
    effect: 'read',
    params: { ...repository, pull_number: number },
    summary: (p) => say`Read pull request ${p.pull_number} of ${p.owner}/${p.repo}`,
    request: (p) => get(path`/repos/${p.owner}/${p.repo}/pulls/${p.pull_number}`),
    result: whole,
    example: { params: named, answers: [one] },
  }),
  list_changed_files: action({
    title: 'List the files of a pull request',
    description: 'What a pull request changes, with the patch of each file where GitHub gives one.',
    effect: 'read',
    params: { ...repository, pull_number: number, ...paged },
    summary: (p) => say`List the files of pull request ${p.pull_number} of ${p.owner}/${p.repo}, page ${p.page}`,
    request: ({ owner, repo, pull_number, ...query }) =>
      get(path`/repos/${owner}/${repo}/pulls/${pull_number}/files`, { query, decode: listed('files') }),
    result: {
      files: z.array(
        z.object({
          filename: z.string(),
          previous_filename: z.string().optional(),
          status: z.string(),
          additions: z.number(),
          deletions: z.number(),
          patch: z.string().optional(),
        }),
      ),
      next_page,
    },
    example: { params: named, answers: [[]] },
  }),
  create_pull_request: action({
    title: 'Open a pull request',
    effect: 'create',
    params: {
      ...repository,
      title,
      head: branch.describe('the branch with the changes; owner:branch from a fork'),
      base: branch,
      body: body.optional(),
      draft: z.boolean().default(false),
    },
    summary: (p) => say`Open pull request ${p.title} from ${p.head} into ${p.base} of ${p.owner}/${p.repo}`,
    request: ({ owner, repo, ...pull }) => post(path`/repos/${owner}/${repo}/pulls`, pull),
    result: { number: z.number(), html_url: z.string(), head: end },
    pins: { head: moving('What the branch holds') },
    example: {
      params: { owner: 'octocat', repo: 'hello', title: 'Mend it', head: 'mend', base: 'main', body: 'Closes #7.' },
      answers: [one],
    },
  }),
  review_pull_request: action({
    title: 'Review a pull request',
    description: 'Approves, asks for changes or comments, on the commit that was read: `head.sha` of get_pull_request.',
    effect: 'update',
    params: {
      ...repository,
      pull_number: number,
      commit_id: commit,
      event: z.enum(['APPROVE', 'REQUEST_CHANGES', 'COMMENT']),
      body: body.min(1),
    },
    summary: (p) => say`Review pull request ${p.pull_number} of ${p.owner}/${p.repo} as ${p.event}: ${p.body}`,
    request: ({ owner, repo, pull_number, ...review }) =>
      post(path`/repos/${owner}/${repo}/pulls/${pull_number}/reviews`, review),
    result: { id: z.number(), state: z.string(), html_url: z.string() },
    pins: { pull_number: { by: 'commit_id' } },
    example: {
      params: { ...named, commit_id: sha, event: 'COMMENT', body: 'One question: …' },
      answers: [{ id: 80, state: 'COMMENTED', html_url: 'https://github.com/octocat/hello/pull/12#review-80' }],
    },
  }),
  merge_pull_request: action({
    title: 'Merge a pull request',
    description:
      'Merges the commit that was read, `head.sha` of get_pull_request; GitHub refuses if there are newer ones.',
    effect: 'update',
    risk: 'high',
    params: {
      ...repository,
      pull_number: number,
      sha: commit,
      merge_method: z.enum(['merge', 'squash', 'rebase']).default('merge'),
      commit_title: title.optional(),
      commit_message: body.optional(),
    },
    summary: (p) => say`Merge pull request ${p.pull_number} of ${p.owner}/${p.repo} at ${p.sha} by ${p.merge_method}`,
    request: ({ owner, repo, pull_number, ...merge }) =>
      put(path`/repos/${owner}/${repo}/pulls/${pull_number}/merge`, merge),
    result: { merged: z.boolean(), sha: z.string().nullish() },
    undo: 'irreversible',
    pins: { pull_number: { by: 'sha' } },
    probe: {
      request: (p) => get(path`/repos/${p.owner}/${p.repo}/pulls/${p.pull_number}`),
      read: (answer, p, ctx) => {
        const now = readAnswer(merged, answer)
        return now.merged && now.head.sha === p.sha && madeSince(now.merged_at, ctx.now)
          ? { found: true, result: { merged: true, sha: now.merge_commit_sha ?? null } }
          : { found: false, certain: false }
      },
      settles_after_s: 60,
    },
    example: { params: { ...named, sha, merge_method: 'squash' }, answers: [{ merged: true, sha }] },
  }),
}
