import { describe, expect, test } from 'bun:test'
import type { Json } from '@permission-slip/protocol/json.ts'
import { NotSent, ServiceFault, Unanswered } from '../kit/faults.ts'
import { check } from '../kit/probe.ts'
import { slack } from '../src/slack.ts'
import { context, run } from './run.ts'
import { send, service } from './server.ts'

const stored = { id: 'fil_1', name: 'report.txt', type: 'text/plain', size: 5, sha256: '0'.repeat(64) }
const share = { channel: 'C024BE91L', file: stored, comment: 'As promised.' }
const answering = (body: Json) => service(() => Response.json(body))
const at = (origin: string) => ({ slack: { api: origin, handoff: origin } })

/** A workspace that takes an upload in three steps; each can be replaced. */
const workspace = (steps: { place?: (origin: string) => Json; bytes?: () => Response; complete?: Json } = {}) =>
  service((got, origin) => {
    if (got.path === '/api/files.getUploadURLExternal')
      return Response.json(
        steps.place?.(origin) ?? { ok: true, upload_url: `${origin}/upload/v1/CwAB?token=1`, file_id: 'F044GKUHN9Z' },
      )
    if (got.path.startsWith('/upload/')) return steps.bytes?.() ?? new Response('OK - 5')
    if (got.path === '/api/files.completeUploadExternal')
      return Response.json(steps.complete ?? { ok: true, files: [{ id: 'F044GKUHN9Z', title: 'report.txt' }] })
    return new Response('', { status: 404 })
  })

describe('sharing a file in Slack', () => {
  test('asks for a place, sends the bytes there and nothing else, and completes it in the channel', async () => {
    using s = workspace()
    expect(await run(slack, 'upload_file', share, at(s.origin))).toEqual({
      result: { files: [{ id: 'F044GKUHN9Z', title: 'report.txt' }] },
      progress: { sent: 3, answered: 3, effects: 2 },
    })
    expect(s.got.map((g) => [g.method, g.path, g.headers['content-type'], g.body])).toEqual([
      ['POST', '/api/files.getUploadURLExternal', 'application/x-www-form-urlencoded', 'filename=report.txt&length=5'],
      ['POST', '/upload/v1/CwAB?token=1', 'application/octet-stream', 'hello'],
      [
        'POST',
        '/api/files.completeUploadExternal',
        'application/json; charset=utf-8',
        '{"files":[{"id":"F044GKUHN9Z","title":"report.txt"}],"channel_id":"C024BE91L","initial_comment":"As promised."}',
      ],
    ])
  })
  test('that Slack refuses at first did nothing, and no byte of the file leaves', async () => {
    using s = workspace({ place: () => ({ ok: false, error: 'file_uploads_disabled' }) })
    const ran = await run(slack, 'upload_file', share, at(s.origin))
    expect(ran.error).toMatchObject({ name: 'ServiceFault', code: 'service_refused' })
    expect(ran.progress).toEqual({ sent: 1, answered: 1, effects: 0 })
  })
  test('that Slack refuses at the end has sent the bytes: that is partial', async () => {
    using s = workspace({ complete: { ok: false, error: 'not_in_channel' } })
    const ran = await run(slack, 'upload_file', share, at(s.origin))
    expect(ran.error).toMatchObject({ code: 'service_refused', message: 'Slack answered not_in_channel.' })
    expect(ran.progress).toEqual({ sent: 3, answered: 3, effects: 1 })
  })
  test('never follows an address outside files.slack.com', async () => {
    for (const upload_url of [
      'https://files.slack.com.evil.example/x',
      'http://files.slack.com/x',
      'https://slack.com/x',
    ]) {
      using s = workspace({ place: () => ({ ok: true, upload_url, file_id: 'F044GKUHN9Z' }) })
      const ran = await run(slack, 'upload_file', share, { slack: { api: s.origin } })
      expect({ upload_url, refused: ran.error instanceof NotSent && ran.error.code }).toEqual({
        upload_url,
        refused: 'egress_refused',
      })
      expect(s.got).toHaveLength(1)
    }
  })
})

