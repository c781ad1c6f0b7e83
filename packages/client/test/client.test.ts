import { describe, expect, test } from 'bun:test'
import { createAgentClient, createPersonClient } from '../src/client.ts'
import { ApiError, Unreachable } from '../src/errors.ts'
import { readEvent } from '../src/events.ts'
import { generateKeyPair, signerOf, thumbprint } from '../src/keys.ts'

interface Asked {
  method: string
  path: string
  wait: string | null
  key: string | null
  nonce: string | null
  authorization: string | null
  body: unknown
}
/** A peer on a real port; `answer` sees what came, in order. */
function peer(answer: (asked: Asked, nth: number) => Response | Promise<Response>) {
  const seen: Asked[] = []
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    idleTimeout: 0,
    fetch: async (request) => {
      const url = new URL(request.url)
      const text = await request.text()
      const asked: Asked = {
        method: request.method,
        path: url.pathname,
        wait: url.searchParams.get('wait'),
        key: request.headers.get('idempotency-key'),
        nonce: /nonce="([^"]+)"/.exec(request.headers.get('signature-input') ?? '')?.[1] ?? null,
        authorization: request.headers.get('authorization'),
        body: text === '' ? null : JSON.parse(text),
      }
      seen.push(asked)
      return answer(asked, seen.length - 1)
    },
  })
  return { seen, url: server.url.origin, [Symbol.dispose]: () => void server.stop(true) }
}
const pair = await generateKeyPair()
const signer = await signerOf(pair)
const action = (status: string) => Response.json({ id: 'act_01', status })
const problem = (status: number, code: string, headers: Record<string, string> = {}) =>
  Response.json(
    {
      type: `urn:permission-slip:error:${code}`,
      title: code,
      status,
      detail: `It is ${code}.`,
      code,
      next: { do: 'fix', say: 'Fix.', url: null, after_s: null },
    },
    { status, headers },
  )

describe('keys', () => {
  test('a key is 32 bytes each half, named by its thumbprint; halves that do not belong together are refused', async () => {
    expect(pair.public_key).toMatch(/^[\w-]{43}$/)
    expect(signer.keyid).toBe(await thumbprint(pair.public_key))
    const other = await generateKeyPair()
    await expect(signerOf({ ...pair, public_key: other.public_key })).rejects.toThrow('public_key')
    await expect(signerOf({ ...pair, private_key: 'AAAA' })).rejects.toThrow('private_key')
  })
  test('the thumbprint is that of RFC 8037 A.3', async () => {
    expect(await thumbprint('11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo')).toBe(
      'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
    )
  })
})

describe('submitting', () => {
  test('always carries an Idempotency-Key; tries of one submission share it, each signed with a fresh nonce', async () => {
    using server = peer((_asked, nth) => (nth < 2 ? problem(503, 'unavailable') : action('pending')))
    const client = createAgentClient({ url: server.url, signer })
    expect((await client.actions.submit({ connector: 'notebook', action: 'list' })).status).toBe('pending')
    expect(server.seen).toHaveLength(3)
    expect(new Set(server.seen.map(({ key }) => key)).size).toBe(1)
    expect(server.seen[0]?.key).toMatch(/^[\w-]{32}$/)
    expect(new Set(server.seen.map(({ nonce }) => nonce)).size).toBe(3)
    await client.actions.submit({ connector: 'notebook', action: 'list' })
    expect(new Set(server.seen.map(({ key }) => key)).size).toBe(2)
  })

  test('a refusal is not tried again, and says its code', async () => {
    using server = peer(() => problem(403, 'not_allowed'))
    const refused = createAgentClient({ url: server.url, signer }).actions.submit({
      connector: 'notebook',
      action: 'list',
    })
    const error = await refused.catch((cause: unknown) => cause)
    expect(error).toBeInstanceOf(ApiError)
    expect(error).toMatchObject({ code: 'not_allowed', status: 403, message: 'It is not_allowed.' })
    expect(server.seen).toHaveLength(1)
  })

  test('waiting asks for at most 60 seconds at a time, again and again, until it is settled', async () => {
    using server = peer((_asked, nth) => action(['pending', 'approved', 'executing', 'succeeded'][nth] ?? 'failed'))
    const settled = await createAgentClient({ url: server.url, signer }).actions.submit(
      { connector: 'notebook', action: 'list' },
      { wait: 600 },
    )
    expect(settled.status).toBe('succeeded')
    expect(server.seen.map(({ method, path, wait }) => [method, path, wait])).toEqual([
      ['POST', '/api/v1/actions', '60'],
      ['GET', '/api/v1/actions/act_01', '60'],
      ['GET', '/api/v1/actions/act_01', '60'],
      ['GET', '/api/v1/actions/act_01', '60'],
    ])
  })

  test('an unknown outcome ends the wait: only a person can find out', async () => {
    using server = peer(() => action('unknown'))
    expect((await createAgentClient({ url: server.url, signer }).actions.get('act_01', { wait: 600 })).status).toBe(
      'unknown',
    )
    expect(server.seen).toHaveLength(1)
  })

  test('looking goes on while the server is away for a moment', async () => {
    using server = peer((_asked, nth) =>
      nth === 1 ? new Response('bad gateway', { status: 502 }) : action(nth === 0 ? 'pending' : 'denied'),
    )
    const client = createAgentClient({ url: server.url, signer })
    expect((await client.actions.get('act_01', { wait: 30 })).status).toBe('denied')
    expect(server.seen).toHaveLength(3)
  })
})

