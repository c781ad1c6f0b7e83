import { randomBytes } from 'node:crypto'
import type { Connector } from '@permission-slip/connectors/kit/types.ts'
import { Refusal } from '@permission-slip/protocol/errors.ts'
import type { Permit } from '../actions/permit.ts'
import { Approved } from '../actions/settle.ts'
import type { Catalogue } from '../connectors.ts'
import type { ConnectionSecretRow } from '../db/schema/connections.ts'
import type { Db, Tx } from '../db/writer-types.ts'
import type { KeyRing } from './key-ring.ts'
import { keyBound, openBytes, sealBytes, secretBound } from './seal.ts'
import { Secret, type Secrets } from './secret.ts'
import { ConnectionTest } from './test-permit.ts'

/** Where a secret may be sent: the connection it belongs to with its non-secret fields. */
export interface SealTarget {
  readonly id: string
  readonly connector: Connector
  readonly fields: Readonly<Record<string, string>>
}

/** The one place that seals credentials and opens them. */
export interface Vault {
  /** Seals every given field anew, in the caller's transaction; fields not given stay as they are. */
  seal(tx: Tx, target: SealTarget, secrets: ReadonlyMap<string, string>): Promise<void>
  /**
   * The connection's secrets, for a genuine permit that names this very connection, to be sent where `fields` points:
   * those of the row that the caller sends by, not of what stands by now. Throws when a row was moved, changed, or
   * sealed to another destination than theirs.
   */
  open(permit: Permit, connection: string, fields: SealTarget['fields']): Promise<Secrets>
  /** Names of the fields that are set. */
  names(db: Db, connection: string): Promise<string[]>
  /** Destroys the wrapped data keys and what they sealed. */
  destroy(tx: Tx, connection: string, fields?: readonly string[]): Promise<void>
}

/** The non-secret fields that decide where requests go or as whom. */
export const destinationOf = (connector: Connector, fields: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(connector.destination.map((name) => [name, fields[name] ?? '']))

export function makeVault(parts: { db: Db; keys: KeyRing; connectors: Catalogue }): Vault {
  const { db, keys, connectors } = parts

  async function target(connection: string): Promise<Pick<SealTarget, 'id' | 'connector'>> {
    const row = await db
      .selectFrom('connections')
      .select(['id', 'connector', 'status'])
      .where('id', '=', connection)
      .executeTakeFirst()
    const connector = row && (await connectors.load(row.connector))
    if (!row || !connector || row.status === 'removed')
      throw new Refusal('no_connection', `The connection ${connection} is not there any more.`)
    return { id: row.id, connector }
  }

  /** Rows and the key in force, of the same moment: a rotation may commit between the two reads. */
  async function sealedRows(connection: string) {
    for (let left = 3; ; left--) {
      const { version, key } = await keys.inForce(db)
      const rows = await db
        .selectFrom('connection_secrets')
        .selectAll()
        .where('connection', '=', connection)
        .orderBy('field')
        .execute()
      if (left === 0 || rows.every((row) => row.key_version === version)) return { rows, version, key }
    }
  }

  return {
    async seal(tx, to, secrets) {
      const { version, key } = await keys.inForce(tx.db)
      const destination = destinationOf(to.connector, to.fields)
      for (const [field, value] of secrets) {
        const dataKey = new Uint8Array(randomBytes(32))
        const row: ConnectionSecretRow = {
          connection: to.id,
          field,
          key_version: version,
          wrapped_key: sealBytes(key.bytes(), dataKey, keyBound(to.id, field, version)),
          sealed: sealBytes(
            dataKey,
            Buffer.from(value),
            secretBound({ id: to.id, connector: to.connector.id }, field, destination),
          ),
        }
        dataKey.fill(0)
        const { key_version, wrapped_key, sealed } = row
        await tx.db
          .insertInto('connection_secrets')
          .values(row)
          .onConflict((c) => c.columns(['connection', 'field']).doUpdateSet({ key_version, wrapped_key, sealed }))
          .execute()
      }
    },

    async open(permit, connection, fields) {
      if (!Approved.is(permit) && !ConnectionTest.is(permit))
        throw new Error('a credential is opened with a permit only')
      if (permit.connection !== connection) throw new Error('the permit is for another connection')
      const to = await target(connection)
      if (to.connector.id !== permit.connector) throw new Error('the permit is for another connector')
      const { rows, version, key } = await sealedRows(connection)
      const destination = destinationOf(to.connector, fields)
      const opened = new Map<string, Secret>()
      for (const row of rows) {
        try {
          if (row.key_version !== version) throw new Error(`sealed under master key version ${row.key_version}`)
          const dataKey = openBytes(key.bytes(), row.wrapped_key, keyBound(row.connection, row.field, version))
          const bound = secretBound({ id: connection, connector: to.connector.id }, row.field, destination)
          opened.set(row.field, new Secret(Buffer.from(openBytes(dataKey, row.sealed, bound)).toString()))
          dataKey.fill(0)
        } catch (cause) {
          throw new Refusal(
            'no_connection',
            `The credential "${row.field}" can't be opened for where this connection points now; enter it again.`,
            { cause },
          )
        }
      }
      return opened
    },

    async names(from, connection) {
      const rows = await from
        .selectFrom('connection_secrets')
        .select('field')
        .where('connection', '=', connection)
        .orderBy('field')
        .execute()
      return rows.map((row) => row.field)
    },

    async destroy(tx, connection, fields) {
      const gone = new Uint8Array(60)
      // Overwritten before deleted: a row that is only deleted can stay readable in the file.
      let overwrite = tx.db
        .updateTable('connection_secrets')
        .set({ wrapped_key: gone, sealed: gone })
        .where('connection', '=', connection)
      let drop = tx.db.deleteFrom('connection_secrets').where('connection', '=', connection)
      if (fields) {
        if (fields.length === 0) return
        overwrite = overwrite.where('field', 'in', fields)
        drop = drop.where('field', 'in', fields)
      }
      await overwrite.execute()
      await drop.execute()
    },
  }
}