describe('what Slack says with 200', () => {
  const message = { channel: 'C024BE91L', text: 'Hello' }
  test('ok is a success, and only the declared fields come back', async () => {
    using s = answering({ ok: true, channel: 'C024BE91L', ts: '1503435956.000247', message: { text: 'Hello' } })
    expect((await run(slack, 'send_message', message, at(s.origin))).result).toEqual({
      channel: 'C024BE91L',
      ts: '1503435956.000247',
    })
  })
  const refused: [Json, string, boolean, string][] = [
    [{ error: 'channel_not_found' }, 'service_refused', false, 'Slack answered channel_not_found.'],
    [{ error: 'invalid_auth' }, 'credential_refused', false, 'Slack answered invalid_auth.'],
    [{ error: 'token_revoked' }, 'credential_refused', false, 'Slack answered token_revoked.'],
    [
      { error: 'missing_scope', needed: 'chat:write', provided: 'users:read' },
      'credential_refused',
      false,
      'Slack answered missing_scope (it needs chat:write).',
    ],
    [{ error: 'ratelimited' }, 'service_rate_limited', true, 'Slack answered ratelimited.'],
    [
      { error: 'invalid_arguments', response_metadata: { messages: ['[ERROR] no such field'] } },
      'service_refused',
      false,
      'Slack answered invalid_arguments: [ERROR] no such field.',
    ],
    [{}, 'service_refused', false, 'Slack answered no reason given.'],
  ]
  for (const [body, code, retryable, told] of refused)
    test(`ok: false with ${JSON.stringify(body)} is ${code}: nothing happened`, async () => {
      using s = answering({ ok: false, ...(body as object) })
      const ran = await run(slack, 'send_message', message, at(s.origin))
      expect(ran.error).toBeInstanceOf(ServiceFault)
      expect(ran.error).toMatchObject({ code, retryable, message: told })
      expect(ran.progress.effects).toBe(0)
    })
  for (const error of ['internal_error', 'fatal_error', 'service_unavailable'])
    test(`${error} leaves open whether a message was sent, and is a plain failure of a read`, async () => {
      using s = answering({ ok: false, error })
      expect((await run(slack, 'send_message', message, at(s.origin))).error).toBeInstanceOf(Unanswered)
      expect((await run(slack, 'list_users', {}, at(s.origin))).error).toMatchObject({
        code: 'service_failed',
        retryable: true,
      })
    })
  test('a list tells where it goes on, and that it ends', async () => {
    using more = answering({ ok: true, members: [{ id: 'U1' }], response_metadata: { next_cursor: 'dXNlcg==' } })
    expect((await run(slack, 'list_users', {}, at(more.origin))).result).toEqual({
      members: [{ id: 'U1' }],
      next_cursor: 'dXNlcg==',
    })
    using end = answering({ ok: true, members: [], response_metadata: { next_cursor: '' } })
    expect((await run(slack, 'list_users', {}, at(end.origin))).result).toEqual({ members: [], next_cursor: null })
  })
  test('the check names the account, and refuses a token that Slack refuses', async () => {
    using good = answering({ ok: true, team: 'Acme', team_id: 'T1', user: 'slip', user_id: 'U1' })
    expect(await check(slack, context, { send }, { origins: at(good.origin) })).toEqual({
      account_id: 'T1/U1',
      account: 'slip in Acme',
      warnings: [],
    })
    using bad = answering({ ok: false, error: 'invalid_auth' })
    await expect(check(slack, context, { send }, { origins: at(bad.origin) })).rejects.toMatchObject({
      code: 'credential_refused',
    })
  })
})

test('a message is scheduled at the instant that was approved, in whole seconds', async () => {
  using s = answering({ ok: true, channel: 'C024BE91L', scheduled_message_id: 'Q1' })
  const params = { channel: '#general', text: 'Good morning', post_at: '2026-01-02T09:00:00.500+01:00' }
  await run(slack, 'schedule_message', params, at(s.origin))
  expect(JSON.parse(s.got[0]?.body ?? '')).toEqual({ channel: '#general', text: 'Good morning', post_at: 1767340800 })
})
