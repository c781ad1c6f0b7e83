import { expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { renderAll } from '../src/render.ts'

const root = join(import.meta.dirname, '../../..')
const checker = join(root, '../shared/specs/check.mjs')

test.skipIf(!existsSync(checker))(
  "every request is right by its service's own description (needs ../shared/specs)",
  async () => {
    const lines = (await renderAll()).map((request) => JSON.stringify(request)).join('\n')
    // From the root, where the libraries of the checker are.
    const checked = Bun.spawnSync([process.execPath, checker, '--warnings'], { cwd: root, stdin: Buffer.from(lines) })
    const said = checked.stdout.toString()
    expect(said.split('\n').filter((line) => /^(WRONG|LOOK|\s)/.test(line))).toEqual([])
    expect(checked.stderr.toString()).toBe('')
    expect(checked.exitCode).toBe(0)
    for (const id of ['github', 'slack', 'stripe'])
      expect(said).toMatch(new RegExp(`^${id}: [1-9]\\d* checked, 0 wrong`, 'm'))
  },
  60_000,
)
