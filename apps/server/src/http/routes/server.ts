import { createHash } from 'node:crypto'
import { instant } from '@permission-slip/protocol/action.ts'
import { Refusal } from '@permission-slip/protocol/errors.ts'
import { z } from 'zod'
import { spendNonce } from '../../actions/once.ts'
import { iso } from '../../clock.ts'
import { rotateMaster } from '../../connections/rotate-master.ts'
import type { Context } from '../../context.ts'
import { keepFile } from '../../files/store.ts'
import { mustGrant } from '../../people/roles.ts'
import { makeReadiness } from '../../readiness.ts'
import { isFrozen, readSetting, writeSetting } from '../../settings.ts'
import { guardSpace } from '../../space.ts'
import { actorOf, type PersonCaller } from '../caller.ts'
import { ok, type Route, route } from '../route.ts'

const settings = z.strictObject({
  frozen: z.boolean(),
  /** Whether tokens other than the one from set-up may decide high risk. */
  tokens_decide_high_risk: z.boolean(),
  public_url: z.string(),
  log_key: z.string(),
  log_origin: z.string(),
  clock_problem: z.string().nullable(),
})
const file = z.strictObject({
  id: z.string(),
  name: z.string(),
  type: z.string(),
  size: z.number(),
  sha256: z.string(),
  created_at: instant,
})
const frozen = z.strictObject({ frozen: z.boolean() })

