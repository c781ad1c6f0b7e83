import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { actionPreimage, type DecidedOver } from '@permission-slip/protocol/digest.ts'
import { newId } from '@permission-slip/protocol/ids.ts'
import type { Json, JsonObject } from '@permission-slip/protocol/json.ts'
import type { Actor } from '@permission-slip/protocol/log.ts'
import pg from 'pg'
import type { Flavour } from '../../src/db/dialect.ts'
import { migrate } from '../../src/db/migrate.ts'
import { type Database, openDatabase } from '../../src/db/open.ts'
import { makeWriter } from '../../src/db/writer.ts'
import type { Appended, Tx, Writer } from '../../src/db/writer-types.ts'
import { makeHub } from '../../src/hub.ts'
import { type Checkpointer, makeCheckpointer } from '../../src/log/checkpointer.ts'
import { exportLog } from '../../src/log/export.ts'
import { LogKey } from '../../src/log/keys.ts'
import { rotationData, sha256 } from '../../src/log/seal.ts'

export const postgres = process.env['PS_TEST_POSTGRES']
/** Both databases, the second only where a server is. */
export const flavours: { flavour: Flavour; skip: boolean }[] = [
  { flavour: 'sqlite', skip: false },
  { flavour: 'postgres', skip: postgres === undefined },
]

export const server: Actor = { kind: 'server' }
const agent = newId('agt')
export const byAgent: Actor = { kind: 'agent', id: agent, key: 'k' }
export const ada = { person: newId('usr'), via: 'session' as const }
export const bob = { person: newId('usr'), via: 'token' as const }
export type Person = { person: string; via: 'session' | 'token' }
export const as = ({ person, via }: Person): Actor => ({ kind: 'person', id: person, via })

/** A log in a database of its own, with the real writer and checkpointer. */
export interface LogHouse {
  database: Database
  writer: Writer
  checkpointer: Checkpointer
  published: string[]
  firstKey: LogKey
  origin: string
  dir: string
  rotate(): Promise<LogKey>
  /** The tar, whole. */
  export(): Promise<Uint8Array<ArrayBuffer>>
  close(): Promise<void>
}

