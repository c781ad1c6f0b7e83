import { describe, expect, test } from 'bun:test'
import type { Json, JsonObject } from '@permission-slip/protocol/json.ts'
import { FieldFault } from '../kit/faults.ts'
import { resolveOrigin } from '../kit/origin.ts'
import { check, probe } from '../kit/probe.ts'
import { github } from '../src/github.ts'
import { actionOf, context, run } from './run.ts'
import { send, service } from './server.ts'

const at = (origin: string) => ({ github: origin })
const repository = { owner: 'octocat', repo: 'hello' }
const sha = '6dcb09b5b57875f334f61aebed695e2e4193db5e'
const answering = (body: Json, init: ResponseInit = {}) => service(() => Response.json(body, init))

describe('where GitHub is', () => {
  const entered = (server: string) => github.normalise?.({ server }) ?? {}
  const api = (server: string) => resolveOrigin(github, 'api', entered(server))
  test('follows from what was entered: github.com, an own name at ghe.com, an Enterprise Server', () => {
    expect(resolveOrigin(github, 'api', {})).toBe('https://api.github.com')
    expect(api('https://github.com/')).toBe('https://api.github.com')
    expect(api('acme.ghe.com')).toBe('https://api.acme.ghe.com')
    expect(api('https://GitHub.Example.org/')).toBe('https://github.example.org/api/v3')
    expect(api('github.example.org:8443')).toBe('https://github.example.org:8443/api/v3')
  })
  test('is never anything but a host', () => {
    for (const bad of ['http://github.example.org', 'a.b/c', 'u@a.b', 'a.b?x', 'a.b#x', 'localhost', 'a..b', 'a.b:x']) {
      expect(() => entered(bad)).toThrow(FieldFault)
      expect(() => resolveOrigin(github, 'api', { server: bad })).toThrow(FieldFault)
    }
  })
})

describe('a file', () => {
  const read = async (body: Json) => {
    using s = answering(body)
    return (await run(github, 'read_file', { ...repository, path: 'a' }, at(s.origin))).result
  }
  const file = { type: 'file', path: 'a', sha, size: 1 }
  const nothing = { text: null, base64: null, entries: null }
  test('comes back as text, as base64 where it is none, and without content where GitHub sends none', async () => {
    expect(await read({ ...file, encoding: 'base64', content: 'w6kK\nw6k=\n' })).toEqual({
      ...file,
      ...nothing,
      text: 'é\né',
    })
    expect(await read({ ...file, encoding: 'base64', content: '//4=' })).toEqual({
      ...file,
      ...nothing,
      base64: '//4=',
    })
    expect(await read({ ...file, encoding: 'none', content: '' })).toEqual({ ...file, ...nothing })
  })
  test('or is a folder, the top one by no path at all', async () => {
    const entry = { name: 'b', path: 'a/b', type: 'file', size: 1, sha }
    expect(await read([{ ...entry, download_url: 'https://raw.example/?token=1' }])).toEqual({
      ...nothing,
      type: 'dir',
      path: null,
      sha: null,
      size: null,
      entries: [entry],
    })
    using s = answering([])
    await run(github, 'read_file', repository, at(s.origin))
    expect(s.got[0]?.path).toBe('/repos/octocat/hello/contents')
  })
  test('is written as the bytes of its text, over the version that was read', async () => {
    using s = answering({ content: null, commit: { sha } })
    const content = 'é😀\n'.repeat(20_000)
    await run(github, 'write_file', { ...repository, path: 'a b/c.txt', content, message: 'm', sha }, at(s.origin))
    expect(s.got[0]).toMatchObject({ method: 'PUT', path: '/repos/octocat/hello/contents/a%20b/c.txt' })
    const body = JSON.parse(s.got[0]?.body ?? '') as { content: string; sha: string }
    expect(body.sha).toBe(sha)
    expect(Buffer.from(body.content, 'base64').toString()).toBe(content)
  })
  test('is not reached outside the repository', async () => {
    using s = answering({})
    for (const path of ['../x', 'a/../../x', 'a/%2e%2e/x', 'a//b'])
      expect((await run(github, 'read_file', { ...repository, path }, at(s.origin))).error).toMatchObject({
        code: 'invalid_params',
      })
    expect(s.got).toEqual([])
  })
})

test('a list says which page is next, and that there is none', async () => {
  const link = '<https://api.github.com/x?per_page=1&page=3>; rel="next", <https://api.github.com/x?page=9>; rel="last"'
  using more = answering([], { headers: { link } })
  expect((await run(github, 'list_issues', repository, at(more.origin))).result).toEqual({ issues: [], next_page: 3 })
  using end = answering([], { headers: { link: '<https://api.github.com/x?page=1>; rel="first"' } })
  expect((await run(github, 'list_issues', repository, at(end.origin))).result).toEqual({ issues: [], next_page: null })
})

