import { z } from 'zod'
import { action } from '../../kit/define.ts'
import { path } from '../../kit/path.ts'
import { get, post } from '../../kit/request.ts'
import { say } from '../../kit/say.ts'
import { branch, moving, number, paged, repository } from './parts.ts'

const workflow = z
  .string()
  .max(255)
  .regex(/^[\w.-]+$/, 'expected the file name of a workflow, such as deploy.yml, or its number')

export const workflowActions = {
  list_workflow_runs: action({
    title: 'List runs of a workflow',
    effect: 'read',
    params: { ...repository, workflow, branch: branch.optional(), ...paged },
    summary: (p) => say`List the runs of ${p.workflow} in ${p.owner}/${p.repo}, page ${p.page}`,
    request: ({ owner, repo, workflow, ...query }) =>
      get(path`/repos/${owner}/${repo}/actions/workflows/${workflow}/runs`, { query }),
    result: {
      total_count: z.number(),
      workflow_runs: z.array(
        z.object({
          id: z.number(),
          run_number: number,
          event: z.string(),
          head_branch: z.string().nullish(),
          head_sha: z.string(),
          status: z.string().nullish(),
          conclusion: z.string().nullish(),
          created_at: z.string(),
          html_url: z.string(),
        }),
      ),
    },
    example: {
      params: { owner: 'octocat', repo: 'hello', workflow: 'deploy.yml' },
      answers: [{ total_count: 0, workflow_runs: [] }],
    },
  }),
  trigger_workflow: action({
    title: 'Run a workflow',
    description: 'Starts a workflow that has `workflow_dispatch`; GitHub does not say which run it became.',
    effect: 'run',
    params: {
      ...repository,
      workflow,
      ref: branch,
      inputs: z
        .record(z.string().min(1).max(255), z.string().max(65_535))
        .refine((inputs) => Object.keys(inputs).length <= 25, 'expected at most 25 inputs')
        .default({}),
    },
    summary: (p) => say`Run ${p.workflow} of ${p.owner}/${p.repo} at ${p.ref} with ${p.inputs}`,
    request: ({ owner, repo, workflow, ref, inputs }) =>
      post(path`/repos/${owner}/${repo}/actions/workflows/${workflow}/dispatches`, { ref, inputs }),
    result: {},
    undo: 'irreversible',
    pins: { workflow: moving('What the workflow does'), ref: moving('The commit that this branch or tag names') },
    example: {
      params: { owner: 'octocat', repo: 'hello', workflow: 'deploy.yml', ref: 'main', inputs: { target: 'staging' } },
      answers: [{}],
    },
  }),
}
