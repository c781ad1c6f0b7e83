import { z } from 'zod'
import { driven } from '../../kit/define.ts'
import { say, words } from '../../kit/say.ts'
import { rowsResult } from '../../kit/sql-rows.ts'
import { identifier, inSchema, qualified, quoted } from './identifier.ts'

const most = 5000
const roles = `SELECT r.rolname AS role, r.rolcanlogin AS login, r.rolsuper AS superuser, r.rolcreaterole AS create_role,
  r.rolcreatedb AS create_database, r.rolreplication AS replication, r.rolbypassrls AS bypass_rls,
  r.rolconnlimit AS connection_limit, r.rolvaliduntil AS valid_until,
  ARRAY(SELECT pg_get_userbyid(m.roleid)::text FROM pg_auth_members m WHERE m.member = r.oid ORDER BY 1) AS member_of
FROM pg_roles r ORDER BY 1`

const grants = `SELECT coalesce(nullif(pg_get_userbyid(g.grantee), 'unknown (OID=0)'), 'PUBLIC') AS role, g.privilege_type AS privilege,
  g.is_grantable AS grantable, pg_get_userbyid(g.grantor) AS granted_by
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,
  aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) g WHERE n.nspname = $1 AND c.relname = $2 ORDER BY 1, 2`

const privileges = z
  .array(z.enum(['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']))
  .min(1)
  .max(7)
const role = identifier()
const done = { done: z.boolean() }
const named = {
  unpinned: 'The names are looked up when this runs; a table or role of that name can be another one by then.',
}

export const grantActions = {
  list_roles: driven({
    title: 'List roles',
    effect: 'read',
    params: {},
    summary: () => say`List the roles`,
    result: rowsResult,
    run: (_, io) => io.postgres.query(roles, [], most),
    example: { params: {} },
  }),
  list_grants: driven({
    title: 'Who may use a table',
    effect: 'read',
    params: inSchema,
    summary: (p) => say`List who may use ${p.schema}.${p.table}`,
    result: rowsResult,
    run: (p, io) => io.postgres.query(grants, [p.schema, p.table], most),
    example: { params: { table: 'customers' } },
  }),
  create_role: driven({
    title: 'Create a role',
    description: 'Without a password: that is for a person to set.',
    effect: 'create',
    risk: 'high',
    params: { role, login: z.boolean().default(false), connection_limit: z.int().min(0).max(10_000).optional() },
    summary: (p) =>
      say`Create the role ${p.role}${words(p.login ? ', which may log in' : '')}, connection limit ${p.connection_limit ?? 'none'}`,
    result: done,
    run: async (p, io) => {
      const limit = p.connection_limit === undefined ? '' : ` CONNECTION LIMIT ${p.connection_limit}`
      await io.postgres.execute(`CREATE ROLE ${quoted(p.role)} ${p.login ? 'LOGIN' : 'NOLOGIN'}${limit}`, [], 1)
      return { done: true }
    },
    undo: { action: 'drop_role', say: 'Drop the role.' },
    example: { params: { role: 'reporting', login: true, connection_limit: 5 } },
  }),
  drop_role: driven({
    title: 'Drop a role',
    effect: 'delete',
    params: { role },
    summary: (p) => say`Drop the role ${p.role}`,
    result: done,
    run: async (p, io) => {
      await io.postgres.execute(`DROP ROLE ${quoted(p.role)}`, [], 1)
      return { done: true }
    },
    pins: { role: named },
    undo: 'irreversible',
    example: { params: { role: 'reporting' } },
  }),
  grant: driven({
    title: 'Grant rights on a table',
    effect: 'update',
    risk: 'high',
    params: { ...inSchema, role, privileges },
    summary: (p) => say`Grant ${p.privileges} on ${p.schema}.${p.table} to ${p.role}`,
    result: done,
    run: async (p, io) => {
      const what = p.privileges.join(', ')
      await io.postgres.execute(`GRANT ${what} ON TABLE ${qualified(p.schema, p.table)} TO ${quoted(p.role)}`, [], 1)
      return { done: true }
    },
    pins: { table: named, role: named },
    undo: { action: 'revoke', say: 'Revoke the same rights.' },
    example: { params: { table: 'customers', role: 'reporting', privileges: ['SELECT'] } },
  }),
  revoke: driven({
    title: 'Revoke rights on a table',
    effect: 'update',
    risk: 'high',
    params: { ...inSchema, role, privileges },
    summary: (p) => say`Revoke ${p.privileges} on ${p.schema}.${p.table} from ${p.role}`,
    result: done,
    run: async (p, io) => {
      const what = p.privileges.join(', ')
      await io.postgres.execute(`REVOKE ${what} ON TABLE ${qualified(p.schema, p.table)} FROM ${quoted(p.role)}`, [], 1)
      return { done: true }
    },
    pins: { table: named, role: named },
    undo: { action: 'grant', say: 'Grant the same rights.' },
    example: { params: { table: 'customers', role: 'reporting', privileges: ['SELECT'] } },
  }),
  grant_role: driven({
    title: 'Put a role into another',
    effect: 'update',
    risk: 'high',
    params: { role, member: role },
    summary: (p) => say`Give ${p.member} all rights of the role ${p.role}`,
    result: done,
    run: async (p, io) => {
      await io.postgres.execute(`GRANT ${quoted(p.role)} TO ${quoted(p.member)}`, [], 1)
      return { done: true }
    },
    pins: { role: named, member: named },
    undo: { action: 'revoke_role', say: 'Take the role out again.' },
    example: { params: { role: 'reporting', member: 'ada' } },
  }),
  revoke_role: driven({
    title: 'Take a role out of another',
    effect: 'update',
    risk: 'high',
    params: { role, member: role },
    summary: (p) => say`Take from ${p.member} the rights of the role ${p.role}`,
    result: done,
    run: async (p, io) => {
      await io.postgres.execute(`REVOKE ${quoted(p.role)} FROM ${quoted(p.member)}`, [], 1)
      return { done: true }
    },
    pins: { role: named, member: named },
    undo: { action: 'grant_role', say: 'Put the role back.' },
    example: { params: { role: 'reporting', member: 'ada' } },
  }),
}