export function serverRoutes(ctx: Context): Route[] {
  const whyNotReady = makeReadiness(ctx)
  const freezing = (to: boolean) =>
    route({
      method: 'POST',
      path: to ? '/api/v1/freeze' : '/api/v1/unfreeze',
      summary: to ? 'Stop everything: nothing is taken, nothing starts.' : 'Lift the freeze.',
      who: [to ? 'approver' : 'owner'],
      scope: 'manage',
      logs: [to ? 'settings.frozen' : 'settings.unfrozen'],
      answers: { 200: frozen },
      async handler({ caller }) {
        await ctx.writer.write(async (tx) => {
          if ((await isFrozen(tx.db)) === to) return
          await writeSetting(tx, 'frozen', to)
          await tx.append({
            type: to ? 'settings.frozen' : 'settings.unfrozen',
            actor: actorOf(caller),
            subject: null,
            data: {},
          })
        })
        return ok({ frozen: to })
      },
    })
  const shown = async () => ({
    frozen: await isFrozen(ctx.db),
    tokens_decide_high_risk: (await readSetting(ctx.db, 'tokens_decide_high_risk')) === true,
    public_url: ctx.config.publicUrl,
    log_key: ctx.keys.log.publicKey,
    log_origin: ctx.keys.origin,
    clock_problem: ctx.clockGuard.problem(),
  })
  return [
    freezing(true),
    freezing(false),
    route({
      method: 'GET',
      path: '/api/v1/settings',
      summary: 'What owners set, and the log key to pin.',
      who: ['viewer'],
      scope: 'read',
      logs: { none: 'reads' },
      answers: { 200: settings },
      handler: async () => ok(await shown()),
    }),
    route({
      method: 'PATCH',
      path: '/api/v1/settings',
      summary: 'Change a setting.',
      who: ['owner'],
      scope: 'manage',
      fresh: true,
      logs: ['settings.changed'],
      body: z.strictObject({ tokens_decide_high_risk: z.boolean() }),
      answers: { 200: settings },
      async handler({ caller, body }) {
        mustGrant(caller)
        await ctx.writer.write(async (tx) => {
          await writeSetting(tx, 'tokens_decide_high_risk', body.tokens_decide_high_risk)
          await tx.append({
            type: 'settings.changed',
            actor: actorOf(caller),
            subject: null,
            data: { name: 'tokens_decide_high_risk' },
            content: body,
          })
        })
        return ok(await shown())
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/clock/confirm',
      summary: 'Say that the clock is right, after it was in doubt.',
      who: ['owner'],
      scope: 'manage',
      fresh: true,
      logs: ['settings.clock_confirmed'],
      answers: { 200: z.strictObject({ time: instant }) },
      async handler({ caller }) {
        await ctx.writer.write((tx) =>
          tx.append({ type: 'settings.clock_confirmed', actor: actorOf(caller), subject: null, data: {} }),
        )
        ctx.clockGuard.confirm()
        return ok({ time: iso(ctx.clock.now()) })
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/keys/rotate',
      summary: 'A new master key; every credential is sealed under it.',
      who: ['owner'],
      scope: 'manage',
      fresh: true,
      logs: ['key.rotated'],
      body: z.strictObject({ key: z.enum(['master', 'log']) }),
      answers: { 200: z.strictObject({ key: z.string(), version: z.number(), fingerprint: z.string() }) },
      async handler({ caller, body }) {
        if (body.key === 'log') throw new Refusal('not_available', 'This version rotates the master key only.')
        const { version, fingerprint } = await rotateMaster(
          { writer: ctx.writer, keys: ctx.keyRing, file: ctx.config.masterKeyFile },
          actorOf(caller as PersonCaller),
        )
        return ok({ key: 'master', version, fingerprint })
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/files',
      summary: 'Store a file (25 MB) for an action: the body as it is, its name in ?name=, its type in content-type.',
      who: ['agent'],
      scope: null,
      stream: true,
      logs: ['file.stored'],
      query: z.strictObject({
        name: z
          .string()
          .min(1)
          .max(255)
          .regex(/^[^/\\\p{Cc}]+$/u, 'expected a file name without slashes and control characters')
          .default('file'),
      }),
      answers: { 201: file },
      async handler({ caller, query, request, headers, raw }) {
        guardSpace(ctx)
        const body = request.body
        if (body === null)
          throw new Refusal('invalid_request', 'The body is the file; it is empty.', {
            fields: [{ field: 'body', expected: 'the bytes of a file', got: 'nothing' }],
          })
        const type =
          /^[\w.+-]+\/[\w.+-]+$/.exec((headers['content-type'] ?? '').split(';')[0] ?? '')?.[0] ??
          'application/octet-stream'
        const row = await keepFile(ctx, caller, { name: query.name, type }, checked(body, raw.contentSha256), (tx) =>
          spendNonce(tx, caller),
        )
        const { owner: _, ...about } = row
        return ok({ ...about, created_at: iso(row.created_at) }, 201)
      },
    }),
    route({
      method: 'GET',
      path: '/healthz',
      summary: 'The process answers.',
      who: ['public'],
      scope: null,
      logs: { none: 'reads' },
      answers: { 200: z.strictObject({ ok: z.literal(true) }) },
      handler: async () => ok({ ok: true }),
    }),
    route({
      method: 'GET',
      path: '/readyz',
      summary: 'Whether actions are taken and started, or why not.',
      who: ['public'],
      scope: null,
      logs: { none: 'reads' },
      answers: {
        200: z.strictObject({ ready: z.boolean(), why: z.array(z.string()) }),
        503: z.strictObject({ ready: z.boolean(), why: z.array(z.string()) }),
      },
      async handler({ requestId }) {
        const why = await whyNotReady(requestId)
        return { status: why.length === 0 ? 200 : 503, body: { ready: why.length === 0, why } }
      },
    }),
  ]
}

/** A streamed body is held to the digest that its signature covers before the last byte counts. */
function checked(body: ReadableStream<Uint8Array>, sha256: Uint8Array | null): ReadableStream<Uint8Array> {
  if (sha256 === null) return body
  const hash = createHash('sha256')
  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, out) {
        hash.update(chunk)
        out.enqueue(chunk)
      },
      flush(out) {
        if (!hash.digest().equals(sha256))
          out.error(new Refusal('bad_signature', 'content-digest: the body is another one.'))
      },
    }),
  )
}
