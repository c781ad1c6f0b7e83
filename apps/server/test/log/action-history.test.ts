import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { sha256 } from '../../src/log/seal.ts'
import { verifyLog } from '../../src/log/verify.ts'
import { ada, as, bob, byAgent, type LogHouse, makeLogHouse, Story, server } from './log-house.ts'

/** Logs that were signed and chained as they should be, but tell of something that must never have happened. */
describe('a well-signed log that tells of something forbidden does not verify', () => {
  let house: LogHouse
  beforeEach(async () => {
    house = await makeLogHouse('sqlite')
  })
  afterEach(() => house.close())

  const story = () => new Story(house).submit()
  async function expectProblem(what: string): Promise<void> {
    const report = await verifyLog(new Blob([await house.export()]).stream())
    const last = report.entries - 1
    expect(report.problems.map((p) => p.seq)).toEqual([last])
    expect(report.first?.what).toContain(what)
  }

  test('a start without an approval', async () => {
    await (await story()).start()
    await expectProblem('an action that is pending does not start')
  })
  test('a start on another entry than the approving one', async () => {
    const s = await (await story()).allow()
    await s.start(1, sha256('another'))
    await expectProblem('it stands on')
  })
  test('a start over another digest', async () => {
    const s = await (await story()).allow()
    s.digest = sha256('another')
    await s.start()
    await expectProblem('the action’s digest is'.replace('’', "'"))
  })
  test('a second start, whatever the attempt', async () => {
    const s = await (await story()).allow()
    await s.start()
    await s.start(2)
    await expectProblem('an action that is executing does not start')
  })
  test('an approval by a rule that nobody made', async () => {
    await (await story()).allow('rul_0')
    await expectProblem('rul_0 was never created')
  })
  test('an approval by a version of a rule that is not the one in force', async () => {
    const s = await story()
    const rule = await s.rule()
    await s.append({ type: 'rule.changed', actor: as(ada), subject: rule, data: { version: 2 }, content: {} })
    await s.allow(rule, 1)
    await expectProblem(`${rule} had version 2, not 1`)
  })
  test('an approval by a rule that was removed', async () => {
    const s = await story()
    const rule = await s.rule()
    await s.append({ type: 'rule.removed', actor: as(ada), subject: rule, data: { version: 1 } })
    await s.allow(rule)
    await expectProblem(`${rule} was removed before`)
  })
  test('a submission by the server itself', async () => {
    const s = await story()
    const row = await house.database.read
      .selectFrom('log_entries')
      .select('leaf')
      .orderBy('seq', 'desc')
      .executeTakeFirstOrThrow()
    const { agent, digest } = (JSON.parse(row.leaf) as { data: { agent: string; digest: string } }).data
    const facts = { connector: 'notebook', action: 'write', connection: null, connection_revision: null }
    const data = { agent, ...facts, digest, effect: 'create' as const, risk: 'low' as const, retry_of: null }
    const other = new Story(house)
    await s.append({ type: 'action.submitted', actor: server, subject: other.id, data, content: null })
    await expectProblem('only an agent, or a person for it, submits')
  })
  test('a start after the approval had gone stale', async () => {
    const s = await story()
    const data = {
      digest: s.digest,
      by: 'rule' as const,
      rule: await s.rule(),
      rule_version: 1,
      person: null,
      via: null,
      required: 0,
      start_by: 1,
    }
    s.approval = await s.append({ type: 'action.approved', actor: server, subject: s.id, data })
    await s.start()
    await expectProblem('gone stale')
  })
  test('an approval over the digest from before an edit', async () => {
    const s = await story()
    const old = s.digest
    await s.edit({ page: 'Shopping', body: 'wine' })
    await s.vote()
    s.digest = old
    await s.approve()
    await expectProblem(`it is over ${old}`)
  })
  test('an approval on votes from before an edit', async () => {
    const s = await (await story()).vote()
    await s.edit({ page: 'Shopping', body: 'wine' }, bob)
    await s.approve()
    await expectProblem('did not vote for this digest')
  })
  test('an approval with too few votes, one person’s counted twice', async () => {
    const s = await (await story()).vote()
    await s.vote()
    await s.approve(ada, 2)
    await expectProblem('1 of 2 votes')
  })
  test('an approval by a person that an agent wrote', async () => {
    const s = await (await story()).vote()
    const data = {
      digest: s.digest,
      by: 'person' as const,
      rule: null,
      rule_version: null,
      ...ada,
      required: 1,
      start_by: 4e12,
    }
    await s.append({ type: 'action.approved', actor: { kind: 'agent', id: 'agt_1', key: null }, subject: s.id, data })
    await expectProblem('only a person can do this')
  })
  test('an approval in another person’s name', async () => {
    const s = await (await story()).vote()
    const data = {
      digest: s.digest,
      by: 'person' as const,
      rule: null,
      rule_version: null,
      ...ada,
      required: 1,
      start_by: 4e12,
    }
    await s.append({ type: 'action.approved', actor: as(bob), subject: s.id, data })
    await expectProblem('its actor is')
  })
  test('a rule that decides after somebody has voted', async () => {
    const s = await (await story()).vote()
    await s.allow()
    await expectProblem('a rule decides when an action is submitted, not later')
  })
  test('an outcome of what never started', async () => {
    await (await story()).allow().then((s) => s.succeed())
    await expectProblem('an action that is approved does not become succeeded')
  })
  test('anything after the end', async () => {
    const s = await (await story()).vote(ada, 'deny')
    await s.deny()
    await s.approve()
    await expectProblem('has ended')
  })
  test('a second submission', async () => {
    const s = await story()
    await s.submit()
    await expectProblem('was submitted before')
  })
  test('an outcome that nobody settled, and one settled the other way', async () => {
    const s = await (await story())
      .allow()
      .then((t) => t.start())
      .then((t) => t.unknown())
    await s.settle(false)
    await s.succeed('person')
    await expectProblem('no person settled it as succeeded')
  })
  test('an unknown outcome that the executor settled', async () => {
    const s = await (await story())
      .allow()
      .then((t) => t.start())
      .then((t) => t.unknown())
    await s.succeed('executor')
    await expectProblem('settled by key, probe or a person')
  })
  test('an expiry that is called by the wrong name', async () => {
    await (await story()).expire('approval_stale')
    await expectProblem('its code is not expired')
  })
  test('an action that was never submitted', async () => {
    await new Story(house).expire()
    await expectProblem('was never submitted')
  })
  test('a request whose content is another action’s', async () => {
    const one = await story()
    const two = new Story(house)
    Object.assign(two, { salt: one.salt })
    const row = await house.database.read.selectFrom('log_contents').selectAll().executeTakeFirstOrThrow()
    const content = JSON.parse(row.content ?? 'null')
    const facts = {
      agent: content.action.agent,
      connector: 'notebook',
      action: 'write',
      connection: null,
      connection_revision: null,
    }
    const data = { ...facts, digest: one.digest, effect: 'create' as const, risk: 'low' as const, retry_of: null }
    await two.append({ type: 'action.submitted', actor: byAgent, subject: two.id, data, content })
    await expectProblem(`its content is the request of ${one.id}`)
  })
  test('a request whose digest is not over its content', async () => {
    const s = new Story(house)
    const row = await story().then(() =>
      house.database.read.selectFrom('log_contents').selectAll().executeTakeFirstOrThrow(),
    )
    const content = JSON.parse(row.content ?? 'null')
    content.action = { ...content.action, id: s.id }
    const facts = {
      agent: content.action.agent,
      connector: 'notebook',
      action: 'write',
      connection: null,
      connection_revision: null,
    }
    const data = {
      ...facts,
      digest: sha256('what the person saw'),
      effect: 'create' as const,
      risk: 'low' as const,
      retry_of: null,
    }
    await s.append({ type: 'action.submitted', actor: byAgent, subject: s.id, data, content })
    await expectProblem('its digest is not over the request in its content')
  })
  test('a rotation that the new key did not sign', async () => {
    const next = (await import('../../src/log/keys.ts')).LogKey.create()
    const data = { key: next.id, public_key: next.publicKey, signature: Buffer.alloc(64).toString('base64url') }
    await house.writer.write((tx) => tx.append({ type: 'log.key_rotated', actor: server, subject: null, data }))
    await expectProblem('the new key did not sign its rotation')
  })

  test('after a restore an action of the epoch before may be unknown, and no other way in', async () => {
    const data = { log: house.origin, seq: 9, entry: sha256('the last entry of the epoch before') }
    await house.writer.write((tx) => tx.append({ type: 'log.restored', actor: server, subject: null, data }))
    const s = new Story(house)
    s.digest = sha256('decided in the epoch before')
    await s.unknown()
    await s.settle()
    await s.succeed('person')
    await new Story(house).expire()
    const bad = new Story(house)
    bad.digest = sha256('never asked')
    await bad.start()
    await expectProblem('was never submitted')
  })

  test('and what recovery may do, it may: a rule allows, a probe settles', async () => {
    const read = await new Story(house).submit({ page: 'Shopping' }, 'read')
    await read
      .allow()
      .then((s) => s.start())
      .then((s) => s.succeed())
    const probed = await (await story())
      .allow()
      .then((s) => s.start())
      .then((s) => s.unknown())
    await probed.succeed('probe')
    expect((await verifyLog(new Blob([await house.export()]).stream())).problems).toEqual([])
  })
})
