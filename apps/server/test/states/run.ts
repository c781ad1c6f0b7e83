import { limits } from '@permission-slip/protocol/agent.ts'
import { Refusal } from '@permission-slip/protocol/errors.ts'
import { newId } from '@permission-slip/protocol/ids.ts'
import { submit } from '../../src/actions/submit.ts'
import { switchAgent } from '../../src/agents/manage.ts'
import { approve, cancel, deny } from '../../src/approvals/decide.ts'
import { settle } from '../../src/approvals/outcome.ts'
import { addConnection } from '../../src/connections/add.ts'
import { changeConnection } from '../../src/connections/change.ts'
import { removeConnection } from '../../src/connections/remove.ts'
import type { Context } from '../../src/context.ts'
import type { ActionRow } from '../../src/db/schema/actions.ts'
import type { AgentCaller, PersonCaller } from '../../src/http/caller.ts'
import { expireActions } from '../../src/jobs/expire.ts'
import { addRule, changeRule, removeRule } from '../../src/rules/manage.ts'
import { writeSetting } from '../../src/settings.ts'
import { eventually } from '../recovery/asking.ts'
import { type Op, pick } from './model.ts'

import type { World } from './world.ts'

/** One run's own agent, connection, people and rules, and the actions in the order in which they were submitted. */
export class Run {
  readonly ids: string[] = []
  readonly #world: World
  readonly #agent: AgentCaller
  readonly #people: Record<'owner' | 'approver', PersonCaller>
  readonly #connection: `con_${string}`
  readonly #submitted: { kind: string; ref: string; mode: string; expires: boolean }[] = []
  #allow: string | null = null
  #deny: string | null = null

  private constructor(
    world: World,
    agent: AgentCaller,
    people: Record<'owner' | 'approver', PersonCaller>,
    connection: `con_${string}`,
  ) {
    this.#world = world
    this.#agent = agent
    this.#people = people
    this.#connection = connection
  }

  static async begin(world: World): Promise<Run> {
    const ctx = world.ctx()
    const person = (role: 'owner' | 'approver'): PersonCaller => ({
      kind: 'person',
      id: newId('usr'),
      name: role,
      email: '',
      role,
      via: 'session',
      scopes: [],
      fresh: true,
      fromSetup: false,
      totp: false,
      credential: '',
    })
    const people = { owner: person('owner'), approver: person('approver') }
    const plenty = limits.parse({ pending: 1000, submissions_per_second: 1000 })
    const agent: AgentCaller = {
      kind: 'agent',
      id: newId('agt'),
      key: null,
      nonce: null,
      status: 'active',
      name: 'a',
      limits: plenty,
      access: null,
      defaultExpiry: 86_400,
    }
    await ctx.writer.write(async (tx) => {
      await writeSetting(tx, 'frozen', false)
      for (const { id, role } of Object.values(people))
        await tx.db
          .insertInto('people')
          .values({ id, account: id, name: role, email: id, role, removed: 0, created_at: tx.now })
          .execute()
      await tx.db
        .insertInto('agents')
        .values({
          id: agent.id,
          name: agent.id,
          name_folded: agent.id,
          claimed_name: 'a',
          status: 'active',
          owner: people.owner.id,
          limits: JSON.stringify(plenty),
          access: 'null',
          default_expiry: null,
          held: 0,
          invitation: null,
          leaks: 0,
          stored: 0,
          created_at: tx.now,
          confirmed_at: tx.now,
          last_seen_at: null,
        })
        .execute()
    })
    const { id } = await addConnection(ctx, people.owner, {
      connector: 'depot',
      label: agent.id,
      fields: { token: 'depot-token-0123456789' },
    })
    await changeConnection(ctx, people.owner, id, { concurrency: 50 })
    return new Run(world, agent, people, id)
  }

  /** The code of a refusal, or null. */
  async do(op: Op): Promise<string | null> {
    try {
      await this.#do(op)
      return null
    } catch (error) {
      if (error instanceof Refusal) return error.code
      throw error
    }
  }

