import { call } from '@permission-slip/connectors/kit/answer.ts'
import { bearer } from '@permission-slip/connectors/kit/auth.ts'
import { action, defineConnector } from '@permission-slip/connectors/kit/define.ts'
import { path } from '@permission-slip/connectors/kit/path.ts'
import { del, get, post, put } from '@permission-slip/connectors/kit/request.ts'
import { say } from '@permission-slip/connectors/kit/say.ts'
import { entry } from '@permission-slip/connectors/kit/schema.ts'
import type { HttpRequest, Probed, WireAnswer } from '@permission-slip/connectors/kit/types.ts'
import { z } from 'zod'
import type { Extra } from '../../src/connectors.ts'
import { type Mode, modes } from './journal.ts'

const params = { ref: z.string().regex(/^[a-z0-9-]{1,64}$/), mode: z.enum(modes).default('answer') }
interface Asked {
  ref: string
  mode: Mode
}
const usual = {
  params,
  result: { ref: z.string() },
  pins: { ref: { unpinned: 'The thing can change.' } },
  example: { params: { ref: 'a' }, answers: [{ ref: 'a' }] },
} as const
const make = (p: Asked, ref = p.ref, mode = p.mode): HttpRequest => post(path`/things/${ref}`, {}, { query: { mode } })

const probe = (certain: boolean) => ({
  request: (p: Asked) => get(path`/things/${p.ref}`, { accept: [404] }),
  read: (answer: WireAnswer): Probed =>
    answer.status === 404 ? { found: false, certain } : { found: true, result: { ref: 'found' } },
  settles_after_s: 0,
})

/** Two requests, the second of which meets what `mode` says. */
function* twice(p: Asked) {
  yield* call(make(p, `${p.ref}-first`, 'answer'), { ref: z.string() })
  return yield* call(make(p, `${p.ref}-second`), { ref: z.string() }, { completes: true })
}

/** A service with an action for each way in which an execution that was cut off is found out about. */
export const depot = defineConnector({
  id: 'depot',
  name: 'Depot',
  docs: '',
  origins: { api: 'https://depot.invalid' },
  auth: [bearer('Token', 'https://depot.invalid')],
  actions: {
    keyed: action({
      ...usual,
      title: 'With a key',
      effect: 'create',
      summary: (p) => say`Make ${p.ref}, with a key`,
      request: (p) => make(p),
      idempotency: { header: 'Idempotency-Key', window_s: 3600, scope: 'account' },
    }),
    briefly_keyed: action({
      ...usual,
      title: 'With a key that the service soon forgets',
      effect: 'create',
      summary: (p) => say`Make ${p.ref}, with a key for a second`,
      request: (p) => make(p),
      idempotency: { header: 'Idempotency-Key', window_s: 1, scope: 'account' },
    }),
    probed: action({
      ...usual,
      title: 'With a probe',
      effect: 'create',
      summary: (p) => say`Make ${p.ref}, with a probe`,
      request: (p) => make(p),
      probe: probe(true),
    }),
    vaguely_probed: action({
      ...usual,
      title: 'With a probe that is not certain of what it does not find',
      effect: 'create',
      summary: (p) => say`Make ${p.ref}, with a vague probe`,
      request: (p) => make(p),
      probe: probe(false),
    }),
    bare: action({
      ...usual,
      title: 'With neither',
      effect: 'create',
      summary: (p) => say`Make ${p.ref}`,
      request: (p) => make(p),
    }),
    replace: action({
      ...usual,
      title: 'Replace',
      effect: 'update',
      summary: (p) => say`Replace ${p.ref}`,
      request: (p) => put(path`/things/${p.ref}`, {}, { query: { mode: p.mode } }),
    }),
    remove: action({
      ...usual,
      title: 'Remove',
      effect: 'delete',
      summary: (p) => say`Remove ${p.ref}`,
      request: (p) => del(path`/things/${p.ref}`, undefined, { query: { mode: p.mode } }),
    }),
    look: action({
      ...usual,
      title: 'Look',
      effect: 'read',
      summary: (p) => say`Look at ${p.ref}`,
      request: (p) => get(path`/things/${p.ref}`, { accept: [404], query: { mode: p.mode } }),
    }),
    steps: action({
      ...usual,
      title: 'Two steps',
      effect: 'create',
      summary: (p) => say`Make two of ${p.ref}`,
      request: (p) => twice(p),
    }),
    keyed_steps: action({
      ...usual,
      title: 'Two steps with a key each',
      effect: 'create',
      summary: (p) => say`Make two of ${p.ref}, with keys`,
      request: (p) => twice(p),
      idempotency: { header: 'Idempotency-Key', window_s: 3600, scope: 'account' },
    }),
    hasty: action({
      ...usual,
      title: 'Must start within two seconds',
      effect: 'create',
      summary: (p) => say`Make ${p.ref} at once`,
      request: (p) => make(p),
      start_within_s: 2,
    }),
  },
})

/** A service that can't be reached, in two ways. */
const away = defineConnector({
  id: 'away',
  name: 'Away',
  docs: '',
  account: false,
  origins: { closed: 'https://closed.invalid', nowhere: 'https://nowhere.invalid' },
  actions: {
    closed: action({
      ...usual,
      title: 'Where nothing listens',
      effect: 'create',
      summary: (p) => say`Make ${p.ref} where nothing listens`,
      request: (p) => post(path`/things/${p.ref}`, {}, { origin: 'closed' }),
    }),
    nowhere: action({
      ...usual,
      title: 'Where no host is',
      effect: 'create',
      summary: (p) => say`Make ${p.ref} where no host is`,
      request: (p) => post(path`/things/${p.ref}`, {}, { origin: 'nowhere' }),
    }),
  },
})

export const depotAs = (version: string): Extra[] =>
  [depot, away].map((connector) => ({ entry: entry(connector, version), connector }))

/** The environment that lets a server reach a depot at `http://127.0.0.1:<port>`. */
export const depotEnv = (port: number, reach: readonly string[] = []): Record<string, string> => ({
  PERMISSION_SLIP_EGRESS_ALLOW: [`127.0.0.1:${port}`, '127.0.0.1:1', 'no-such-host.invalid', ...reach].join(','),
  PERMISSION_SLIP_ORIGINS: JSON.stringify({
    depot: `http://127.0.0.1:${port}`,
    webhook: `http://127.0.0.1:${port}`,
    away: { closed: 'http://127.0.0.1:1', nowhere: 'http://no-such-host.invalid' },
  }),
})
