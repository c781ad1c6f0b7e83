import {
  type Access,
  type Agent,
  access,
  confirmPositions,
  type Limits,
  limits,
} from '@permission-slip/protocol/agent.ts'
import { Refusal } from '@permission-slip/protocol/errors.ts'
import type { Selectable } from 'kysely'
import { iso, isoOrNull } from '../clock.ts'
import type { AgentKeyRow, AgentRow, AgentTokenRow } from '../db/schema/agents.ts'
import type { Db } from '../db/writer-types.ts'

export const limitsOf = (row: Pick<AgentRow, 'limits'>): Limits => limits.parse(JSON.parse(row.limits))
/** What can't be read grants nothing. */
export const accessOf = (row: Pick<AgentRow, 'access'>): Access => {
  const read = access.safeParse(JSON.parse(row.access))
  return read.success ? read.data : []
}

/** An agent as people and itself see it. */
export function presentAgent(row: Selectable<AgentRow>, keys: AgentKeyRow[], tokens: AgentTokenRow[]): Agent {
  const unconfirmed = keys.find((key) => key.status === 'unconfirmed')
  return {
    id: row.id as Agent['id'],
    name: row.name,
    claimed_name: row.claimed_name,
    status: row.status as Agent['status'],
    owner: row.owner as Agent['owner'],
    keys: keys.map((key) => ({
      id: key.id,
      public_key: key.public_key,
      status: key.status as Agent['keys'][number]['status'],
      created_at: iso(key.created_at),
      last_used_at: isoOrNull(key.last_used_at),
    })),
    tokens: tokens.map((token) => ({
      id: token.id as Agent['tokens'][number]['id'],
      name: token.name,
      created_at: iso(token.created_at),
      last_used_at: isoOrNull(token.last_used_at),
      revoked_at: isoOrNull(token.revoked_at),
    })),
    limits: limitsOf(row),
    access: accessOf(row),
    default_expiry: row.default_expiry,
    confirm_positions: unconfirmed ? confirmPositions(Buffer.from(unconfirmed.id, 'base64url')) : [],
    held: row.held === 1,
    created_at: iso(row.created_at),
    confirmed_at: isoOrNull(row.confirmed_at),
    last_seen_at: isoOrNull(row.last_seen_at),
  }
}

export async function readAgent(db: Db, id: string): Promise<AgentRow> {
  const row = await db.selectFrom('agents').selectAll().where('id', '=', id).executeTakeFirst()
  if (!row) throw new Refusal('not_found', `There is no agent ${id}.`)
  return row
}

/** @throws Refusal unless the agent may act. */
export function mustBeActive(agent: Pick<AgentRow, 'status'>): void {
  if (agent.status === 'paused') throw new Refusal('agent_paused')
  if (agent.status === 'revoked') throw new Refusal('agent_revoked')
  if (agent.status !== 'active') throw new Refusal('agent_unconfirmed')
}

/** Agents with their keys and tokens, newest first. */
export async function presentAgents(db: Db, ids: readonly string[]): Promise<Agent[]> {
  if (ids.length === 0) return []
  const [rows, keys, tokens] = await Promise.all([
    db.selectFrom('agents').selectAll().where('id', 'in', ids).orderBy('id', 'desc').execute(),
    db.selectFrom('agent_keys').selectAll().where('agent', 'in', ids).orderBy('created_at').execute(),
    db.selectFrom('agent_tokens').selectAll().where('agent', 'in', ids).orderBy('id').execute(),
  ])
  return rows.map((row) =>
    presentAgent(
      row,
      keys.filter((k) => k.agent === row.id),
      tokens.filter((t) => t.agent === row.id),
    ),
  )
}

export async function presentOne(db: Db, id: string): Promise<Agent> {
  const [agent] = await presentAgents(db, [id])
  if (!agent) throw new Refusal('not_found', `There is no agent ${id}.`)
  return agent
}
