import { z } from 'zod'
import { field } from '../kit/auth.ts'
import { json } from '../kit/body.ts'
import { action, defineConnector } from '../kit/define.ts'
import { FieldFault } from '../kit/faults.ts'
import { Path } from '../kit/path.ts'
import { post } from '../kit/request.ts'
import { say } from '../kit/say.ts'

const expected = 'an address like https://example.org/hook, without a user name, password or #'

function address(fields: Readonly<Record<string, string>>): URL {
  const text = fields['url'] ?? ''
  const url = URL.canParse(text) ? new URL(text) : null
  if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '' || url.hash !== '')
    throw new FieldFault('url', expected)
  return url
}

/** Anything that its owner runs behind HTTPS, told by a signed message (Standard Webhooks 1.0). */
export const webhook = defineConnector({
  id: 'webhook',
  name: 'Webhook',
  description:
    'Sends JSON to an HTTPS address of yours, signed by Standard Webhooks. A lost answer is tried again for five minutes with the same webhook-id, which your endpoint must take for the same message.',
  docs: 'https://www.standardwebhooks.com/',
  origins: { api: (fields) => address(fields).origin },
  destination: ['url'],
  auth: [
    {
      name: 'secret',
      title: 'Address and signing secret',
      kind: 'fields',
      fields: [
        field('url', 'Address', { help: 'Where the message goes: https://…', pattern: /^https:\/\/\S+$/ }),
        field('secret', 'Signing secret', {
          secret: true,
          help: 'whsec_ and 24 to 64 random bytes in base64; the receiving end checks signatures with the same.',
        }),
      ],
      apply: { kind: 'standard-webhooks', secret: 'secret' },
    },
  ],
  normalise: (fields) => {
    // The signing libraries take the part after `whsec_` as base64; a secret that is not would sign with other bytes.
    const secret = fields['secret']
    if (secret !== undefined && !validSecret(secret))
      throw new FieldFault('secret', 'whsec_ and 24 to 64 bytes in base64')
    return { ...fields, url: address(fields).href }
  },
  // No request that is sure to change nothing: whether the address works shows with the first message.
  check: null,
  actions: {
    send: action({
      title: 'Send a message',
      description: 'Posts `{type, timestamp, data}` to the address of the connection.',
      effect: 'send',
      params: {
        type: z
          .string()
          .regex(/^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*$/, 'expected a name such as invoice.paid')
          .max(128),
        data: z.record(z.string(), z.json()),
      },
      summary: (p) => say`Send ${p.type} with ${p.data}`,
      request: (p, ctx) => {
        const url = address(ctx.fields)
        const timestamp = new Date(ctx.now).toISOString()
        return post(new Path(url.pathname + url.search), json({ type: p.type, timestamp, data: p.data }), {
          decode: (answer) => ({ status: answer.status }),
        })
      },
      result: { status: z.number() },
      idempotency: { header: 'webhook-id', window_s: 300, scope: 'origin' },
      undo: 'irreversible',
      example: {
        params: { type: 'lights.off', data: { room: 'kitchen' } },
        fields: { url: 'https://home.example.org/hooks/permission-slip' },
        answers: [{}],
      },
    }),
  },
})

function validSecret(text: string): boolean {
  if (!/^whsec_[A-Za-z0-9+/]+={0,2}$/.test(text)) return false
  try {
    const { length } = atob(text.slice('whsec_'.length))
    return length >= 24 && length <= 64
  } catch {
    return false
  }
}
