import { ApiError } from '@permission-slip/client/errors.ts'
import { newId } from '@permission-slip/protocol/ids.ts'
import type { Role, Scope } from '@permission-slip/protocol/person.ts'
import { serverActor } from '../../src/http/caller.ts'
import { addToken } from '../../src/people/personal-tokens.ts'
import type { Gate } from '../harness.ts'

/** The problem's code, or what came instead. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'no error'
  } catch (error) {
    return error instanceof ApiError ? error.problem.code : String(error)
  }
}

/** An answer, read whole: its status and, of a problem, its code. */
export interface Read {
  status: number
  code: string | null
  text: string
}
export async function read(answer: Response | Promise<Response>): Promise<Read> {
  const got = await answer
  const text = await got.text()
  const isProblem = got.headers.get('content-type') === 'application/problem+json'
  return { status: got.status, code: isProblem ? (JSON.parse(text) as { code: string }).code : null, text }
}

/** A request with a bearer token. */
export const byToken =
  (gate: Pick<Gate, 'url'>, token: string) =>
  (method: string, path: string, body?: unknown): Promise<Response> =>
    fetch(`${gate.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })

/** A further person with a token, as an owner's invitation will make them: there is no route for that yet. */
export async function person(gate: Gate, role: Role, scopes: readonly Scope[]): Promise<{ id: string; token: string }> {
  return gate.running.ctx.writer.write(async (tx) => {
    const id = newId('usr', tx.now)
    const email = `${id}@example.org`
    await tx.db
      .insertInto('people')
      .values({ id, account: `acc_${id}`, name: role, email, role, removed: 0, created_at: tx.now })
      .execute()
    await tx.append({
      type: 'person.added',
      actor: serverActor,
      subject: id,
      data: { role, via: 'console' },
      content: { name: role, email },
    })
    const { token } = await addToken(tx, {
      person: id,
      name: role,
      scopes,
      expiresAt: null,
      fromSetup: false,
      actor: serverActor,
    })
    return { id, token }
  })
}

/** The owner signed in in a browser on plain localhost: cookie, page secret and our own Origin. */
export async function browser(
  gate: Gate,
): Promise<(method: string, path: string, body?: unknown, more?: RequestInit) => Promise<Response>> {
  const answer = await fetch(`${gate.url}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: gate.url },
    body: JSON.stringify({ email: 'ada@example.org', password: 'correct horse battery' }),
  })
  const { session_secret } = (await answer.json()) as { session_secret: string }
  const cookie = (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  return (method, path, body, more = {}) =>
    fetch(`${gate.url}${path}`, {
      ...more,
      method,
      headers: {
        cookie,
        origin: gate.url,
        'x-permission-slip-session': session_secret,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
}