describe('any request', () => {
  test('with a token carries it and no signature', async () => {
    using server = peer(() => Response.json({ items: [], next_cursor: null }))
    await createPersonClient({ url: server.url, token: 'psp_x' }).approvals.list()
    expect(server.seen[0]).toMatchObject({ authorization: 'Bearer psp_x', nonce: null })
  })

  test('follows no redirect: the credential stays with the origin it was meant for', async () => {
    using other = peer(() => action('pending'))
    using server = peer(() => new Response(null, { status: 307, headers: { location: `${other.url}/api/v1/me` } }))
    const error = await createPersonClient({ url: server.url, token: 'psp_x' })
      .me()
      .catch((cause: unknown) => cause)
    expect(error).toMatchObject({ code: 'unavailable', status: 307, message: expect.stringContaining(other.url) })
    expect(other.seen).toEqual([])
  })

  test('that reaches nobody is Unreachable; what is no JSON is said to be that', async () => {
    using server = peer(() => new Response('<html>hello</html>'))
    await expect(createPersonClient({ url: server.url, token: null }).me()).rejects.toThrow('not JSON')
    const away = createPersonClient({ url: 'http://127.0.0.1:1', token: null })
    await expect(away.me()).rejects.toBeInstanceOf(Unreachable)
  })

  test('takes an origin only, and puts ids into the path as one segment', async () => {
    for (const url of ['http://localhost:1/x', 'http://user@localhost:1', 'ftp://localhost', 'localhost:1'])
      expect(() => createPersonClient({ url, token: null })).toThrow('url')
    using server = peer(() => action('pending'))
    await createPersonClient({ url: server.url, token: null }).actions.get('act_1/cancel?x')
    expect(server.seen[0]?.path).toBe('/api/v1/actions/act_1%2Fcancel%3Fx')
  })
})

test('events are read whole, over chunk borders, comments skipped, from where one left off', async () => {
  const chunks = [
    ': ping\n\nid: 4\nda',
    'ta: {"seq":4,"type":"a"}\n\n',
    'id: 5\ndata: {"seq":5,\ndata: "type":"b"}\n\n',
  ]
  let after: string | null = null
  using server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: (request) => {
      after = request.headers.get('last-event-id')
      return new Response(
        new ReadableStream({
          async start(out) {
            for (const chunk of chunks) {
              out.enqueue(new TextEncoder().encode(chunk))
              await Bun.sleep(1)
            }
            out.close()
          },
        }),
      )
    },
  })
  const seen = await Array.fromAsync(
    createPersonClient({ url: server.url.origin, token: 'psp_x' }).events({ after: 3 }),
    ({ seq, type }) => [seq, type],
  )
  expect(seen).toEqual([
    [4, 'a'],
    [5, 'b'],
  ])
  expect<string | null>(after).toBe('3')
  expect(readEvent(': only a comment')).toBeNull()
})
