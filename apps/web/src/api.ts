import type { Problem } from '@permission-slip/protocol/errors.ts'
import type { SessionSecret } from './session-secret.ts'

/** A refusal as the server said it, or what the page can say when there was no answer. */
export class ApiProblem extends Error {
  readonly problem: Pick<Problem, 'code' | 'status' | 'title' | 'detail'> & Partial<Problem>
  constructor(problem: ApiProblem['problem']) {
    super(problem.detail || problem.title)
    this.name = 'ApiProblem'
    this.problem = problem
  }
  get code() {
    return this.problem.code
  }
  /** What is wrong with a field, if the server named it. */
  field(name: string): string | null {
    const found = this.problem.errors?.find((e) => e.field === name || e.field.endsWith(`.${name}`))
    return found ? `Expected ${found.expected}; got ${found.got}` : null
  }
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
export interface Api {
  get<T>(path: string): Promise<T>
  text(path: string): Promise<string>
  send<T>(method: Method, path: string, body?: unknown): Promise<T>
}

interface Parts {
  secret: SessionSecret
  /** Asks for the password again; true when that went well. */
  askFresh(): Promise<boolean>
  /** The session ended: show the sign-in page. */
  onSignedOut(): void
}

const unreachable = () =>
  new ApiProblem({
    code: 'unavailable',
    status: 0,
    title: 'The server does not answer.',
    detail: 'The server does not answer. Nothing was decided. Check the connection and try again.',
  })

async function problemOf(answer: Response): Promise<ApiProblem> {
  const body: unknown = await answer.json().catch(() => null)
  if (body !== null && typeof body === 'object' && 'code' in body && 'title' in body) {
    return new ApiProblem({ detail: '', ...body } as Problem)
  }
  const title = `The server answered ${answer.status}.`
  return new ApiProblem({ code: 'internal', status: answer.status, title, detail: title })
}

/** Every request of the page goes through here. */
export function createApi({ secret, askFresh, onSignedOut }: Parts): Api {
  async function call(method: Method, path: string, body: unknown, repeated = false): Promise<Response> {
    const headers: Record<string, string> = { accept: 'application/json' }
    const own = secret.read()
    if (method !== 'GET' && own) headers['x-permission-slip-session'] = own
    if (body !== undefined) headers['content-type'] = 'application/json'
    const answer = await fetch(path.startsWith('/') ? path : `/api/v1/${path}`, {
      method,
      headers,
      credentials: 'same-origin',
      cache: 'no-store',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch(() => {
      throw unreachable()
    })
    if (answer.ok) return answer
    const problem = await problemOf(answer)
    if (problem.code === 'fresh_sign_in_required' && !repeated && (await askFresh())) {
      return call(method, path, body, true)
    }
    if (problem.code === 'unauthenticated') onSignedOut()
    throw problem
  }
  const read = async <T>(answer: Response): Promise<T> => {
    const text = await answer.text()
    return (text === '' ? null : JSON.parse(text)) as T
  }
  return {
    get: async (path) => read(await call('GET', path, undefined)),
    text: async (path) => (await call('GET', path, undefined)).text(),
    send: async (method, path, body) => read(await call(method, path, body)),
  }
}
