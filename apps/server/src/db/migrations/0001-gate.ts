import { type Kysely, type RawBuilder, sql } from 'kysely'
import { columns, type Flavour } from '../dialect.ts'
import type { Tables } from '../schema/index.ts'

/** The tables of the gate. Constraints repeat what the code promises: unique starts, keys, nonces, chain. */
export async function up(db: Kysely<Tables>, flavour: Flavour): Promise<void> {
  const { text, int, bytes } = columns(flavour)
  const run = (statement: RawBuilder<unknown>) => statement.execute(db)

  await run(sql`create table settings (name ${text} primary key, value ${text} not null)`)
  await run(sql`create table copies (id ${text} primary key, schema ${int} not null, seen_at ${int} not null)`)
  await run(sql`create table attempts (id ${text} primary key, scope ${text} not null, at ${int} not null)`)
  await run(sql`create index attempts_scope on attempts (scope, at)`)

  await run(sql`create table log_entries (seq ${int} primary key, prev ${text} not null unique, time ${int} not null,
    type ${text} not null, subject ${text}, leaf ${text} not null, leaf_hash ${bytes} not null)`)
  await run(sql`create index log_entries_subject on log_entries (subject, seq)`)
  await run(sql`create table log_contents (seq ${int} primary key, salt ${bytes} not null, content ${text})`)
  await run(
    sql`create table log_tiles (level ${int} not null, idx ${int} not null, hashes ${bytes} not null, primary key (level, idx))`,
  )
  await run(
    sql`create table log_checkpoints (size ${int} primary key, root ${bytes} not null, note ${text} not null, time ${int} not null)`,
  )
  await run(sql`create table log_keys (id ${text} primary key, public_key ${text} not null, from_seq ${int} not null)`)

  await run(sql`create table actions (id ${text} primary key, agent ${text} not null, connector ${text} not null,
    connector_version ${text} not null, action ${text} not null, connection ${text}, connection_revision ${int},
    status ${text} not null check (status in ('pending','approved','denied','cancelled','expired','executing','succeeded','failed','unknown')),
    effect ${text} not null, risk ${text} not null, params ${text} not null, digest ${text} not null, salt ${text} not null,
    summary ${text} not null, rendered ${text}, upgraded ${int} not null default 0, reason ${text}, created_at ${int} not null, expires_at ${int}, start_by ${int},
    decision ${text}, executed_params ${text}, result ${text}, partial ${int} not null default 0,
    retry_of ${text}, error ${text}, copy ${text}, lease_until ${int}, attempt ${int} not null default 0,
    started_at ${int}, ended_at ${int}, bytes ${int} not null default 0, seq ${int} not null)`)
  await run(sql`create index actions_status on actions (status, id)`)
  await run(sql`create index actions_agent on actions (agent, id)`)
  await run(sql`create index actions_agent_status on actions (agent, status, created_at)`)
  await run(sql`create index actions_connection on actions (connection, started_at)`)
  await run(sql`create table action_steps (action ${text} not null, attempt ${int} not null, step ${int} not null, key ${text},
    sent_at ${int} not null, primary key (action, attempt, step))`)
  await run(sql`create table idempotency_keys (agent ${text} not null, key ${text} not null, action ${text} not null,
    request ${text} not null, created_at ${int} not null, primary key (agent, key))`)

  await run(sql`create table agents (id ${text} primary key, name ${text} not null, name_folded ${text} not null unique,
    claimed_name ${text} not null, status ${text} not null, owner ${text} not null, limits ${text} not null, access ${text} not null,
    default_expiry ${int}, held ${int} not null default 0, invitation ${text}, leaks ${int} not null default 0, stored ${int} not null default 0,
    created_at ${int} not null, confirmed_at ${int}, last_seen_at ${int})`)
  await run(sql`create table agent_keys (id ${text} primary key, agent ${text} not null, public_key ${text} not null unique,
    status ${text} not null, created_at ${int} not null, last_used_at ${int})`)
  await run(sql`create index agent_keys_agent on agent_keys (agent)`)
  await run(sql`create table agent_tokens (id ${text} primary key, agent ${text} not null, name ${text} not null, hash ${text} not null unique,
    created_at ${int} not null, last_used_at ${int}, revoked_at ${int})`)
  await run(sql`create index agent_tokens_agent on agent_tokens (agent)`)
  await run(sql`create table invitations (id ${text} primary key, code ${text} not null unique, created_by ${text} not null,
    created_at ${int} not null, expires_at ${int} not null, used_by ${text})`)
  await run(
    sql`create table nonces (key ${text} not null, nonce ${text} not null, expires_at ${int} not null, primary key (key, nonce))`,
  )
  await run(sql`create index nonces_expiry on nonces (expires_at)`)

  await run(sql`create table connections (id ${text} primary key, connector ${text} not null, label ${text} not null, auth ${text} not null,
    fields ${text} not null, account_id ${text}, account_label ${text}, revision ${int} not null, status ${text} not null,
    actions_off ${text} not null, lookups ${int} not null default 0, egress_allowed ${text} not null, concurrency ${int} not null,
    rate_per_minute ${int}, check_result ${text}, created_at ${int} not null, last_used_at ${int})`)
  await run(sql`create index connections_connector on connections (connector, status)`)
  await run(sql`create table connection_secrets (connection ${text} not null, field ${text} not null, key_version ${int} not null,
    wrapped_key ${bytes} not null, sealed ${bytes} not null, primary key (connection, field))`)

  await run(sql`create table rules (id ${text} primary key, version ${int} not null, effect ${text} not null, connector ${text} not null,
    action ${text} not null, body ${text} not null, enabled ${int} not null, removed ${int} not null default 0,
    created_by ${text} not null, created_at ${int} not null, updated_at ${int} not null)`)
  await run(sql`create index rules_action on rules (connector, action, removed)`)
  await run(sql`create table rule_versions (rule ${text} not null, version ${int} not null, body ${text} not null, enabled ${int} not null,
    at ${int} not null, primary key (rule, version))`)

  await run(sql`create table people (id ${text} primary key, account ${text} not null unique, name ${text} not null, email ${text} not null,
    role ${text} not null, removed ${int} not null default 0, created_at ${int} not null)`)
  await run(sql`create table personal_tokens (id ${text} primary key, person ${text} not null, name ${text} not null, hash ${text} not null unique,
    scopes ${text} not null, from_setup ${int} not null default 0, created_at ${int} not null, expires_at ${int}, last_used_at ${int}, revoked_at ${int})`)
  await run(sql`create table setup_tokens (hash ${text} primary key, expires_at ${int} not null)`)

  await run(sql`create table files (id ${text} primary key, owner ${text} not null, name ${text} not null, type ${text} not null,
    size ${int} not null, sha256 ${text} not null, created_at ${int} not null)`)
  await run(sql`create index files_owner on files (owner, created_at)`)
  await run(
    sql`create table notebook_pages (name ${text} primary key, body ${text} not null, version ${int} not null, updated_at ${int} not null)`,
  )
  await run(sql`create table notebook_ops (action ${text} primary key, result ${text} not null, at ${int} not null)`)
}
