import fs from 'node:fs'
import { Refusal } from '@permission-slip/protocol/errors.ts'
import type { Actor } from '@permission-slip/protocol/log.ts'
import type { Tx, Writer } from '../db/writer-types.ts'
import { type KeyRing, promote } from './key-ring.ts'
import { besideFile, MasterKey, masterInForce, recordMaster, writeMasterKey } from './master-key.ts'
import { keyBound, openBytes, sealBytes } from './seal.ts'

/**
 * A new master key: stored beside the old one first, then every data key is wrapped anew in one transaction with the
 * entry, then the key files change places. Killed before the commit, the old key is in force and the new file is
 * nobody's; killed after it, the new key is in force and found beside (`settleMasterKey` finishes at the next start).
 */
export async function rotateMaster(
  parts: { writer: Writer; keys: KeyRing; file: string },
  actor: Actor,
): Promise<{ version: number; fingerprint: string; rewrapped: number }> {
  const { writer, keys, file } = parts
  const fresh = MasterKey.create()
  const before = await writer.write((tx) => masterInForce(tx.db))
  if (!before) throw new Refusal('unavailable', 'The database names no master key.')
  const version = before.version + 1
  // A file of this number is left of a rotation that never committed: the database says so.
  writeMasterKey(fresh, besideFile(file, version), true)
  const rewrapped = await writer.write(async (tx) => {
    const old = await keys.inForce(tx.db)
    if (old.version !== before.version)
      throw new Refusal('unavailable', 'The master key was rotated by another copy just now.')
    const count = await rewrap(tx, old, { version, key: fresh })
    await recordMaster(tx.db, fresh, version)
    await tx.append({
      type: 'key.rotated',
      actor,
      subject: null,
      data: { which: 'master', version, fingerprint: fresh.fingerprint },
    })
    return count
  })
  if (fs.existsSync(besideFile(file, version))) promote(file, version)
  return { version, fingerprint: fresh.fingerprint, rewrapped }
}

interface Versioned {
  version: number
  key: MasterKey
}
async function rewrap(tx: Tx, old: Versioned, fresh: Versioned): Promise<number> {
  const rows = await tx.db
    .selectFrom('connection_secrets')
    .select(['connection', 'field', 'key_version', 'wrapped_key'])
    .execute()
  for (const row of rows) {
    if (row.key_version !== old.version)
      throw new Refusal(
        'unavailable',
        `A credential of ${row.connection} is sealed under version ${row.key_version}, which is not in force.`,
      )
    const dataKey = openBytes(old.key.bytes(), row.wrapped_key, keyBound(row.connection, row.field, old.version))
    await tx.db
      .updateTable('connection_secrets')
      .set({
        key_version: fresh.version,
        wrapped_key: sealBytes(fresh.key.bytes(), dataKey, keyBound(row.connection, row.field, fresh.version)),
      })
      .where('connection', '=', row.connection)
      .where('field', '=', row.field)
      .execute()
    dataKey.fill(0)
  }
  return rows.length
}
