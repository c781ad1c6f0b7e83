import { z } from 'zod'
import { readAnswer } from '../../kit/answer.ts'
import { bearer, field } from '../../kit/auth.ts'
import { FieldFault, ServiceFault } from '../../kit/faults.ts'
import { part } from '../../kit/origin.ts'
import { path } from '../../kit/path.ts'
import { get } from '../../kit/request.ts'
import type { Connector, WireAnswer } from '../../kit/types.ts'
import { ownMessage } from '../../kit/verdict.ts'

const host = /[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d{1,5})?/
const expected = 'the host of your GitHub Enterprise, such as github.example.org, or nothing for github.com'

export const signIn = bearer('Fine-grained token', 'https://github.com/settings/personal-access-tokens', [
  field('server', 'GitHub Enterprise host', {
    required: false,
    help: 'Leave it empty for github.com; otherwise a host such as github.example.org or acme.ghe.com.',
    pattern: new RegExp(`^${host.source}$`),
  }),
])

/** github.com, an enterprise with its own ghe.com name, or an Enterprise Server, whose API is below `/api/v3`. */
export function origin(fields: Readonly<Record<string, string>>): string {
  if ((fields['server'] ?? '') === '') return 'https://api.github.com'
  const server = part(fields, 'server', host, expected)
  return server.endsWith('.ghe.com') ? `https://api.${server}` : `https://${server}/api/v3`
}

/** People paste the address from the browser; github.com itself is what an empty field means. */
export function normalise(fields: Record<string, string>): Record<string, string> {
  const { server: entered, ...others } = fields
  const server = (entered ?? '')
    .toLowerCase()
    .replace(/^https:\/\//, '')
    .replace(/\/+$/, '')
  if (['', 'github.com', 'www.github.com', 'api.github.com'].includes(server)) return others
  if (!new RegExp(`^${host.source}$`).test(server)) throw new FieldFault('server', expected)
  return { ...others, server }
}

/** GitHub tells its limits by 403 as well as by 429. */
export function fault(answer: WireAnswer): Error | null {
  if (answer.status !== 403) return null
  const message = ownMessage(answer).replace(/\.?$/, '.')
  const after = answer.headers['retry-after'] ?? ''
  if (after === '' && !/rate limit/i.test(message)) return null
  const reset = Number(answer.headers['x-ratelimit-reset'])
  const wait = /^\d{1,6}$/.test(after)
    ? ` It asks to wait ${after} s.`
    : answer.headers['x-ratelimit-remaining'] === '0' && reset > 0 && reset < 1e10
      ? ` The limit ends at ${new Date(reset * 1000).toISOString()}.`
      : ''
  return new ServiceFault('service_rate_limited', `The service answered 403: ${message}${wait}`, true)
}

const account = z.object({ id: z.number(), login: z.string() })

export const check: Connector['check'] = {
  request: () => get(path`/user`),
  read: (answer) => {
    const { id, login } = readAnswer(account, answer)
    const ends = answer.headers['github-authentication-token-expiration']
    const scopes = answer.headers['x-oauth-scopes']
    const warnings = [
      ends === undefined ? '' : `The token ends on ${ends}.`,
      // Only classic tokens have scopes, and theirs reach every repository of the account.
      scopes
        ? `This is a classic token: it may do ${scopes} everywhere. A fine-grained one can be kept to some repositories.`
        : '',
    ]
    return { account_id: String(id), account: login, warnings: warnings.filter((w) => w !== '') }
  },
}
