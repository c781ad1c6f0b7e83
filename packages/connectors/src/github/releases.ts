import { z } from 'zod'
import { readAnswer } from '../../kit/answer.ts'
import { action } from '../../kit/define.ts'
import { opaque, path } from '../../kit/path.ts'
import { get, post } from '../../kit/request.ts'
import { say, words } from '../../kit/say.ts'
import { body, branch, madeSince, moving, repository } from './parts.ts'

const released = {
  id: z.number(),
  tag_name: z.string(),
  draft: z.boolean(),
  html_url: z.string(),
}
const known = z.object({ ...released, published_at: z.string().nullish() })

export const releaseActions = {
  create_release: action({
    title: 'Publish a release',
    description: 'Makes the tag too, at `target_commitish` or the default branch, if there is none of that name.',
    effect: 'create',
    params: {
      ...repository,
      tag_name: branch,
      target_commitish: branch.optional(),
      name: z.string().min(1).max(255).optional(),
      body: body.optional(),
      draft: z.boolean().default(false),
      prerelease: z.boolean().default(false),
      generate_release_notes: z.boolean().default(false),
    },
    summary: (p) =>
      say`${words(p.draft ? 'Draft' : 'Publish')} release ${p.tag_name} of ${p.owner}/${p.repo}, made from ${p.target_commitish ?? 'the default branch'}`,
    request: ({ owner, repo, ...release }) => post(path`/repos/${owner}/${repo}/releases`, release),
    result: released,
    pins: {
      tag_name: moving('The commit that an existing tag names'),
      target_commitish: moving('The commit that a branch names'),
    },
    probe: {
      request: (p) => get(path`/repos/${p.owner}/${p.repo}/releases/tags/${opaque(p.tag_name)}`, { accept: [404] }),
      // A tag has one release at most, so one that was published since is this one. A draft is not found by its tag.
      read: (answer, _, ctx) => {
        const { published_at, ...release } = answer.status === 404 ? noRelease : readAnswer(known, answer)
        return madeSince(published_at, ctx.now) ? { found: true, result: release } : { found: false, certain: false }
      },
      settles_after_s: 60,
    },
    example: {
      params: { owner: 'octocat', repo: 'hello', tag_name: 'v1.0.0', target_commitish: 'main', name: 'First' },
      answers: [
        { id: 1, tag_name: 'v1.0.0', draft: false, html_url: 'https://github.com/octocat/hello/releases/tag/v1.0.0' },
      ],
    },
  }),
}

const noRelease = { id: 0, tag_name: '', draft: false, html_url: '', published_at: null }
