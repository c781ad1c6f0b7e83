import { z } from 'zod'
import { action } from '../../kit/define.ts'
import { path } from '../../kit/path.ts'
import { get } from '../../kit/request.ts'
import { say } from '../../kit/say.ts'
import { listed, next_page, paged } from './parts.ts'

export const repositoryActions = {
  list_repositories: action({
    title: 'List repositories',
    description: 'The repositories that the token reaches.',
    effect: 'read',
    params: {
      visibility: z.enum(['all', 'public', 'private']).default('all'),
      sort: z.enum(['created', 'updated', 'pushed', 'full_name']).default('full_name'),
      ...paged,
    },
    summary: (p) => say`List ${p.visibility} repositories, page ${p.page}`,
    request: (query) => get(path`/user/repos`, { query, decode: listed('repositories') }),
    result: {
      repositories: z.array(
        z.object({
          full_name: z.string(),
          description: z.string().nullable(),
          private: z.boolean(),
          archived: z.boolean().optional(),
          default_branch: z.string(),
          html_url: z.string(),
          pushed_at: z.string().nullish(),
        }),
      ),
      next_page,
    },
    example: {
      params: { visibility: 'private' },
      answers: [
        [
          {
            full_name: 'octocat/hello',
            description: 'My first repository',
            private: true,
            default_branch: 'main',
            html_url: 'https://github.com/octocat/hello',
          },
        ],
      ],
    },
  }),
}