export async function makeLogHouse(flavour: Flavour): Promise<LogHouse> {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ps-log-'))
  const name = `ps_log_${crypto.randomUUID().replaceAll('-', '')}`
  const admin = async (text: string) => {
    const client = new pg.Client({ connectionString: postgres })
    await client.connect()
    await client.query(text)
    await client.end()
  }
  if (flavour === 'postgres') await admin(`create database ${name}`)
  const database = await openDatabase(
    flavour === 'sqlite' ? `sqlite:${dir}/one.db` : `${new URL(`/${name}`, postgres)}`,
  )
  await migrate(database, { first: async () => {}, check: async () => {} })
  const firstKey = LogKey.create()
  const { origin } = firstKey
  let key = firstKey
  let now = Date.parse('2026-01-02T03:04:05.678Z')
  const clock = { now: () => now++, monotonic: () => performance.now() }
  const signing = () => ({ key, origin })
  const writer = makeWriter({ database, clock, hub: makeHub(), signing, guard: async () => {} })
  const published: string[] = []
  const checkpointer = makeCheckpointer({ writer, signing, publish: (note) => published.push(note) })
  const keep = (tx: Tx, made: LogKey, from_seq: number) =>
    tx.db.insertInto('log_keys').values({ id: made.id, public_key: made.publicKey, from_seq }).execute()
  await writer.write(async (tx) => {
    await tx.append({
      type: 'log.opened',
      actor: server,
      subject: null,
      data: { public_key: key.publicKey, schema: 1 },
    })
    await keep(tx, key, 0)
  })
  return {
    database,
    writer,
    checkpointer,
    published,
    firstKey,
    origin,
    dir,
    async rotate() {
      const next = LogKey.create()
      await writer.write(async (tx) => {
        const last = await tx.db
          .selectFrom('log_entries')
          .select('leaf')
          .orderBy('seq', 'desc')
          .executeTakeFirstOrThrow()
        const data = rotationData(next, sha256(last.leaf))
        const { seq } = await tx.append({ type: 'log.key_rotated', actor: server, subject: null, data })
        await keep(tx, next, seq + 1)
        tx.afterCommit(() => {
          key = next
        })
      })
      return next
    },
    async export() {
      const stream = await exportLog({
        db: database.read,
        checkpoint: () => checkpointer.checkpoint(),
        now: clock.now(),
      })
      return new Uint8Array(await new Response(stream).arrayBuffer())
    },
    async close() {
      await writer.close()
      await database.close()
      if (flavour === 'postgres') await admin(`drop database ${name} with (force)`)
      fs.rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** One action, appended step by step as the gate would. */
export class Story {
  readonly id = newId('act')
  readonly salt = new Uint8Array(randomBytes(32))
  digest = ''
  approval: Appended | null = null
  readonly #house: LogHouse
  constructor(house: LogHouse) {
    this.#house = house
  }
  #over(params: JsonObject): DecidedOver {
    const made = {
      agent,
      connector: 'notebook',
      connector_version: 'c1',
      action: 'write',
      connection: null,
      connection_revision: null,
    }
    return { id: this.id, ...made, params, expires_at: null }
  }
  #content(params: JsonObject): Json {
    const salt = Buffer.from(this.salt).toString('base64url')
    return {
      action: { ...this.#over(params) },
      salt,
      summary: { text: 'Write a page', parts: [{ text: 'Write a page' }] },
      reason: 'because',
    }
  }
  append(...args: Parameters<Tx['append']>): Promise<Appended> {
    return this.#house.writer.write((tx) => tx.append(...args))
  }
  async submit(
    params: JsonObject = { page: 'Shopping', body: 'milk' },
    effect: 'create' | 'read' = 'create',
  ): Promise<this> {
    this.digest = sha256(actionPreimage(this.#over(params), this.salt))
    const facts = { agent, connector: 'notebook', action: 'write', connection: null, connection_revision: null }
    const data = { ...facts, digest: this.digest, effect, risk: 'low' as const, retry_of: null }
    await this.append({
      type: 'action.submitted',
      actor: byAgent,
      subject: this.id,
      data,
      content: this.#content(params),
    })
    return this
  }
  async edit(params: JsonObject, by: Person = ada): Promise<this> {
    this.digest = sha256(actionPreimage(this.#over(params), this.salt))
    const data = { digest: this.digest, ...by }
    await this.append({ type: 'action.edited', actor: as(by), subject: this.id, data, content: this.#content(params) })
    return this
  }
  async vote(by: Person = ada, effect: 'approve' | 'deny' = 'approve'): Promise<this> {
    await this.append({
      type: 'action.voted',
      actor: as(by),
      subject: this.id,
      data: { digest: this.digest, effect, ...by },
    })
    return this
  }
  async approve(by: Person = ada, required = 1): Promise<this> {
    const data = {
      digest: this.digest,
      by: 'person' as const,
      rule: null,
      rule_version: null,
      ...by,
      required,
      start_by: 4_000_000_000_000,
    }
    this.approval = await this.append({ type: 'action.approved', actor: as(by), subject: this.id, data })
    return this
  }
  /** A person makes a rule. */
  async rule(id: string = newId('rul')): Promise<string> {
    const content = { effect: 'allow' }
    await this.append({ type: 'rule.created', actor: as(ada), subject: id, data: { version: 1 }, content })
    return id
  }
  async allow(rule?: string, rule_version = 1): Promise<this> {
    const id = rule ?? (await this.rule())
    const by = { by: 'rule' as const, rule: id, rule_version, person: null, via: null, required: 0 }
    const data = { digest: this.digest, ...by, start_by: 4_000_000_000_000 }
    this.approval = await this.append({ type: 'action.approved', actor: server, subject: this.id, data })
    return this
  }
  async deny(by: Person = ada): Promise<this> {
    const data = { digest: this.digest, by: 'person' as const, rule: null, rule_version: null, ...by }
    await this.append({
      type: 'action.denied',
      actor: as(by),
      subject: this.id,
      data,
      content: { reason: 'not today' },
    })
    return this
  }
  async start(attempt = 1, decision = this.approval?.digest ?? sha256('none')): Promise<this> {
    await this.append({
      type: 'action.started',
      actor: server,
      subject: this.id,
      data: { digest: this.digest, decision, copy: 'copy_1', attempt },
    })
    return this
  }
  async succeed(by: 'executor' | 'person' | 'probe' = 'executor'): Promise<this> {
    const data = { digest: this.digest, code: null, by }
    await this.append({
      type: 'action.succeeded',
      actor: server,
      subject: this.id,
      data,
      content: { result: { page: 'Shopping', version: 1 } },
    })
    return this
  }
  async unknown(): Promise<this> {
    const data = { digest: this.digest, code: 'outcome_unknown' as const }
    await this.append({
      type: 'action.unknown',
      actor: server,
      subject: this.id,
      data,
      content: { message: 'no answer came' },
    })
    return this
  }
  async settle(happened = true, by: Person = ada): Promise<this> {
    await this.append({
      type: 'action.settled',
      actor: as(by),
      subject: this.id,
      data: { happened, ...by },
      content: { note: 'I looked' },
    })
    return this
  }
  async expire(code: 'expired' | 'approval_stale' = 'expired'): Promise<this> {
    await this.append({ type: 'action.expired', actor: server, subject: this.id, data: { code } })
    return this
  }
}

/** A day in the life of a gate: every ordinary way through the table of states, and a rotation in the middle. */
export async function liveADay(house: LogHouse): Promise<void> {
  const story = () => new Story(house).submit()
  await (await story())
    .vote()
    .then((s) => s.approve())
    .then((s) => s.start())
    .then((s) => s.succeed())
  await (await story())
    .allow()
    .then((s) => s.start())
    .then((s) => s.succeed())
  await (await story()).vote(ada, 'deny').then((s) => s.deny())
  await (await story()).expire()
  const two = await (await story()).vote(ada)
  await two.edit({ page: 'Shopping', body: 'bread' }, bob)
  await two.vote(bob)
  await house.rotate()
  await two
    .vote(ada)
    .then((s) => s.approve(ada, 2))
    .then((s) => s.start())
    .then((s) => s.unknown())
  await two.settle().then((s) => s.succeed('person'))
  await (await story()).allow().then((s) => s.expire('approval_stale'))
  const stillPending = await story()
  await stillPending.vote()
}
