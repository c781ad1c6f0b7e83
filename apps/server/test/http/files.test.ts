import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { entry } from '@permission-slip/connectors/kit/schema.ts'
import type { Id } from '@permission-slip/protocol/ids.ts'
import { shop } from '../../../../packages/connectors/test/shop.ts'
import { loadFiles } from '../../src/files/load.ts'
import { storeFiles } from '../../src/files/params.ts'
import { readFileRow } from '../../src/files/store.ts'
import { sweepUploads } from '../../src/files/sweep.ts'
import { flavours, type Gate, makeGate, type TestAgent } from '../harness.ts'
import { byToken, codeOf, read } from '../safety/parties.ts'

const bytes = (n: number): Uint8Array<ArrayBuffer> => new Uint8Array(n).map((_, i) => (i * 31) & 255)
const MB = 1024 * 1024

for (const { flavour, skip } of flavours) {
  describe.skipIf(skip)(`files on ${flavour}`, () => {
    let gate: Gate
    let agent: TestAgent
    let token: string
    beforeAll(async () => {
      gate = await makeGate(flavour, { outside: { catalogue: [{ entry: entry(shop, '1'), connector: shop }] } })
      agent = await gate.agent()
      token = (await gate.owner.agents.token(agent.id, 't')).token
    })
    afterAll(() => gate.close())
    const kept = () => {
      const folder = path.join(gate.dir, 'uploads')
      return fs.existsSync(folder) ? fs.readdirSync(folder).sort() : []
    }
    const upload = (body: BodyInit, query = '?name=a.bin', headers: Record<string, string> = {}) =>
      read(
        fetch(`${gate.url}/api/v1/files${query}`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'text/plain', ...headers },
          body,
        }),
      )

    test('a file is kept whole, for its owner’s eyes only, with its SHA-256; its name is nowhere in the log’s entries', async () => {
      await gate.entries()
      const body = bytes(300_000)
      const made = await agent.client.upload('käse.bin', 'application/x-thing', body)
      expect(made).toMatchObject({
        name: 'käse.bin',
        type: 'application/x-thing',
        size: 300_000,
        sha256: createHash('sha256').update(body).digest('hex'),
      })
      const file = path.join(gate.dir, 'uploads', made.id)
      expect(fs.readFileSync(file).equals(Buffer.from(body))).toBe(true)
      expect(fs.statSync(file).mode & 0o777).toBe(0o600)
      const lines = await gate.entries()
      expect(lines.map((l) => [l.type, l.subject, l.data['bytes']])).toEqual([['file.stored', made.id, 300_000]])
      expect(JSON.stringify(lines)).not.toContain('käse')
    })

    test('a body that is not the signed one leaves nothing, and neither does one that is too large or of nobody', async () => {
      const before = kept()
      await gate.entries()
      const whole = new TextEncoder().encode(JSON.stringify('the real one'))
      const signed = await gate.agent()
      await gate.entries()
      const { signRequest } = await import('@permission-slip/client/sign.ts')
      const headers = await signRequest(
        {
          method: 'POST',
          url: `${gate.url}/api/v1/files?name=x`,
          headers: { 'content-type': 'text/plain' },
          body: whole,
        },
        signed.signer,
      )
      expect(
        (await read(fetch(`${gate.url}/api/v1/files?name=x`, { method: 'POST', headers, body: 'another one' }))).code,
      ).toBe('bad_signature')
      expect((await upload(bytes(25 * MB + 1))).code).toBe('payload_too_large')
      expect((await read(byToken(gate, 'psa_nonsense')('POST', '/api/v1/files', 'x'))).code).toBe('unauthenticated')
      expect((await upload('x', '?name=../../etc/passwd')).code).toBe('invalid_request')
      expect((await upload('x', '?name=a%00b')).code).toBe('invalid_request')
      expect((await upload('')).code).toBe('invalid_request')
      await gate.owner.server.freeze()
      expect((await upload('x')).code).toBe('frozen')
      await gate.owner.server.unfreeze()
      await gate.entries()
      expect([kept(), await gate.entries()]).toEqual([before, []])
      expect((await upload(bytes(25 * MB))).status).toBe(201)
    }, 20_000)

    test('a signature for an upload counts once, and a refused upload uses up none', async () => {
      const { signRequest } = await import('@permission-slip/client/sign.ts')
      const body = new TextEncoder().encode('once')
      const url = `${gate.url}/api/v1/files?name=once`
      const headers = await signRequest(
        { method: 'POST', url, headers: { 'content-type': 'text/plain' }, body },
        agent.signer,
      )
      const send = (text: BodyInit) => read(fetch(url, { method: 'POST', headers, body: text }))
      expect((await send('twice')).code).toBe('bad_signature')
      expect((await send(body)).status).toBe(201)
      const after = kept()
      expect((await send(body)).code).toBe('replayed')
      expect(kept()).toEqual(after)
    })

    test('an upload that breaks off leaves nothing', async () => {
      const before = kept()
      await gate.entries()
      for (let i = 0; i < 5; i++)
        await new Promise<void>((resolve) => {
          const request = http.request({
            host: '127.0.0.1',
            port: gate.running.ctx.config.port,
            method: 'POST',
            path: '/api/v1/files?name=cut',
            headers: {
              host: new URL(gate.url).host,
              authorization: `Bearer ${token}`,
              'content-type': 'text/plain',
              'content-length': String(MB),
            },
          })
          request.on('error', () => resolve())
          request.write(bytes(200_000))
          setTimeout(() => request.destroy(), 100)
          request.on('close', () => resolve())
        })
      for (let i = 0; i < 40 && kept().length > before.length; i++)
        await new Promise((resolve) => setTimeout(resolve, 50))
      expect([kept(), await gate.entries()]).toEqual([before, []])
    })

    test('another agent’s file is not there, and the digest covers the bytes', async () => {
      const other = await gate.agent()
      const mine = await agent.client.upload('a.txt', 'text/plain', new TextEncoder().encode('hello'))
      const { ctx } = gate.running
      const upload = shop.actions['photo']
      if (!upload) throw new Error('the shop has no photo')
      expect(await readFileRow(ctx.db, mine.id, other.id)).toBeUndefined()
      expect(await codeOf(storeFiles(ctx, other.id, upload, { doc: mine.id }))).toContain(
        'a file that this agent uploaded',
      )
      const { params: put } = await storeFiles(ctx, agent.id, upload, { doc: mine.id })
      expect(put['doc']).toEqual({ id: mine.id, name: 'a.txt', type: 'text/plain', size: 5, sha256: mine.sha256 })
      expect(
        await codeOf(storeFiles(ctx, agent.id, upload, { doc: { ...(put['doc'] as object), sha256: '0'.repeat(64) } })),
      ).toContain('unchanged')
      const invented = { ...(put['doc'] as object), name: 'contract.pdf', type: 'application/pdf', size: 9_999_999 }
      expect((await storeFiles(ctx, agent.id, upload, { doc: invented })).params).toEqual(put)
    })

    const doc = { name: 'a.txt', type: 'text/plain', text: 'written out' }
    const photo = (connection: Id<'con'>) => ({
      connector: 'shop',
      action: 'photo',
      connection,
      params: { doc },
    })
    const shopOf = async () =>
      (
        await gate.owner.connections.add({
          connector: 'shop',
          label: 'x',
          fields: { token: 'shop-token-0123456789', shop: 'acme' },
        })
      ).id
    const actors = async (subject: string) => {
      const rows = await gate.running.ctx.db
        .selectFrom('log_entries')
        .select('leaf')
        .where('subject', '=', subject)
        .execute()
      return rows.map(({ leaf }) => (JSON.parse(leaf) as { actor: { kind: string; id?: string } }).actor)
    }

    test('a file written out in parameters is kept with its action, or not at all: a refused or repeated one leaves nothing', async () => {
      const writer = await gate.agent()
      const connection = await shopOf()
      const before = kept()
      await gate.entries()
      const refused = async (work: Promise<unknown>) => [await codeOf(work), kept(), await gate.entries()]
      expect(await refused(writer.client.actions.submit(photo('con_0'), { retries: 0 }))).toEqual([
        'no_connection',
        before,
        [],
      ])
      await gate.owner.server.freeze()
      await gate.entries()
      expect(await refused(writer.client.actions.submit(photo(connection), { retries: 0 }))).toEqual([
        'frozen',
        before,
        [],
      ])
      await gate.owner.server.unfreeze()
      await gate.owner.agents.change(writer.id, { limits: { stored_bytes: 20 } })
      await gate.entries()
      expect(await refused(writer.client.actions.submit(photo(connection), { retries: 0 }))).toEqual([
        'storage_limit',
        before,
        [],
      ])
      await gate.owner.agents.change(writer.id, { limits: { stored_bytes: 100_000 } })
      await gate.entries()

      const many = await Promise.all(
        Array.from({ length: 5 }, () => writer.client.actions.submit(photo(connection), { idempotencyKey: 'one' })),
      )
      expect(new Set(many.map(({ id }) => id)).size).toBe(1)
      const lines = await gate.entries()
      expect(lines.map((l) => l.type)).toEqual(['file.stored', 'action.submitted'])
      const stored = String(lines[0]?.subject)
      expect(kept()).toEqual([...before, stored].sort())
      expect(await actors(stored)).toMatchObject([{ kind: 'agent', id: writer.id }])
      const { stored: counted } = await gate.running.ctx.db
        .selectFrom('agents')
        .select('stored')
        .where('id', '=', writer.id)
        .executeTakeFirstOrThrow()
      expect(counted).toBe(11 + JSON.stringify(many[0]?.params).length)
    })

    test('a file that a person writes into an edit is theirs in the log, and a refused edit leaves nothing', async () => {
      const asker = await gate.agent()
      const asked = await asker.client.actions.submit(photo(await shopOf()))
      const before = kept()
      await gate.entries()
      const edit = { digest: asked.digest, params: { doc: { ...doc, text: 'better' } } }
      const wrong = { ...edit, new_digest: `sha256:${'0'.repeat(64)}` }
      expect(await codeOf(gate.owner.approvals.approve(asked.id, wrong))).toBe('digest_changed')
      expect([kept(), await gate.entries()]).toEqual([before, []])
      await gate.owner.approvals.approve(asked.id, edit)
      const stored = (await gate.entries()).find((l) => l.type === 'file.stored')?.subject ?? ''
      expect(kept()).toContain(stored)
      expect(await actors(stored)).toMatchObject([{ kind: 'person' }])
    })

    test('uploads count as submissions do', async () => {
      const busy = await gate.agent()
      await gate.owner.agents.change(busy.id, { limits: { submissions_per_second: 3 } })
      const before = kept()
      const { token: bearer } = await gate.owner.agents.token(busy.id, 't')
      const headers = { authorization: `Bearer ${bearer}` }
      const codes = await Promise.all(
        Array.from({ length: 12 }, () => upload('abc', '?name=a', headers).then(({ code }) => code ?? 'no error')),
      )
      const many = codes.filter((c) => c === 'no error').length
      expect(codes.filter((c) => c === 'rate_limited').length).toBe(12 - many)
      expect(many).toBeLessThan(12)
      expect(kept()).toHaveLength(before.length + many)
    })

    test('at the start halves of uploads go, and bytes that no row speaks of once they are an hour old', async () => {
      const before = kept()
      const folder = path.join(gate.dir, 'uploads')
      const old = new Date(Date.now() - 3_700_000)
      for (const name of ['fil_0half.part', 'fil_0new', 'fil_0old']) fs.writeFileSync(path.join(folder, name), 'x')
      for (const name of [...before, 'fil_0old']) fs.utimesSync(path.join(folder, name), old, old)
      await sweepUploads({ ...gate.running.ctx, held: 'older than its checkpoint' })
      expect(kept()).toHaveLength(before.length + 3)
      await sweepUploads(gate.running.ctx)
      expect(kept()).toEqual([...before, 'fil_0new'].sort())
      fs.rmSync(path.join(folder, 'fil_0new'))
    })

    test('a file whose bytes are on another copy is refused by a sentence that says so', async () => {
      const { ctx } = gate.running
      const sends = shop.actions['photo']
      if (!sends) throw new Error('the shop has no photo')
      const gone = { id: 'fil_0gone', name: 'a', type: 'text/plain', size: 1, sha256: '0'.repeat(64) }
      expect(await codeOf(loadFiles(ctx, sends, { doc: gone }))).toContain(
        `fil_0gone is not in the uploads folder of this copy (${ctx.copy})`,
      )
    })

    test('what an agent stores is limited', async () => {
      await gate.owner.agents.change(agent.id, { limits: { stored_bytes: 1000 } })
      const before = kept()
      expect((await upload(bytes(2000))).code).toBe('storage_limit')
      expect(kept()).toEqual(before)
    })
  })
}
