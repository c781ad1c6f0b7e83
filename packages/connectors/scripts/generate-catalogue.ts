import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { ConnectorEntry } from '@permission-slip/protocol/connector.ts'
import { entry } from '../kit/schema.ts'
import { connectors } from '../src/index.ts'

const root = join(import.meta.dirname, '..')

/** Source files of a folder and below, in an order that no machine's locale changes. */
function sources(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((f) => f.isFile() && f.name.endsWith('.ts'))
    .map((f) => join(f.parentPath, f.name))
    .sort()
}

/**
 * Version of a connector: SHA-256 over the kit's and the service's own source, each file as its path, its length and
 * its bytes. Whatever could change a request changes the version, and with it the digest of what waits for a decision.
 */
export function versionOf(id: string): string {
  const hash = createHash('sha256')
  const own = [join(root, 'src', `${id}.ts`), ...sources(join(root, 'src', id))]
  for (const file of [...sources(join(root, 'kit')), ...own]) {
    const bytes = readFileSync(file)
    hash.update(`${relative(root, file).replaceAll('\\', '/')}\0${bytes.length}\0`).update(bytes)
  }
  return hash.digest('hex')
}

export async function makeEntries(): Promise<ConnectorEntry[]> {
  const made: ConnectorEntry[] = []
  for (const { id, load } of connectors) made.push(entry(await load(), versionOf(id)))
  return made
}

if (import.meta.main) {
  const folder = join(root, 'generated')
  const file = join(folder, 'catalogue.ts')
  const text = `import type { ConnectorEntry } from '@permission-slip/protocol/connector.ts'

// Made by scripts/generate-catalogue.ts; not kept in git.
export const entries: readonly ConnectorEntry[] = ${JSON.stringify(await makeEntries(), null, 2)}
`
  mkdirSync(folder, { recursive: true })
  // Written beside and moved, so that a server that starts meanwhile never reads half a table.
  writeFileSync(`${file}.${process.pid}`, text)
  renameSync(`${file}.${process.pid}`, file)
}