  rows(): Promise<ActionRow[]> {
    return this.#world
      .ctx()
      .db.selectFrom('actions')
      .selectAll()
      .where('agent', '=', this.#agent.id)
      .orderBy('id')
      .execute()
  }
  ref(at: number): string {
    return this.#submitted[at]?.ref ?? ''
  }

  async #do(op: Op): Promise<unknown> {
    const real = this.#world.ctx()
    // Starting is an operation of its own: whatever would start something by itself does not.
    const ctx: Context = { ...real, executor: { ...real.executor, kick() {} } }
    const { owner } = this.#people
    const at = 'on' in op ? pick(op.on, this.ids.length) : 0
    const id = this.ids[at]
    if ('on' in op && id === undefined) return null
    switch (op.do) {
      case 'submit': {
        const asked = { kind: op.kind, ref: `r-${crypto.randomUUID()}`, mode: op.mode, expires: op.expires }
        const row = await this.#submit(ctx, asked, asked.ref)
        this.ids.push(row.id)
        this.#submitted.push(asked)
        return row
      }
      case 'submit_again': {
        const first = this.#submitted[at]
        if (!first) return null
        const row = await this.#submit(ctx, op.same ? first : { ...first, ref: `r-${crypto.randomUUID()}` }, first.ref)
        if (row.id !== id) throw new Error(`the same idempotency key made another action: ${row.id} beside ${id}`)
        return row
      }
      case 'approve': {
        const row = await this.#row(id)
        const params = { ref: this.ref(at), mode: 'answer' }
        return approve(ctx, this.#people[op.by], row.id, {
          digest: op.seen ? row.digest : `sha256:${'0'.repeat(64)}`,
          ...(op.edit ? { params } : {}),
        })
      }
      case 'deny': {
        const { digest } = await this.#row(id)
        return deny(ctx, owner, id ?? '', { digest })
      }
      case 'cancel_by_agent':
      case 'cancel_by_person':
        return cancel(ctx, op.do === 'cancel_by_agent' ? this.#agent : owner, id ?? '', async () => {})
      case 'start':
        real.executor.kick(id ?? '')
        return this.#idle()
      case 'answer':
        if ((await this.#row(id)).status !== 'executing') return null
        this.#world.depot().release(this.ref(at))
        return this.#idle()
      case 'settle':
        return settle(ctx, owner, id ?? '', { happened: op.happened, note: '' })
      case 'time':
        return this.#world.advance(op.minutes)
      case 'expire':
        return expireActions(ctx)
      case 'pause':
        return switchAgent(ctx, owner, this.#agent.id, 'paused')
      case 'resume':
        return switchAgent(ctx, owner, this.#agent.id, 'active')
      case 'revoke':
        return switchAgent(ctx, owner, this.#agent.id, 'revoked')
      case 'remove_connection':
        return removeConnection(ctx, owner, this.#connection)
      case 'change_connection':
        return changeConnection(ctx, owner, this.#connection, {
          fields: { token: `depot-token-${crypto.randomUUID()}` },
        })
      case 'demote':
      case 'promote':
        return ctx.writer.write((tx) =>
          tx.db
            .updateTable('people')
            .set({ role: op.do === 'demote' ? 'viewer' : 'approver' })
            .where('id', '=', this.#people.approver.id)
            .execute(),
        )
      case 'allow':
        this.#allow ??= (await addRule(ctx, owner, this.#rule('allow'))).id
        return null
      case 'change_allow':
        return this.#allow && changeRule(ctx, owner, this.#allow, { note: crypto.randomUUID() })
      case 'stop_allow':
        return this.#allow && changeRule(ctx, owner, this.#allow, { enabled: false })
      case 'deny_rule':
        this.#deny ??= (await addRule(ctx, owner, this.#rule('deny'))).id
        return null
      case 'end_deny_rule':
        if (this.#deny) await removeRule(ctx, owner, this.#deny)
        this.#deny = null
        return null
      case 'freeze':
      case 'unfreeze':
        return ctx.writer.write((tx) => writeSetting(tx, 'frozen', op.do === 'freeze'))
      case 'kill':
        await this.#world.kill()
        return this.#idle()
    }
  }

  /** Lets the service answer whatever it holds and everything end, so that the next run finds nothing of this one. */
  async end(): Promise<void> {
    this.#world.depot().release()
    await this.#idle()
  }

  /** Nothing runs any more but what the service holds. */
  #idle(): Promise<unknown> {
    const { executor } = this.#world.ctx()
    return eventually('everything has ended', async () =>
      this.ids.every((id, at) => !executor.isRunning(id) || this.#world.depot().holds(this.ref(at))),
    )
  }

  #submit(
    ctx: Context,
    asked: { kind: string; ref: string; mode: string; expires: boolean },
    key: string,
  ): Promise<ActionRow> {
    const { kind, ref, mode, expires } = asked
    return submit(
      ctx,
      this.#agent,
      {
        connector: 'depot',
        action: kind,
        params: { ref, mode },
        connection: this.#connection,
        expires_in: expires ? 3600 : null,
      },
      key,
    )
  }
  async #row(id: string | undefined): Promise<ActionRow> {
    return this.#world
      .ctx()
      .db.selectFrom('actions')
      .selectAll()
      .where('id', '=', id ?? '')
      .executeTakeFirstOrThrow()
  }
  #rule(effect: 'allow' | 'deny') {
    const anything = { anything: true as const }
    return {
      name: effect,
      effect,
      agents: [this.#agent.id as `agt_${string}`],
      connector: 'depot',
      action: 'bare',
      connections: null,
      params: effect === 'allow' ? { ref: anything, mode: anything } : {},
      note: '',
      expires_at: null,
    }
  }
}
