import http from 'node:http'
import type { Journal, Mode } from './journal.ts'

export interface Depot {
  readonly port: number
  /** Answers what is held: all of it, or one ref. */
  release(ref?: string): void
  /** Whether a request for this ref waits for its answer. */
  holds(ref: string): boolean
  /** Closes at once: connections under way are cut, nothing more is received. */
  stop(): void
}

/**
 * The service: `/things/<ref>?mode=…`. A GET changes nothing. It takes `idempotency-key` (and `webhook-id`): the same
 * key is done once. Its memory is the journal, which may outlive it. An answer takes up to `slowestMs` after the deed.
 */
export async function startDepot(journal: Journal, port = 0, slowestMs = 0): Promise<Depot> {
  const held = new Map<http.ServerResponse, { ref: string; status: number }>()
  const reply = (response: http.ServerResponse, status: number, ref: string) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(status === 422 ? '{"message":"no"}' : JSON.stringify({ ref }))
  }
  const server = http.createServer((request, response) => {
    request.resume().on('end', () => {
      const url = new URL(request.url ?? '/', 'http://depot')
      const control = url.pathname.startsWith('/control/') ? url.pathname.slice('/control/'.length) : null
      if (control === 'journal') return void response.end(JSON.stringify(journal.lines))
      if (control === 'release') {
        release(url.searchParams.get('ref') ?? undefined)
        return void response.end()
      }
      const ref = url.pathname.split('/').at(-1) ?? ''
      const mode = (url.searchParams.get('mode') ?? 'answer') as Mode
      const method = request.method ?? ''
      const header = request.headers['idempotency-key'] ?? request.headers['webhook-id'] ?? null
      const key = typeof header === 'string' ? header : null
      const again = journal.was(ref)
      const silent = (mode === 'hold' || mode === 'swallow') && !again
      const does =
        method !== 'GET' &&
        mode !== 'refuse' &&
        !(mode === 'swallow' && silent) &&
        !(key !== null && journal.knows(key))
      const status = mode === 'refuse' ? 422 : method === 'GET' && !journal.exists(ref) ? 404 : 200
      journal.write({ method, ref, key, did: does })
      if (mode === 'hang_up') request.socket.destroy()
      else if (silent) {
        held.set(response, { ref, status })
        response.on('close', () => held.delete(response))
      } else if (slowestMs > 0) setTimeout(reply, Math.random() * slowestMs, response, status, ref)
      else reply(response, status, ref)
    })
  })
  function release(ref?: string): void {
    for (const [response, to] of held) {
      if (ref !== undefined && to.ref !== ref) continue
      held.delete(response)
      reply(response, to.status, to.ref)
    }
  }
  await new Promise<void>((resolve, reject) => server.on('error', reject).listen(port, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('a port was expected')
  return {
    port: address.port,
    release,
    holds: (ref) => [...held.values()].some((to) => to.ref === ref),
    stop() {
      server.close()
      server.closeAllConnections()
    },
  }
}
