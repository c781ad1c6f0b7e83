import { describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectorDescription, connectorEntry } from '@permission-slip/protocol/connector.ts'
import { makeEntries, versionOf } from '../scripts/generate-catalogue.ts'
import { catalogue } from '../src/catalogue.ts'

describe('the catalogue', () => {
  test('is the table made from the sources as they are', async () => {
    expect(catalogue.entries).toEqual(await makeEntries())
    for (const e of catalogue.entries) expect(connectorEntry.safeParse(e).error).toBeUndefined()
  })
  test('gives each connector a version of its own, the same each time', () => {
    const versions = catalogue.entries.map((e) => versionOf(e.id))
    expect(versions).toEqual(catalogue.entries.map((e) => e.version))
    expect(new Set(versions).size).toBe(versions.length)
    for (const v of versions) expect(v).toMatch(/^[0-9a-f]{64}$/)
  })
  test('describes each connector in full, and none that is not there', async () => {
    for (const e of catalogue.entries) {
      const described = await catalogue.describe(e.id)
      expect(connectorDescription.safeParse(described).error).toBeUndefined()
      expect(described?.version).toBe(e.version)
    }
    expect(await catalogue.describe('nothing')).toBeUndefined()
    expect(await catalogue.load('constructor')).toBeUndefined()
  })
  test('works inside a compiled executable, started in an empty folder', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ps-catalogue-'))
    try {
      const out = join(folder, 'catalogue')
      const build = Bun.spawnSync([
        process.execPath,
        'build',
        '--compile',
        join(import.meta.dirname, 'compiled.ts'),
        '--outfile',
        out,
      ])
      expect({ ok: build.success, said: build.success ? '' : build.stderr.toString() }).toEqual({ ok: true, said: '' })
      const run = Bun.spawnSync([out], { cwd: folder })
      expect(JSON.parse(run.stdout.toString())).toEqual(
        catalogue.entries.map((e) => [e.id, e.version, e.actions.length]),
      )
    } finally {
      rmSync(folder, { recursive: true })
    }
  }, 60_000)
})
