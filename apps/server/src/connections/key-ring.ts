import fs from 'node:fs'
import { Refusal } from '@permission-slip/protocol/errors.ts'
import type { Db } from '../db/writer-types.ts'
import { besideFile, type MasterKey, masterInForce, readMasterKey, readMasterKeys, syncFolder } from './master-key.ts'

/** The master key in force, by the database's word; asked at each use, since another copy may have rotated. */
export interface KeyRing {
  inForce(db: Db): Promise<{ version: number; key: MasterKey }>
}

export function makeKeyRing(file: string): KeyRing {
  let known: readonly MasterKey[] = []
  return {
    async inForce(db) {
      const fact = await masterInForce(db)
      if (!fact) throw new Refusal('unavailable', 'The database names no master key.')
      const find = () => known.find((key) => key.fingerprint === fact.fingerprint)
      if (!find()) known = readMasterKeys(file)
      const key = find()
      if (!key)
        throw new Refusal(
          'unavailable',
          `The master key ${fact.fingerprint} (version ${fact.version}) is not here: bring it as ${file}.`,
        )
      return { version: fact.version, key }
    },
  }
}

/**
 * Start-up's check, and the end of a rotation that was cut off: the key in force becomes the key file, and what stood
 * there before goes. Throws when the key in force is not at hand.
 */
export async function settleMasterKey(db: Db, file: string): Promise<void> {
  const fact = await masterInForce(db)
  if (!fact) throw new Error('the database names no master key')
  if (readMasterKey(file)?.fingerprint === fact.fingerprint) {
    // The key before it may still stand beside: its last use was before the rotation's commit.
    dropBeside(file, fact.version - 1)
    return
  }
  const beside = besideFile(file, fact.version)
  if (readMasterKey(beside)?.fingerprint !== fact.fingerprint)
    throw new Error(
      `${file}: expected the master key ${fact.fingerprint} (version ${fact.version}); bring that file, another opens nothing`,
    )
  promote(file, fact.version)
}

/** `file` -> `file.<old>`, `file.<new>` -> `file`, then the old one goes. Each step leaves both keys loadable. */
export function promote(file: string, version: number): void {
  if (fs.existsSync(file)) {
    const old = besideFile(file, version - 1)
    fs.rmSync(old, { force: true })
    fs.linkSync(file, old)
    syncFolder(file)
  }
  fs.renameSync(besideFile(file, version), file)
  syncFolder(file)
  dropBeside(file, version - 1)
}

function dropBeside(file: string, version: number): void {
  const old = besideFile(file, version)
  if (!fs.existsSync(old)) return
  fs.rmSync(old)
  syncFolder(file)
}
