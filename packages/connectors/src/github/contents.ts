import type { Json } from '@permission-slip/protocol/json.ts'
import { z } from 'zod'
import { parseJson } from '../../kit/answer.ts'
import { fromBase64, toBase64 } from '../../kit/base64.ts'
import { action } from '../../kit/define.ts'
import { path, segments } from '../../kit/path.ts'
import { get, put } from '../../kit/request.ts'
import { say } from '../../kit/say.ts'
import type { WireAnswer } from '../../kit/types.ts'
import { branch, commit, moving, repository } from './parts.ts'

const expected = 'expected a path such as src/main.ts, without a slash at its ends'
const file = z
  .string()
  .max(4096)
  .regex(/^[^/]+(\/[^/]+)*$/, expected)

export const contentActions = {
  read_file: action({
    title: 'Read a file or folder',
    description:
      'A file as text, or as base64 where it is not UTF-8; a folder as its entries. Above 1 MB GitHub sends no content.',
    effect: 'read',
    params: {
      ...repository,
      path: z
        .string()
        .max(4096)
        .regex(/^([^/]+(\/[^/]+)*)?$/, expected)
        .default(''),
      ref: branch.optional(),
    },
    summary: (p) => say`Read ${p.path === '' ? '/' : p.path} of ${p.owner}/${p.repo}`,
    request: (p) =>
      get(
        p.path === ''
          ? path`/repos/${p.owner}/${p.repo}/contents`
          : path`/repos/${p.owner}/${p.repo}/contents/${segments(p.path)}`,
        { query: { ref: p.ref }, decode: contents },
      ),
    result: {
      type: z.string(),
      path: z.string().nullable(),
      /** What write_file pins. */
      sha: z.string().nullable(),
      size: z.number().nullable(),
      text: z.string().nullable(),
      base64: z.string().nullable(),
      entries: z
        .array(z.object({ name: z.string(), path: z.string(), type: z.string(), size: z.number(), sha: z.string() }))
        .nullable(),
    },
    example: {
      params: { owner: 'octocat', repo: 'hello', path: 'src/main.ts', ref: 'main' },
      answers: [
        {
          type: 'file',
          path: 'src/main.ts',
          sha: '3d21ec53a331a6f037a91c368710b99387d012c1',
          size: 5,
          encoding: 'base64',
          content: 'aGVsbG8=\n',
        },
      ],
    },
  }),
  write_file: action({
    title: 'Write a file',
    description:
      'Commits a text file to a branch. `sha` is that of the file as it was read; without it the file must be new.',
    effect: 'update',
    params: {
      ...repository,
      path: file,
      content: z.string().max(1024 * 1024),
      message: z.string().min(1).max(10_000),
      branch: branch.optional(),
      sha: commit.optional(),
    },
    summary: (p) => say`Write ${p.path} in ${p.owner}/${p.repo} (${p.message}): ${p.content}`,
    request: ({ owner, repo, path: at, content, ...how }) =>
      put(path`/repos/${owner}/${repo}/contents/${segments(at)}`, {
        ...how,
        content: toBase64(new TextEncoder().encode(content)),
      }),
    result: {
      content: z.object({ path: z.string(), sha: z.string(), html_url: z.string().nullish() }).nullish(),
      commit: z.object({ sha: z.string(), html_url: z.string().nullish() }),
    },
    pins: { path: { by: 'sha' }, branch: moving('The other files of the branch') },
    example: {
      params: {
        owner: 'octocat',
        repo: 'hello',
        path: 'src/main.ts',
        content: 'hello',
        message: 'Say hello',
        branch: 'mend',
        sha: '3d21ec53a331a6f037a91c368710b99387d012c1',
      },
      answers: [
        {
          content: { path: 'src/main.ts', sha: '95b966ae1c166bd92f8ae7d1c313e738c731dfc3' },
          commit: { sha: '7638417db6d59f3c431d3e1f261cc637155684cd' },
        },
      ],
    },
  }),
}

const entry = z.object({
  type: z.string(),
  path: z.string(),
  sha: z.string(),
  size: z.number(),
  encoding: z.string().optional(),
  content: z.string().optional(),
})

/** One shape for a file, a folder, and what is neither (links, submodules). */
function contents(answer: WireAnswer): Json {
  const body = parseJson(answer.body)
  const nothing = { path: null, sha: null, size: null, text: null, base64: null, entries: null }
  if (Array.isArray(body)) return { ...nothing, type: 'dir', entries: body }
  const { type, path, sha, size, encoding, content } = entry.parse(body)
  const one = { ...nothing, type, path, sha, size }
  if (encoding !== 'base64' || content === undefined) return one
  const bytes = fromBase64(content)
  try {
    return { ...one, text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) }
  } catch {
    return { ...one, base64: toBase64(bytes) }
  }
}
