import { z } from 'zod'
import { answerTo, call } from '../kit/answer.ts'
import { bearer, field } from '../kit/auth.ts'
import { form, multipart, raw } from '../kit/body.ts'
import { action, defineConnector } from '../kit/define.ts'
import { bytesOf } from '../kit/files.ts'
import { file } from '../kit/kinds.ts'
import { part } from '../kit/origin.ts'
import { path } from '../kit/path.ts'
import { del, get, graphql, handoff, post } from '../kit/request.ts'
import { say } from '../kit/say.ts'
import { graphqlFault } from '../kit/verdict.ts'

const stored = { id: 'fil_1', name: 'a.txt', type: 'text/plain', size: 5, sha256: '0'.repeat(64) }

/** A connector with one action of every shape that services ask for; its service is `server.ts`. */
export const shop = defineConnector({
  id: 'shop',
  name: 'Shop',
  docs: '',
  origins: {
    api: (f) => `https://${part(f, 'shop', /[a-z0-9-]+/, 'the name of your shop')}.shop.example`,
    uploads: 'https://uploads.shop.example/v1',
  },
  headers: { 'Shop-Version': '2026-01' },
  fault: (answer, request) => (request.path.startsWith('/graphql') ? graphqlFault(answer) : null),
  auth: [bearer('Token', 'https://shop.example', [field('shop', 'Shop')])],
  actions: {
    read: action({
      title: 'Read an order',
      effect: 'read',
      params: { id: z.string() },
      summary: (p) => say`Read ${p.id}`,
      request: (p) => get(path`/orders/${p.id}`),
      result: { id: z.string(), lines: z.array(z.object({ name: z.string() })).optional(), big: z.string().optional() },
      example: { params: { id: 'o1' }, fields: { shop: 'acme' }, answers: [{ id: 'o1' }] },
    }),
    order: action({
      title: 'Order',
      effect: 'pay',
      params: { sku: z.string() },
      summary: (p) => say`Order ${p.sku}`,
      request: (p) => post(path`/orders`, form({ line: { sku: p.sku } })),
      result: { id: z.string() },
      idempotency: { header: 'Idempotency-Key', window_s: 86_400, scope: 'account' },
      example: { params: { sku: 'a' }, fields: { shop: 'acme' }, answers: [{ id: 'o1' }] },
    }),
    remove: action({
      title: 'Remove',
      effect: 'delete',
      params: { id: z.string() },
      summary: (p) => say`Remove ${p.id}`,
      request: (p) => del(path`/orders/${p.id}`),
      result: {},
      example: { params: { id: 'o1' }, fields: { shop: 'acme' }, answers: [{}] },
    }),
    // The three steps of an external upload: ask for an address, send the bytes there, say that it is complete.
    upload: action({
      title: 'Upload',
      effect: 'create',
      params: { doc: file() },
      summary: () => say`Upload a file`,
      *request(p, ctx) {
        const up = yield* call(post(path`/uploads`, { name: 'a.txt' }, { reads: true }), {
          upload_url: z.url(),
          id: z.string(),
        })
        yield* answerTo(
          post(handoff(up.upload_url, 'files.shop.example', '*.blobs.example'), raw(bytesOf(ctx, p.doc), 'text/plain')),
        )
        const done = yield* call(
          post(path`/complete`, { id: up.id }, { origin: 'uploads' }),
          { url: z.string() },
          { completes: true },
        )
        return { id: up.id, url: done.url }
      },
      result: { id: z.string(), url: z.string() },
      idempotency: { header: 'Idempotency-Key', window_s: 86_400, scope: 'account' },
      example: {
        params: { doc: stored },
        fields: { shop: 'acme' },
        files: { fil_1: 'hello' },
        answers: [
          { upload_url: 'https://files.shop.example/put?sig=1', id: 'u1' },
          {},
          { url: 'https://shop.example/u1' },
        ],
      },
    }),
    photo: action({
      title: 'Photo',
      effect: 'create',
      params: { doc: file() },
      summary: () => say`Add a photo`,
      request: (p, ctx) =>
        post(
          path`/photos`,
          multipart([{ name: 'f', filename: 'a.png', type: 'image/png', bytes: bytesOf(ctx, p.doc) }]),
        ),
      result: {},
      example: { params: { doc: stored }, fields: { shop: 'acme' }, files: { fil_1: 'hello' }, answers: [{}] },
    }),
    rename: action({
      title: 'Rename',
      effect: 'update',
      params: { to: z.string() },
      summary: (p) => say`Rename to ${p.to}`,
      request: (p) => graphql(path`/graphql`, 'mutation($to: String!) { rename(to: $to) { name } }', { to: p.to }),
      result: { data: z.object({ rename: z.object({ name: z.string() }) }) },
      example: { params: { to: 'b' }, fields: { shop: 'acme' }, answers: [{ data: { rename: { name: 'b' } } }] },
    }),
  },
})