describe('a merge', () => {
  const merge = { ...repository, pull_number: 12, sha }
  test('sends the commit that was approved, so that GitHub refuses a newer one', async () => {
    using s = answering({ message: 'Head branch was modified. Review and try the merge again.' }, { status: 409 })
    expect((await run(github, 'merge_pull_request', merge, at(s.origin))).error).toMatchObject({
      code: 'service_refused',
      message: 'The service answered 409: Head branch was modified. Review and try the merge again.',
    })
    expect(JSON.parse(s.got[0]?.body ?? '')).toEqual({ sha, merge_method: 'merge' })
  })
  test('whose answer was lost is found if that commit was merged since, and not otherwise', async () => {
    const looked = async (more: JsonObject) => {
      const pull = { merged: true, merged_at: '2026-01-01T00:00:10Z', merge_commit_sha: 'm', head: { ref: 'x', sha } }
      using s = answering({ ...pull, ...more })
      return await probe(
        github,
        actionOf(github, 'merge_pull_request'),
        merge,
        context,
        { send },
        context.now + 3_600_000,
        {
          origins: at(s.origin),
        },
      )
    }
    expect(await looked({})).toEqual({ found: true, result: { merged: true, sha: 'm' } })
    const not = { found: false, certain: false } as const
    expect(await looked({ merged: false, merged_at: null })).toEqual(not)
    expect(await looked({ head: { ref: 'x', sha: '0'.repeat(40) } })).toEqual(not)
    expect(await looked({ merged_at: '2025-12-31T00:00:00Z' })).toEqual(not)
  })
})

test('a release whose answer was lost is found by its tag, if it was published since', async () => {
  const release = { id: 1, tag_name: 'v/1', draft: false, html_url: 'https://github.com/x' }
  const looked = async (body: Json, status = 200) => {
    using s = answering(body, { status })
    const action = actionOf(github, 'create_release')
    const params = { ...repository, tag_name: 'v/1' }
    const found = await probe(github, action, params, context, { send }, context.now + 3_600_000, {
      origins: at(s.origin),
    })
    expect(s.got[0]?.path).toBe('/repos/octocat/hello/releases/tags/v%2F1')
    return found
  }
  expect(await looked({ ...release, published_at: '2026-01-01T00:00:10Z' })).toEqual({ found: true, result: release })
  expect(await looked({ ...release, published_at: '2025-01-01T00:00:00Z' })).toMatchObject({ found: false })
  expect(await looked({ message: 'Not Found' }, 404)).toMatchObject({ found: false, certain: false })
})

describe('a 403', () => {
  const told = async (message: string, headers: Record<string, string>) => {
    using s = answering({ message }, { status: 403, headers })
    return (await run(github, 'create_issue', { ...repository, title: 'x' }, at(s.origin))).error
  }
  test('that speaks of limits asks to wait', async () => {
    expect(
      await told('API rate limit exceeded', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1767225600' }),
    ).toMatchObject({
      code: 'service_rate_limited',
      retryable: true,
      message: 'The service answered 403: API rate limit exceeded. The limit ends at 2026-01-01T00:00:00.000Z.',
    })
    expect(await told('You have exceeded a secondary rate limit.', { 'retry-after': '60' })).toMatchObject({
      code: 'service_rate_limited',
      message: expect.stringContaining('It asks to wait 60 s.'),
    })
  })
  test('that speaks of the token is about the credential; another is a refusal', async () => {
    expect(await told('Resource not accessible by personal access token', {})).toMatchObject({
      code: 'credential_refused',
    })
    expect(await told('Repository was archived so is read-only.', {})).toMatchObject({ code: 'service_refused' })
  })
})

test('the check names the account, and warns of a token that reaches everything or ends', async () => {
  using fine = answering({ id: 1, login: 'octocat' })
  expect(await check(github, context, { send }, { origins: at(fine.origin) })).toEqual({
    account_id: '1',
    account: 'octocat',
    warnings: [],
  })
  using classic = answering(
    { id: 1, login: 'octocat' },
    { headers: { 'x-oauth-scopes': 'repo', 'github-authentication-token-expiration': '2026-02-01 00:00:00 UTC' } },
  )
  const { warnings } = await check(github, context, { send }, { origins: at(classic.origin) })
  expect(warnings).toEqual([
    'The token ends on 2026-02-01 00:00:00 UTC.',
    expect.stringContaining('classic token: it may do repo everywhere'),
  ])
})
